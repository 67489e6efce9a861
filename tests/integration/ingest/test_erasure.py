"""A picture that is removed for good is gone: its bytes, what was made of them, and what was known and said of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from bson import json_util

from darkroom.domain.access import LOCAL_OWNER as ME
from darkroom.domain.access import SYSTEM
from darkroom.domain.edit import Edit
from darkroom.domain.query import ImageQuery
from darkroom.services.ingest import IngestService
from darkroom.services.trash import TrashService
from darkroom.services.trash_views import ImageIds, PurgeRequest
from darkroom.store.database import Database
from tests.pictures import drop, jpeg

NEEDLE = "needle-in-this-picture"


def places(service: IngestService, *words: str) -> set[str]:
    """Files of the home and collections of the database in which one of the words is."""
    return set(_places(service, words))


def _places(service: IngestService, words: tuple[str, ...]) -> Iterator[str]:
    home = service.stores.settings.home_path
    for path in home.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            yield from (f"{path.relative_to(home).parts[0]}: {word}" for word in words if word.encode() in data)
    database: Database = service.stores.database
    raw = database.client[database.name]
    for name in raw.list_collection_names():
        text = "\n".join(json.dumps(one, default=json_util.default) for one in raw[name].find())
        yield from (f"{name}: {word}" for word in words if word in text)


def test_nothing_of_a_picture_is_left_after_it_was_removed_for_good(service: IngestService, inbox: Path) -> None:
    for number, tail in ((1, NEEDLE), (2, "another")):
        drop(inbox, f"{number}.jpg", jpeg(number) + tail.encode())
    batches, _ = service.collect_inbox(SYSTEM)
    service.run_batch(SYSTEM, batches[0].id, "run-1")
    rows = service.stores.images.page(ImageQuery(), limit=5).items
    (image,) = (row.id for row in rows if service.stores.images.get(row.id).sources[0].key == "1.jpg")
    edit = Edit(title=f"{NEEDLE} title", add_tags=("mine",))
    service.stores.database.run(lambda session: service.stores.images.edit_many(session, [image], edit))
    made = [one.address for one in service.stores.images.get(image).renditions]
    assert made
    there = places(service, NEEDLE, image)
    assert {f"blobs: {NEEDLE}", f"images: {NEEDLE}", f"images: {image}"} <= there

    trash = TrashService(service.stores.settings, service.stores)
    trash.put(ME, ImageIds(ids=(image,)))
    assert f"trash: {NEEDLE}" in places(service, NEEDLE)
    trash.purge(ME, PurgeRequest(ids=(image,)))
    left = {one for one in places(service, NEEDLE, image, *made) if not one.startswith("released: ")}
    assert left == {
        # The file that was dropped, which docs/security.md leaves to whoever dropped it.
        f"inbox: {NEEDLE}",
        # That it was there and who removed it: its number, and nothing of what it showed or was called.
        f"audit: {image}", f"events: {image}",
    }  # fmt: skip
    assert not any(
        service.stores.blobs.stat(*key) for key in [("originals", image), *(("renditions", one) for one in made)]
    )
    # And of the other one everything.
    (other,) = service.stores.images.page(ImageQuery(), limit=5).items
    assert service.stores.blobs.stat("originals", other.id) is not None
