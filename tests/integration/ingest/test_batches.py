"""Batches from the inbox into the library, on a real mongod and real blobs."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from darkroom.domain.access import LOCAL_OWNER as ME
from darkroom.domain.access import SYSTEM, Principal
from darkroom.domain.base import new_id
from darkroom.domain.ingest import Batch, BatchItem
from darkroom.domain.query import ImageQuery
from darkroom.errors import Error
from darkroom.services.ingest import IngestService
from tests.fakes import RecordingLauncher
from tests.pictures import drop, jpeg


def collect_and_run(service: IngestService, run_id: str = "run-1") -> Batch:
    batches, _ = service.collect_inbox(SYSTEM)
    assert len(batches) == 1
    return service.run_batch(SYSTEM, batches[0].id, run_id).batch


def images(service: IngestService) -> list[str]:
    return [one.name for one in service.stores.images.page(ImageQuery(sort="name"), limit=500).items]


def event_types(service: IngestService) -> list[str]:
    return [one.type for one in service.stores.events.since(0)]


def test_files_of_the_inbox_become_pictures_with_tags_and_move_to_done(service: IngestService, inbox: Path) -> None:
    first, second = jpeg(1), jpeg(2)
    drop(inbox, "cats/tabby/a.jpg", first)
    drop(inbox, "b.jpg", second)

    batch = collect_and_run(service)

    assert (batch.state, batch.total, batch.done, batch.added) == ("done", 2, 2, 2)
    assert batch.done_bytes == len(first) + len(second)
    found = {one.name: one for one in service.images_of(ME, batch.id)}
    assert found["a.jpg"].tags == ("cats", "tabby")
    assert found["b.jpg"].tags == ()
    assert found["a.jpg"].run_id == "run-1"
    assert [(one.connector, one.key) for one in found["a.jpg"].sources] == [("inbox", "cats/tabby/a.jpg")]
    assert service.stores.blobs.read("originals", found["a.jpg"].id) == first
    assert all(service.stores.blobs.stat("renditions", one.address) for one in found["a.jpg"].renditions)
    assert (inbox / ".done/cats/tabby/a.jpg").read_bytes() == first
    assert not (inbox / "b.jpg").exists()
    assert event_types(service) == ["batch.queued", "batch.started", "images.added", "batch.finished"]


def test_looking_again_finds_nothing(service: IngestService, inbox: Path) -> None:
    drop(inbox, "a.jpg", jpeg(1))
    batches, cursor = service.collect_inbox(SYSTEM)
    assert [one.total for one in batches] == [1]
    assert service.collect_inbox(SYSTEM, cursor)[0] == []
    service.run_batch(SYSTEM, batches[0].id, "run-1")
    assert service.collect_inbox(SYSTEM, cursor)[0] == []
    assert service.reconcile(SYSTEM) == []


def test_a_broken_file_goes_to_the_ledger_and_aside(service: IngestService, inbox: Path) -> None:
    drop(inbox, "a.jpg", jpeg(1))
    drop(inbox, "sub/notes.jpg", b"not a picture at all")
    drop(inbox, "empty.png", b"")

    batch = collect_and_run(service)

    assert (batch.state, batch.done, batch.added, batch.failed) == ("done", 3, 1, 2)
    assert batch.failures_by_code == {"image_empty": 1, "image_not_an_image": 1}
    found = {one.key: one for one in service.stores.failures.list().items}
    entry = found["sub/notes.jpg"]
    assert (entry.code, entry.connector, entry.batch, entry.run_id, entry.tags) == (
        "image_not_an_image", "inbox", batch.id, "run-1", ("sub",),
    )  # fmt: skip
    assert Path(entry.path) == inbox / ".failed/sub/notes.jpg"
    assert Path(entry.path).read_bytes() == b"not a picture at all"


def test_fix_and_retry_brings_a_failed_file_in(
    service: IngestService, inbox: Path, launcher: RecordingLauncher
) -> None:
    drop(inbox, "sub/notes.jpg", b"not a picture at all")
    collect_and_run(service)
    (entry,) = service.stores.failures.list().items
    Path(entry.path).write_bytes(jpeg(7))

    batch = service.retry_failures(ME, [entry.id])

    assert launcher.launched == [batch.id]
    assert service.stores.failures.get(entry.id).state == "retrying"
    with pytest.raises(Error, match="None of these failures is open"):
        service.retry_failures(ME, [entry.id])
    done = service.run_batch(SYSTEM, batch.id, "run-2").batch
    assert (done.state, done.added, done.failed) == ("done", 1, 0)
    entry = service.stores.failures.get(entry.id)
    assert entry.state == "resolved"
    picture = service.stores.images.get(entry.image or "")
    assert (picture.name, picture.tags) == ("notes.jpg", ("sub",))
    assert [(one.connector, one.key) for one in picture.sources] == [("inbox", "sub/notes.jpg")]
    assert (inbox / ".done/sub/notes.jpg").exists()
    assert not Path(entry.path).exists()


def test_a_retry_that_fails_again_counts_an_attempt(service: IngestService, inbox: Path) -> None:
    drop(inbox, "notes.jpg", b"not a picture at all")
    collect_and_run(service)
    (entry,) = service.stores.failures.list().items
    batch = service.retry_failures(ME, code="image_not_an_image")
    service.run_batch(SYSTEM, batch.id, "run-2")
    after = service.stores.failures.get(entry.id)
    assert (after.state, after.attempts, after.path, after.batch) == ("open", 2, entry.path, batch.id)
    assert Path(after.path).exists()


def test_a_good_file_of_the_same_name_resolves_the_failure(service: IngestService, inbox: Path) -> None:
    drop(inbox, "notes.jpg", b"not a picture at all")
    collect_and_run(service)
    drop(inbox, "notes.jpg", jpeg(3))
    batch = collect_and_run(service, "run-2")
    (entry,) = service.stores.failures.list(state=None).items
    assert (batch.added, entry.state) == (1, "resolved")


def test_dismissed_failures_are_closed(service: IngestService, inbox: Path) -> None:
    drop(inbox, "notes.jpg", b"not a picture at all")
    collect_and_run(service)
    (entry,) = service.stores.failures.list().items
    assert service.dismiss(ME, [entry.id, "f-unknown"]) == (entry.id,)
    assert service.dismiss(ME, [entry.id]) == ()
    assert service.stores.failures.get(entry.id).state == "dismissed"


def test_same_bytes_twice_are_one_picture_with_two_sources(service: IngestService, inbox: Path) -> None:
    drop(inbox, "a.jpg", jpeg(1))
    drop(inbox, "copies/a.jpg", jpeg(1))
    batch = collect_and_run(service)
    assert (batch.added, batch.duplicates, batch.done) == (1, 1, 2)
    drop(inbox, "again.jpg", jpeg(1))
    batch = collect_and_run(service, "run-2")
    assert (batch.added, batch.duplicates, batch.state) == (0, 1, "done")
    (found,) = service.stores.images.page(ImageQuery(), limit=10).items
    assert sorted(one.key for one in found.sources) == ["a.jpg", "again.jpg", "copies/a.jpg"]
    assert found.tags == ("copies",)


def test_near_duplicates_are_linked_to_the_first(service: IngestService, inbox: Path) -> None:
    drop(inbox, "a.jpg", jpeg(1, quality=90))
    drop(inbox, "other.jpg", jpeg(2))
    first = collect_and_run(service)
    drop(inbox, "b.jpg", jpeg(1, quality=60))
    drop(inbox, "c.jpg", jpeg(1, quality=40))
    collect_and_run(service, "run-2")
    found = {one.name: one for one in service.stores.images.page(ImageQuery(), limit=10).items}
    assert found["a.jpg"].batch == first.id
    assert {found[name].duplicate_group for name in ("a.jpg", "b.jpg", "c.jpg")} == {found["a.jpg"].id}
    assert found["other.jpg"].duplicate_group is None


def test_near_duplicates_within_one_batch_are_linked(service: IngestService, inbox: Path) -> None:
    drop(inbox, "a.jpg", jpeg(1, quality=90))
    drop(inbox, "b.jpg", jpeg(1, quality=50))
    collect_and_run(service)
    groups = {one.duplicate_group for one in service.stores.images.page(ImageQuery(), limit=10).items}
    assert len(groups) == 1
    assert None not in groups


def test_in_keep_mode_files_stay_and_are_taken_once(service: IngestService, inbox: Path) -> None:
    kept = IngestService(
        service.settings.model_copy(update={"inbox_mode": "keep"}), service.stores, RecordingLauncher()
    )  # fmt: skip
    path = drop(inbox, "a.jpg", jpeg(1))
    broken = drop(inbox, "broken.jpg", b"nothing")
    batches, cursor = kept.collect_inbox(SYSTEM)
    assert kept.run_batch(SYSTEM, batches[0].id, "run-1").batch.added == 1
    assert path.exists()
    assert broken.exists()
    assert kept.collect_inbox(SYSTEM, cursor)[0] == []
    assert kept.reconcile(SYSTEM) == []

    old = drop(inbox, "moved-in.jpg", jpeg(2))
    os.utime(old, (1_000_000_000, 1_000_000_000))
    drop(inbox, "broken.jpg", jpeg(3))
    found, cursor = kept.collect_inbox(SYSTEM, cursor)
    assert [item.key for item in kept.stores.batches.manifest(found[0].id).items] == ["broken.jpg", "moved-in.jpg"]
    kept.run_batch(SYSTEM, found[0].id, "run-2")
    assert images(kept) == ["a.jpg", "broken.jpg", "moved-in.jpg"]


def test_reconcile_finds_what_the_cursor_passed_over(service: IngestService, inbox: Path) -> None:
    kept = IngestService(
        service.settings.model_copy(update={"inbox_mode": "keep"}), service.stores, RecordingLauncher()
    )  # fmt: skip
    drop(inbox, "a.jpg", jpeg(1))
    ahead = json.dumps({"changed_ns": time.time_ns() + 10**12, "waiting": {}})
    assert kept.collect_inbox(SYSTEM, ahead)[0] == []
    assert [one.total for one in kept.reconcile(SYSTEM)] == [1]


@pytest.mark.parametrize("cursor", ["", "rubbish", "[]", '{"waiting": 3}', '{"changed_ns": "x"}', None])
def test_any_cursor_is_understood(service: IngestService, inbox: Path, cursor: str | None) -> None:
    drop(inbox, "a.jpg", jpeg(1))
    assert [one.total for one in service.collect_inbox(SYSTEM, cursor)[0]] == [1]


def test_files_are_left_alone_until_they_settle(service: IngestService, inbox: Path) -> None:
    slow = IngestService(
        service.settings.model_copy(update={"settle_seconds": 0.6}), service.stores, RecordingLauncher()
    )  # fmt: skip
    with (inbox / "growing.jpg").open("wb") as file:
        file.write(jpeg(1))
        file.flush()
        time.sleep(0.8)
        batches, cursor = slow.collect_inbox(SYSTEM)
        assert batches == []  # quiet for long enough, but somebody has it open for writing
    assert [one.total for one in slow.collect_inbox(SYSTEM, cursor, patience=2.0)[0]] == [1]


def test_a_drop_in_progress_becomes_one_batch_with_patience(service: IngestService, inbox: Path) -> None:
    slow = IngestService(
        service.settings.model_copy(update={"settle_seconds": 0.4}), service.stores, RecordingLauncher()
    )  # fmt: skip
    drop(inbox, "a.jpg", jpeg(1))
    time.sleep(0.5)
    drop(inbox, "b.jpg", jpeg(2))
    batches, _ = slow.collect_inbox(SYSTEM, patience=2.0)
    assert [one.total for one in batches] == [2]


def test_few_new_files_wait_while_a_run_is_at_work_but_many_do_not(service: IngestService, inbox: Path) -> None:
    small = IngestService(
        service.settings.model_copy(update={"batch_max_files": 3}), service.stores, RecordingLauncher()
    )  # fmt: skip
    drop(inbox, "a.jpg", jpeg(1))
    assert [one.total for one in small.collect_inbox(SYSTEM)[0]] == [1]
    drop(inbox, "b.jpg", jpeg(2))
    assert small.collect_inbox(SYSTEM)[0] == []
    for number in range(5):
        drop(inbox, f"more/{number}.jpg", jpeg(10 + number))
    assert [one.total for one in small.collect_inbox(SYSTEM)[0]] == [3, 3]


def test_uploads_are_removed_from_staging_and_failed_ones_kept(
    service: IngestService, launcher: RecordingLauncher
) -> None:
    batch_id = new_id("b")
    staging = service.settings.uploads / batch_id
    good = drop(staging, "IMG_1.jpg", jpeg(1))
    bad = drop(staging, "IMG_2.jpg", b"nothing")
    items = [
        BatchItem(key=path.name, path=str(path), bytes=path.stat().st_size, modified_ns=path.stat().st_mtime_ns)
        for path in (good, bad)
    ]
    batch = service.submit(ME, items, connector="upload", batch_id=batch_id)
    assert (batch.id, launcher.launched) == (batch_id, [batch_id])
    done = service.run_batch(SYSTEM, batch.id, "run-1").batch
    assert (done.added, done.failed, done.principal) == (1, 1, "local")
    assert not staging.exists()
    (entry,) = service.stores.failures.list().items
    assert Path(entry.path).read_bytes() == b"nothing"
    assert Path(entry.path).is_relative_to(service.settings.uploads / ".failed")


def test_two_uploads_of_one_name_are_two_failures(service: IngestService) -> None:
    for number in range(2):
        path = drop(service.settings.uploads / f"s{number}", "IMG_1.jpg", b"nothing%d" % number)
        item = BatchItem(key="IMG_1.jpg", path=str(path), bytes=8, modified_ns=path.stat().st_mtime_ns)
        batch = service.submit(ME, [item], connector="upload")
        service.run_batch(SYSTEM, batch.id, f"run-{number}")
    assert len(service.stores.failures.list().items) == 2


def test_names_within_a_batch_are_told_apart(service: IngestService, inbox: Path) -> None:
    paths = [drop(inbox.parent / "elsewhere", f"{number}.jpg", jpeg(number)) for number in range(3)]
    items = [BatchItem(key="a.jpg", path=str(path), bytes=1, modified_ns=1) for path in paths]
    batch = service.submit(ME, items, connector="cli", launch=False)
    assert [item.key for item in service.stores.batches.manifest(batch.id).items] == ["a.jpg", "a (2).jpg", "a (3).jpg"]
    assert service.run_batch(SYSTEM, batch.id, "run-1").batch.added == 3
    assert all(path.exists() for path in paths)  # neither inbox nor staging: not ours to move


def test_a_batch_needs_files(service: IngestService) -> None:
    with pytest.raises(Error) as caught:
        service.submit(ME, [], connector="cli")
    assert caught.value.code == "invalid_parameter"


def test_more_files_than_a_batch_holds_are_split(service: IngestService, launcher: RecordingLauncher) -> None:
    small = IngestService(service.settings.model_copy(update={"batch_max_files": 2}), service.stores, launcher)
    items = [BatchItem(key=f"{n}.jpg", path=f"/x/{n}.jpg", bytes=1, modified_ns=1) for n in range(5)]
    batches = small.submit_all(ME, items, connector="cli")
    assert [one.total for one in batches] == [2, 2, 1]
    assert launcher.launched == [one.id for one in batches]


def test_an_orchestrator_that_is_down_leaves_the_batch_to_the_sensor(
    service: IngestService, launcher: RecordingLauncher
) -> None:
    launcher.down = True
    item = BatchItem(key="a.jpg", path="/x/a.jpg", bytes=1, modified_ns=1)
    batch = service.submit(ME, [item], connector="upload")
    assert service.stores.batches.get(batch.id).requested_at is None
    assert service.pending(SYSTEM) == []  # whoever made it may still be asking
    older = service.stores.batches.get(batch.id)
    past = older.created_at.replace(year=2020)
    service.stores.batches.replace(older.model_copy(update={"created_at": past}))
    assert [one.id for one in service.pending(SYSTEM)] == [batch.id]


def test_a_missing_file_is_a_failure_that_names_it(service: IngestService, inbox: Path) -> None:
    path = drop(inbox, "a.jpg", jpeg(1))
    batches, _ = service.collect_inbox(SYSTEM)
    path.unlink()
    batch = service.run_batch(SYSTEM, batches[0].id, "run-1").batch
    (entry,) = service.stores.failures.list().items
    assert (batch.failed, entry.code, entry.path) == (1, "source_missing", str(path))


def test_a_file_replaced_after_reading_is_not_moved_away(service: IngestService, inbox: Path) -> None:
    drop(inbox, "a.jpg", jpeg(1))
    batches, _ = service.collect_inbox(SYSTEM)

    def replace(_: Batch) -> None:
        drop(inbox, "b.jpg", jpeg(3))

    drop(inbox, "a.jpg", jpeg(2))  # replaced between listing and reading: the new one is read
    service.run_batch(SYSTEM, batches[0].id, "run-1", on_progress=replace)
    assert (inbox / ".done/a.jpg").read_bytes() == jpeg(2)
    collect_and_run(service, "run-2")
    assert images(service) == ["a.jpg", "b.jpg"]


def test_a_second_file_of_a_name_does_not_replace_the_first_in_done(service: IngestService, inbox: Path) -> None:
    drop(inbox, "a.jpg", jpeg(1))
    collect_and_run(service)
    drop(inbox, "a.jpg", jpeg(2))
    batch = collect_and_run(service, "run-2")
    assert sorted(path.name for path in (inbox / ".done").iterdir()) == ["a.jpg", f"a~{batch.id}.jpg"]


def test_names_that_are_not_utf8_are_taken(service: IngestService, inbox: Path) -> None:
    raw = os.fsencode(inbox) + b"/caf\xe9.jpg"
    Path(os.fsdecode(raw)).write_bytes(jpeg(1))
    batch = collect_and_run(service)
    assert (batch.added, batch.failed) == (1, 0)
    assert images(service) == ["caf\\xe9.jpg"]


def test_another_live_run_is_refused(service: IngestService, inbox: Path) -> None:
    drop(inbox, "a.jpg", jpeg(1))
    batches, _ = service.collect_inbox(SYSTEM)
    assert service.stores.batches.claim(batches[0].id, "run-1", 30.0) is not None
    report = service.run_batch(SYSTEM, batches[0].id, "run-2")
    assert (report.claimed, report.batch.state, report.batch.run_id) == (False, "running", "run-1")


def test_a_finished_batch_is_not_taken_again(service: IngestService, inbox: Path) -> None:
    drop(inbox, "a.jpg", jpeg(1))
    batch = collect_and_run(service)
    report = service.run_batch(SYSTEM, batch.id, "run-2")
    assert (report.claimed, report.batch.state, len(report.images)) == (False, "done", 1)


def test_a_cancelled_batch_stops_and_its_files_stay(service: IngestService, inbox: Path) -> None:
    for number in range(4):
        drop(inbox, f"{number}.jpg", jpeg(number))
    batches, cursor = service.collect_inbox(SYSTEM)
    cancelled = service.cancel(ME, batches[0].id)
    assert cancelled.state == "cancelled"
    assert service.run_batch(SYSTEM, batches[0].id, "run-1").claimed is False
    assert service.collect_inbox(SYSTEM, cursor)[0] == []
    assert len(list(inbox.glob("*.jpg"))) == 4
    assert event_types(service)[-1] == "batch.finished"


def test_cancelling_a_running_batch_stops_the_run(service: IngestService, inbox: Path) -> None:
    for number in range(60):
        drop(inbox, f"{number}.jpg", jpeg(number, width=1600, height=1200))
    batches, _ = service.collect_inbox(SYSTEM)

    def cancel(batch: Batch) -> None:
        if batch.state == "running":
            service.cancel(ME, batch.id)

    report = service.run_batch(SYSTEM, batches[0].id, "run-1", on_progress=cancel)
    assert report.batch.state == "cancelled"
    assert 0 < report.batch.done < 60
    assert len(images(service)) == report.batch.done


def test_cancelling_a_retry_opens_its_failures_again(service: IngestService, inbox: Path) -> None:
    drop(inbox, "notes.jpg", b"nothing")
    collect_and_run(service)
    batch = service.retry_failures(ME, launch=False)
    service.cancel(ME, batch.id)
    assert [one.state for one in service.stores.failures.list(state=None).items] == ["open"]


def test_retries_of_retryable_failures_come_before_the_ledger(
    service: IngestService, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(inbox, "a.jpg", jpeg(1))
    blobs = service.stores.blobs
    calls = []

    def fail_twice(namespace: str, key: str, data: bytes, *, durable: bool) -> bool:
        calls.append(namespace)
        if namespace == "originals" and calls.count("originals") <= 2:
            raise Error("storage_io", "The disk hesitated.")
        return type(blobs).put(blobs, namespace, key, data, durable=durable)

    monkeypatch.setattr(blobs, "put", fail_twice, raising=False)
    batch = collect_and_run(service)
    assert (batch.added, batch.failed, calls.count("originals")) == (1, 0, 3)


def test_a_full_disk_stops_the_run_and_blames_no_file(
    service: IngestService, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(inbox, "a.jpg", jpeg(1))
    batches, _ = service.collect_inbox(SYSTEM)

    def full(namespace: str, key: str, data: bytes, *, durable: bool) -> bool:
        raise Error("storage_full", "No space is left.")

    with monkeypatch.context() as patched:
        patched.setattr(service.stores.blobs, "put", full, raising=False)
        with pytest.raises(Error) as caught:
            service.run_batch(SYSTEM, batches[0].id, "run-1")
    assert caught.value.code == "storage_full"
    assert service.stores.failures.list().items == ()
    assert service.run_batch(SYSTEM, batches[0].id, "run-1").batch.added == 1


def test_a_stranger_may_do_nothing(service: IngestService) -> None:
    stranger = Principal(id="s", name="Stranger", kind="user")
    for call in (
        lambda: service.submit(stranger, [], connector="cli"),
        lambda: service.submit_all(stranger, [], connector="cli"),
        lambda: service.launch(stranger, "b-1"),
        lambda: service.cancel(stranger, "b-1"),
        lambda: service.collect_inbox(stranger),
        lambda: service.reconcile(stranger),
        lambda: service.pending(stranger),
        lambda: service.run_batch(stranger, "b-1", "r"),
        lambda: service.derive_again(stranger, "b-1"),
        lambda: service.images_of(stranger, "b-1"),
        lambda: service.retry_failures(stranger),
        lambda: service.dismiss(stranger, []),
    ):
        with pytest.raises(Error) as caught:
            call()
        assert caught.value.code == "forbidden"


def test_renditions_can_be_made_again_from_originals(service: IngestService, inbox: Path) -> None:
    drop(inbox, "a.jpg", jpeg(1))
    batch = collect_and_run(service)
    (before,) = service.images_of(ME, batch.id)
    for one in before.renditions:
        service.stores.blobs.delete("renditions", one.address)
    report = service.derive_again(ME, batch.id)
    (after,) = service.images_of(ME, batch.id)
    assert (report.images, report.failures_by_code) == (1, {})
    assert after.renditions == before.renditions
    assert all(service.stores.blobs.stat("renditions", one.address) for one in after.renditions)
