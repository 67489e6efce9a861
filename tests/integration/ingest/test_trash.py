"""Pictures that are put away while, before and after their bytes come in; nothing of them is ever lost."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from darkroom.domain.access import LOCAL_OWNER as ME
from darkroom.domain.access import SYSTEM
from darkroom.domain.edit import Edit
from darkroom.domain.image import ImageRecord
from darkroom.domain.ingest import Batch
from darkroom.domain.query import ImageQuery
from darkroom.domain.trash import ReleasedBlobs
from darkroom.services.ingest import IngestService
from darkroom.services.recipes.sweeping import Sweeper
from darkroom.services.trash import TrashService
from darkroom.services.trash_views import ImageIds, PurgeRequest
from darkroom.store.database import Database, Session
from darkroom.store.lease import Lease
from darkroom.store.references import BlobReferences
from darkroom.store.trash import RELEASE_LOCK, ReleasedRepository
from darkroom.supervisor.plan import settings_variables
from tests.pictures import drop, jpeg
from tests.stack import wait_until

ROOT = Path(__file__).parents[3]

ALL = PurgeRequest(all=True)


@pytest.fixture
def trash(service: IngestService) -> TrashService:
    return TrashService(service.stores.settings, service.stores)


def bring(service: IngestService, inbox: Path, name: str, data: bytes, run_id: str = "run-1") -> Batch:
    drop(inbox, name, data)
    batches, _ = service.collect_inbox(SYSTEM)
    return service.run_batch(SYSTEM, batches[0].id, run_id).batch


def one(service: IngestService) -> ImageRecord:
    (found,) = service.stores.images.page(ImageQuery(), limit=5).items
    return service.stores.images.get(found.id)


def has_bytes(service: IngestService, record: ImageRecord) -> bool:
    keys = [("originals", record.id), *(("renditions", made.address) for made in record.renditions)]
    found = {service.stores.blobs.stat(*key) is not None for key in keys}
    assert len(found) == 1
    return found.pop()


def test_a_picture_comes_back_with_its_edits_when_it_comes_in_again(
    service: IngestService, inbox: Path, trash: TrashService
) -> None:
    data = jpeg(1)
    bring(service, inbox, "a/one.jpg", data)
    image = one(service).id
    edit = Edit(title="Quay", rating=4, add_tags=("mine",))
    service.stores.database.run(lambda session: service.stores.images.edit_many(session, [image], edit))
    before = one(service)
    trash.put(ME, ImageIds(ids=(image,)))
    assert service.stores.images.page(ImageQuery(), limit=5).items == ()
    assert service.stores.columns.count(ImageQuery()) == 0
    batch = bring(service, inbox, "b/again.jpg", data)
    assert (batch.state, batch.added, batch.duplicates, batch.failed) == ("done", 0, 1, 0)
    after = one(service)
    assert (after.title, after.rating, after.tags) == ("Quay", 4, ("a", "b", "mine"))
    assert [source.key for source in after.sources] == ["a/one.jpg", "b/again.jpg"]
    assert after == before.model_copy(
        update={"tags": after.tags, "sources": after.sources, "revision": before.revision + 1}
    )
    assert service.stores.trash.totals() == (0, 0)
    assert has_bytes(service, after)
    restored = [event for event in service.stores.events.since(0) if event.type == "images.added"][-1]
    assert (restored.ids, restored.data["restored"]) == ((image,), True)
    assert service.stores.columns.count(ImageQuery(tag=("b",))) == 1


def test_a_batch_that_goes_on_does_not_bring_back_what_it_brought_and_somebody_put_away(
    service: IngestService, inbox: Path, trash: TrashService
) -> None:
    """A run dies after its transaction; the picture is put away; the run that follows finds its file dealt with."""
    data = jpeg(1)
    batch = bring(service, inbox, "one.jpg", data)
    image = one(service)
    trash.put(ME, ImageIds(ids=(image.id,)))
    arrived = service.stores.images.arrived(batch.id)
    assert {key: (found.image, found.added) for key, found in arrived.items()} == {"one.jpg": (image.id, True)}
    replay = service.stores.database.run(lambda session: service.stores.images.upsert_many(session, [image]))
    assert (replay.replayed, replay.restored, replay.added) == ((image.id,), (), ())
    assert service.stores.trash.totals()[0] == 1


def test_what_is_in_the_trash_keeps_its_bytes_and_what_is_removed_releases_them(
    service: IngestService, inbox: Path, trash: TrashService
) -> None:
    bring(service, inbox, "one.jpg", jpeg(1))
    record = one(service)
    before = BlobReferences(service.stores.database).totals()
    trash.put(ME, ImageIds(ids=(record.id,)))
    references = BlobReferences(service.stores.database)
    assert references.totals() == before
    assert references.keys_of([record.id])["originals"] == [record.id]
    sweeper = Sweeper(service.stores.settings, service.stores)
    assert sweeper.sweep(SYSTEM, young_seconds=-1).orphans == 0
    assert has_bytes(service, record)
    done = trash.purge(ME, ALL)
    assert (done.images, done.bytes) == (1, before[1])
    assert not has_bytes(service, record)
    assert references.totals() == (0, 0)
    assert [event.type for event in service.stores.events.since(0)][-2:] == ["images.deleted", "trash.changed"]


def test_a_removed_picture_that_comes_in_again_is_new(service: IngestService, inbox: Path, trash: TrashService) -> None:
    for number in range(3):
        batch = bring(service, inbox, f"{number}.jpg", jpeg(1))
        assert (batch.state, batch.added) == ("done", 1)
        record = one(service)
        assert has_bytes(service, record)
        assert record.revision == 0
        trash.put(ME, ImageIds(ids=(record.id,)))
        trash.purge(ME, PurgeRequest(ids=(record.id,)))
        assert not has_bytes(service, record)


def mark(service: IngestService, record: ImageRecord, state: str) -> None:
    """As a process that was killed while it deleted bytes leaves it."""
    collection = service.stores.database.collection("released")
    assert collection.update_one({"_id": record.id}, {"$set": {"state": state}}).matched_count == 1


def removed_without_deletion(service: IngestService, inbox: Path, trash: TrashService) -> ImageRecord:
    bring(service, inbox, "first.jpg", jpeg(1))
    record = one(service)
    trash.put(ME, ImageIds(ids=(record.id,)))
    with Lease(service.stores.database, RELEASE_LOCK):  # a backup is under way
        assert trash.purge(ME, ALL).images == 1
    assert has_bytes(service, record)
    return record


def test_bytes_that_wait_for_their_deletion_are_kept_when_their_picture_comes_in(
    service: IngestService, inbox: Path, trash: TrashService
) -> None:
    record = removed_without_deletion(service, inbox, trash)
    assert bring(service, inbox, "again.jpg", jpeg(1)).added == 1
    trash.expire(SYSTEM)
    assert has_bytes(service, record)
    assert service.stores.released.among([record.id]) == {}


class DeletesFirst(ReleasedRepository):
    """Marks of which another process makes use in the moment in which they are looked at for the first time."""

    def __init__(self, database: Database, work: Callable[[], object]) -> None:
        super().__init__(database)
        self._work: list[Callable[[], object]] = [work]

    def among(self, ids: Collection[str], *, session: Session | None = None) -> dict[str, str]:
        while self._work:
            self._work.pop()()
        return super().among(ids, session=session)


def test_a_picture_that_came_in_while_its_bytes_were_deleted_is_read_again(
    service: IngestService, inbox: Path, trash: TrashService
) -> None:
    """The bytes are stored (they are there already), then deleted, and only then the record is to be written."""
    record = removed_without_deletion(service, inbox, trash)
    drop(inbox, "again.jpg", jpeg(1))
    batches, _ = service.collect_inbox(SYSTEM)
    service.stores.released = DeletesFirst(service.stores.database, lambda: trash.expire(SYSTEM))
    batch = service.run_batch(SYSTEM, batches[0].id, "run-2").batch
    assert (batch.failed, batch.failures_by_code) == (1, {"source_changed": 1})
    assert not has_bytes(service, record)
    assert (inbox / "again.jpg").exists()
    os.utime(inbox / "again.jpg")
    batches, _ = service.collect_inbox(SYSTEM)
    batch = service.run_batch(SYSTEM, batches[0].id, "run-3").batch
    assert (batch.added, batch.failed) == (1, 0)
    assert has_bytes(service, one(service))
    assert service.stores.failures.counts() == {}


def test_a_deletion_that_was_killed_goes_on_and_what_comes_in_waits_for_it(
    service: IngestService, inbox: Path, trash: TrashService
) -> None:
    record = removed_without_deletion(service, inbox, trash)
    mark(service, record, "deleting")
    service.stores.blobs.delete("originals", record.id)
    timer = threading.Timer(0.02, trash.expire, [SYSTEM])
    drop(inbox, "again.jpg", jpeg(1))
    batches, _ = service.collect_inbox(SYSTEM)
    timer.start()
    service.run_batch(SYSTEM, batches[0].id, "run-2")
    timer.join()
    for number in range(20):  # whatever came first, in the end the picture is there with its bytes
        found = service.stores.images.page(ImageQuery(), limit=5).items
        if found:
            break
        os.utime(inbox / "again.jpg")
        time.sleep(0.05)
        for batch in service.collect_inbox(SYSTEM)[0]:
            service.run_batch(SYSTEM, batch.id, f"run-{number + 3}")
    assert has_bytes(service, one(service))


def test_pictures_come_in_and_are_put_away_at_the_same_time(
    service: IngestService, inbox: Path, trash: TrashService
) -> None:
    """Two writers bring the same pictures, one puts them away, one restores, one removes: each is in one place, with bytes."""
    data = {number: jpeg(number, width=64, height=48) for number in range(6)}
    for number, each in data.items():
        drop(inbox, f"first/{number}.jpg", each)
    batches, _ = service.collect_inbox(SYSTEM)
    service.run_batch(SYSTEM, batches[0].id, "run-0")
    records = [service.stores.images.get(found.id) for found in service.stores.images.page(ImageQuery(), limit=9).items]
    ids = ImageIds(ids=tuple(record.id for record in records))
    stop = threading.Event()
    problems: list[BaseException] = []

    def again(number: int) -> None:
        turn = 0
        while not stop.is_set():
            turn += 1
            source = records[0].sources[0]
            more = [
                r.model_copy(update={"sources": (source.model_copy(update={"key": f"{number}/{turn}"}),)})
                for r in records
            ]
            service.stores.database.run(lambda session, more=more: service.stores.images.upsert_many(session, more))

    def guarded(work) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - shown by the test
            problems.append(error)

    def away() -> None:
        while not stop.is_set():
            trash.put(ME, ids)

    def back() -> None:
        while not stop.is_set():
            trash.restore(ME, ids)

    threads = [
        threading.Thread(target=guarded, args=(work,)) for work in (lambda: again(1), lambda: again(2), away, back)
    ]
    for thread in threads:
        thread.start()
    time.sleep(2)
    stop.set()
    for thread in threads:
        thread.join()
    assert problems == []
    for record in records:
        here, there = service.stores.images.find(record.id), service.stores.trash.find(record.id)
        assert (here is None) != (there is None)
        assert has_bytes(service, record)
    trash.restore(ME, ids)
    assert service.stores.columns.count(ImageQuery()) == len(records)


def test_a_tag_that_a_folder_gives_can_be_taken_away(service: IngestService, inbox: Path) -> None:
    bring(service, inbox, "My  Photos /sea/one.jpg", jpeg(1))
    record = one(service)
    assert record.tags == ("My Photos", "sea")
    edit = Edit(remove_tags=("My  Photos ",))
    done = service.stores.database.run(lambda session: service.stores.images.edit_many(session, [record.id], edit))
    assert len(done.edited) == 1
    assert one(service).tags == ("sea",)


def test_only_what_is_old_enough_expires(service: IngestService, inbox: Path, trash: TrashService) -> None:
    for number in (1, 2):
        bring(service, inbox, f"{number}.jpg", jpeg(number))
    first, second = (found.id for found in service.stores.images.page(ImageQuery(sort="name"), limit=5).items)
    trash.put(ME, ImageIds(ids=(first, second)))
    page = trash.list(ME, limit=10)
    days = {(view.purge_at - view.trashed_at).days for view in page.items if view.purge_at}
    assert days == {30}
    collection = service.stores.database.collection("trash")
    old = page.items[0].trashed_at.replace(year=2020)
    collection.update_one({"_id": first}, {"$set": {"trashed_at": old}})
    assert trash.expire(SYSTEM).images == 1
    assert [view.image.id for view in trash.list(ME, limit=10).items] == [second]
    for_ever = service.stores.settings.model_copy(update={"trash_days": 0.0})
    collection.update_one({"_id": second}, {"$set": {"trashed_at": old}})
    assert TrashService(for_ever, service.stores).expire(SYSTEM).images == 0
    assert TrashService(for_ever, service.stores).list(ME, limit=1).items[0].purge_at is None


def test_a_mark_is_made_anew_when_a_picture_is_removed_a_second_time(
    service: IngestService, inbox: Path, trash: TrashService
) -> None:
    record = removed_without_deletion(service, inbox, trash)
    assert service.stores.released.get(record.id) == ReleasedBlobs(
        id=record.id, renditions=tuple(made.address for made in record.renditions),
        released_at=service.stores.released.get(record.id).released_at, revision=1,
    )  # fmt: skip
    assert not (inbox / ".done" / "first.jpg").exists()  # that file waits for no backup
    trash.expire(SYSTEM)
    assert service.stores.released.among([record.id]) == {record.id: "gone"}
    assert bring(service, inbox, "again.jpg", jpeg(1)).added == 1
    assert service.stores.released.among([record.id]) == {}
    assert has_bytes(service, record)


def deleted(service: IngestService) -> bool:
    return "images.deleted" in {event.type for event in service.stores.events.since(0)}


def test_a_kill_at_any_moment_loses_nothing(service: IngestService, inbox: Path, trash: TrashService) -> None:
    for number in range(12):
        drop(inbox, f"{number}.jpg", jpeg(number, width=64, height=48))
    batches, _ = service.collect_inbox(SYSTEM)
    service.run_batch(SYSTEM, batches[0].id, "run-0")
    records = [
        service.stores.images.get(found.id) for found in service.stores.images.page(ImageQuery(), limit=20).items
    ]
    ids = [record.id for record in records]
    kept, removable = ids[:8], ids[8:]
    environment = {**os.environ, **settings_variables(service.stores.settings), "PYTHONPATH": str(ROOT)}
    chance = random.Random(3)
    for seed in range(3):
        command = [sys.executable, "-m", "tests.integration.ingest.trash_worker", str(seed), *kept, "-", *removable]
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            if seed == 0:  # on a busy machine the first step takes longer than all the others
                wait_until(lambda: deleted(service), seconds=60, what="something is put away")
            time.sleep(chance.uniform(0.2, 0.6))
            process.kill()
    service.stores.database.collection("locks").delete_many({})  # else they run out by themselves, in seconds
    for record in records:
        here, there = service.stores.images.find(record.id), service.stores.trash.find(record.id)
        assert not (here and there)
        if record.id in kept:
            assert here or there
        if here or there:
            assert has_bytes(service, record)
    trash.expire(SYSTEM)
    for image in removable:
        gone = not service.stores.images.find(image) and not service.stores.trash.find(image)
        assert (service.stores.blobs.stat("originals", image) is None) == gone
    # Not the quick count of MongoDB, which for a minute counts what a killed process had not committed.
    assert service.stores.columns.count(ImageQuery()) == len(service.stores.images.known(ids))
