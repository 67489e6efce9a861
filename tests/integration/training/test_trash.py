"""What a version of a dataset names is not removed for good."""

from __future__ import annotations

from darkroom.domain.access import LOCAL_OWNER
from darkroom.services.trash_views import ImageIds, PurgeRequest


def test_pictures_of_a_version_stay_in_the_trash_with_their_bytes(library, committed):
    committed(without=3)
    examples = [image.id for image in library.stores.images.many(library.stores.images.ids_after("", 100))]
    library.trash.put(LOCAL_OWNER, ImageIds(ids=tuple(examples)))
    done = library.trash.purge(LOCAL_OWNER, PurgeRequest(all=True))
    assert (done.images, done.kept) == (3, len(examples) - 3)
    left = {view.image.id for view in library.trash.list(LOCAL_OWNER, limit=500).items}
    stored = {image for image in examples if library.stores.blobs.stat("originals", image)}
    assert left == stored
    assert library.trash.expire(LOCAL_OWNER).images == 0
