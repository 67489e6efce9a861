"""A picture that is removed for good is gone: its bytes, what was made of them, and what was known and said of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from bson import json_util

from darkroom.domain.access import LOCAL_OWNER as ME
from darkroom.domain.access import SYSTEM
from darkroom.domain.base import now
from darkroom.domain.edit import Edit
from darkroom.domain.query import ImageQuery
from darkroom.services.ingest import IngestService
from darkroom.services.trash import TrashService
from darkroom.services.trash_views import ImageIds, PurgeRequest
from darkroom.store.database import Database
from tests.fakes import RecordingLauncher
from tests.pictures import drop, jpeg

NEEDLE = "needle-in-this-picture"
SIDECAR = '<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'


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


def take_in(service: IngestService) -> None:
    batches, _ = service.collect_inbox(SYSTEM)
    for batch in batches:
        service.run_batch(SYSTEM, batch.id, "run-1")


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
        # That it was there and who removed it: its number, and nothing of what it showed or was called.
        f"audit: {image}", f"events: {image}",
    }  # fmt: skip
    assert not any(
        service.stores.blobs.stat(*key) for key in [("originals", image), *(("renditions", one) for one in made)]
    )
    # And of the other one everything.
    (other,) = service.stores.images.page(ImageQuery(), limit=5).items
    assert service.stores.blobs.stat("originals", other.id) is not None


def test_the_dropped_files_of_a_picture_go_with_it_and_no_others(service: IngestService, inbox: Path) -> None:
    wanted, other = jpeg(1) + b"wanted", jpeg(2) + b"other"
    drop(inbox, "trip/day/one.jpg", wanted)
    drop(inbox, "trip/day/one.xmp", SIDECAR.encode())
    drop(inbox, "trip/copy.jpg", wanted)
    take_in(service)
    drop(inbox, "trip/copy.jpg", other)  # another picture of a name that is taken: it lies beside the first
    take_in(service)
    drop(inbox, "one.jpg", wanted)
    take_in(service)
    drop(inbox, "one.jpg", wanted)
    take_in(service)
    done = inbox / ".done"
    assert len([path for path in done.rglob("*") if path.is_file()]) == 6
    trash = TrashService(service.stores.settings, service.stores)
    image = sha256(wanted).hexdigest()
    trash.put(ME, ImageIds(ids=(image,)))
    assert len([path for path in done.rglob("*") if path.is_file()]) == 6  # it may come back yet
    trash.purge(ME, PurgeRequest(ids=(image,)))
    assert [path.read_bytes() for path in done.rglob("*") if path.is_file()] == [other]
    assert sorted(path.name for path in done.iterdir()) == ["trip"], sorted(
        done.rglob("*")
    )  # no folder is left for nothing
    assert list(service.stores.released.with_files()) == []


def test_a_dropped_file_that_could_not_be_removed_goes_the_next_time(service: IngestService, inbox: Path) -> None:
    drop(inbox, "one.jpg", jpeg(1))
    take_in(service)
    image = service.stores.images.page(ImageQuery(), limit=1).items[0].id
    trash = TrashService(service.stores.settings, service.stores)
    trash.put(ME, ImageIds(ids=(image,)))
    # Killed behind its transaction: nothing is removed yet, and the mark says what is to be.
    service.stores.database.run(lambda session: service.stores.trash.purge_many(session, [image], now()))
    assert (inbox / ".done" / "one.jpg").exists()
    assert list(service.stores.released.with_files()) == [(image, ["one.jpg"])]
    trash.expire(SYSTEM)
    assert not (inbox / ".done" / "one.jpg").exists()
    assert list(service.stores.released.with_files()) == []


def test_files_that_stay_where_somebody_keeps_them_are_his(service: IngestService, inbox: Path) -> None:
    settings = service.stores.settings.model_copy(update={"inbox_mode": "keep"})
    keeping = IngestService(settings, service.stores, RecordingLauncher())
    path = drop(inbox, "kept.jpg", jpeg(1))
    take_in(keeping)
    image = service.stores.images.page(ImageQuery(), limit=1).items[0].id
    trash = TrashService(settings, service.stores)
    trash.put(ME, ImageIds(ids=(image,)))
    assert trash.purge(ME, PurgeRequest(ids=(image,))).images == 1
    assert path.exists()
