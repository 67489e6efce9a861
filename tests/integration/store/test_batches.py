"""Batches, failures and runs on a real mongod."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from darkroom.domain.base import now
from darkroom.domain.ingest import Batch
from darkroom.domain.run import RunRecord
from darkroom.errors import Error
from darkroom.store import Stores
from darkroom.store.batches import QueueStats
from darkroom.store.failures import failure_id
from tests import factories
from tests.factories import BASE

COUNTS = {"done": 2, "added": 1, "duplicates": 1, "failed": 0, "bytes": 7, "failures_by_code": {"image_corrupt": 1}}


def create(stores: Stores, number: int, *, items: int = 3, **changes: object) -> Batch:
    batch, manifest = factories.batch(number, items=items, **changes)
    stores.database.run(lambda session: stores.batches.create(session, batch, manifest))
    return batch


def test_a_batch_comes_back_with_its_manifest(stores: Stores) -> None:
    batch, manifest = factories.batch(1, items=2500)
    stores.database.run(lambda session: stores.batches.create(session, batch, manifest))
    assert stores.batches.get(batch.id) == batch
    assert stores.batches.manifest(batch.id) == manifest
    for look in (stores.batches.manifest, stores.batches.get):
        with pytest.raises(Error) as caught:
            look("b-none")
        assert caught.value.code == "not_found"


def test_a_manifest_larger_than_a_document_is_kept(stores: Stores) -> None:
    batch, manifest = factories.batch(1, items=0)
    items = tuple(factories.batch_item(n, key="k" * 3900 + str(n), path="/" + "p" * 3900) for n in range(3000))
    big = manifest.model_copy(update={"items": items})
    stores.database.run(lambda session: stores.batches.create(session, batch, big))
    assert stores.batches.manifest(batch.id).items == items


def test_a_batch_is_created_once(stores: Stores) -> None:
    batch = create(stores, 1)
    with pytest.raises(Error) as caught:
        create(stores, 1)
    assert (caught.value.code, len(stores.batches.manifest(batch.id).items)) == ("already_exists", 3)


def test_of_many_runs_one_gets_the_batch(stores: Stores) -> None:
    batch = create(stores, 1)
    got: list[str] = []
    start = threading.Barrier(8)

    def claim(run: str) -> None:
        start.wait()
        if stores.batches.claim(batch.id, run, stale_after=60):
            got.append(run)

    threads = [threading.Thread(target=claim, args=(f"run-{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = stores.batches.get(batch.id)
    assert (got, found.attempt, found.state) == ([found.run_id], 1, "running")


def test_the_same_run_and_one_after_a_dead_run_may_claim_again(stores: Stores) -> None:
    batch = create(stores, 1)
    first = stores.batches.claim(batch.id, "one", 60)
    assert first is not None
    assert stores.batches.claim(batch.id, "two", 60) is None
    again = stores.batches.claim(batch.id, "one", 60)
    assert again is not None
    taken = stores.batches.claim(batch.id, "two", 0)
    assert taken is not None
    assert (again.attempt, taken.attempt, taken.run_id) == (2, 3, "two")
    assert first.started_at == taken.started_at
    assert taken.heartbeat_at is not None
    assert abs((taken.heartbeat_at - now()).total_seconds()) < 60


def test_a_run_that_lost_its_batch_is_fenced_off(stores: Stores) -> None:
    batch = create(stores, 1)
    stores.batches.claim(batch.id, "one", 60)
    seen = stores.batches.progress(batch.id, "one", **COUNTS)
    assert (seen.done, seen.added, seen.done_bytes, seen.failures_by_code) == (2, 1, 7, {"image_corrupt": 1})
    stores.batches.claim(batch.id, "two", 0)
    assert (stores.batches.heartbeat(batch.id, "one"), stores.batches.heartbeat(batch.id, "two")) == (False, True)
    record = factories.image_record(1)

    def chunk(session: object) -> None:
        stores.images.upsert_many(session, [record])
        stores.batches.progress(batch.id, "one", **COUNTS, session=session)

    with pytest.raises(Error) as caught:
        stores.database.run(chunk)
    assert (caught.value.code, caught.value.context["run_id"]) == ("conflict", "two")
    assert stores.images.find(record.id) is None
    with pytest.raises(Error):
        stores.database.run(lambda session: stores.batches.finish(session, batch.id, "one"))
    done = stores.database.run(lambda session: stores.batches.finish(session, batch.id, "two"))
    assert done.state == "done"
    assert stores.database.run(lambda session: stores.batches.finish(session, batch.id, "two")) == done
    assert stores.batches.claim(batch.id, "three", 0) is None


def test_a_cancelled_batch_stops_its_run(stores: Stores) -> None:
    batch = create(stores, 1)
    stores.batches.claim(batch.id, "one", 60)
    cancelled = stores.database.run(lambda session: stores.batches.cancel(session, batch.id))
    assert cancelled.state == "cancelled"
    assert stores.database.run(lambda session: stores.batches.cancel(session, batch.id)) == cancelled
    with pytest.raises(Error) as caught:
        stores.batches.progress(batch.id, "one", **COUNTS)
    assert (caught.value.code, caught.value.context["state"]) == ("conflict", "cancelled")
    done = create(stores, 2)
    stores.batches.claim(done.id, "one", 60)
    stores.database.run(lambda session: stores.batches.finish(session, done.id, "one"))
    with pytest.raises(Error) as late:
        stores.database.run(lambda session: stores.batches.cancel(session, done.id))
    assert late.value.code == "conflict"


def test_pending_are_queued_or_abandoned_and_not_just_asked_for(stores: Stores) -> None:
    queued, asked, running, done = (create(stores, number) for number in range(4))
    stores.batches.mark_requested(asked.id)
    stores.batches.claim(running.id, "one", 60)
    stores.batches.claim(done.id, "one", 60)
    stores.database.run(lambda session: stores.batches.finish(session, done.id, "one"))
    assert [found.id for found in stores.batches.pending(60)] == [queued.id]
    assert [found.id for found in stores.batches.pending(0)] == [queued.id, asked.id, running.id]


def test_pages_of_batches_newest_first(stores: Stores) -> None:
    batches = [create(stores, number, connector="cli" if number % 2 else "inbox") for number in range(7)]
    stores.batches.claim(batches[0].id, "one", 60)
    page = stores.batches.list(limit=3)
    rest = stores.batches.list(limit=10, cursor=page.next_cursor)
    assert [found.id for found in (*page.items, *rest.items)] == [found.id for found in reversed(batches)]
    assert rest.next_cursor is None
    assert [found.id for found in stores.batches.list(states=["running"]).items] == [batches[0].id]
    assert len(stores.batches.list(connector="cli").items) == 3
    with pytest.raises(Error) as caught:
        stores.batches.list(connector="cli", cursor=page.next_cursor)
    assert caught.value.code == "invalid_cursor"


def test_open_keys_and_the_queue_count_unfinished_batches_only(stores: Stores) -> None:
    assert stores.batches.queue() == QueueStats(0, 0, 0, None)
    one, two, done = (create(stores, number, items=number + 2) for number in range(3))
    stores.batches.claim(two.id, "run", 60)
    stores.batches.progress(two.id, "run", **COUNTS)
    stores.batches.claim(done.id, "run", 60)
    stores.database.run(lambda session: stores.batches.finish(session, done.id, "run"))
    items = [item for batch in (one, two) for item in stores.batches.manifest(batch.id).items]
    assert stores.batches.open_keys("inbox") == {item.key: (item.bytes, item.modified_ns) for item in items}
    assert stores.batches.open_keys("upload") == {}
    assert stores.batches.queue() == QueueStats(2, 5, 3, BASE - timedelta(seconds=5))


def test_a_file_has_one_entry_in_the_ledger(stores: Stores) -> None:
    first = factories.failure(1, id=failure_id("inbox", "a.jpg"), key="a.jpg")
    later = first.model_copy(
        update={"code": "image_truncated", "last_at": BASE + timedelta(hours=1), "first_at": BASE + timedelta(hours=1)}
    )
    ledger, run = stores.failures, stores.database.run
    assert run(lambda session: ledger.record(session, first)) is True
    assert run(lambda session: ledger.mark(session, [first.id], "dismissed")) == 1
    assert run(lambda session: ledger.record(session, later)) is False
    found = ledger.get(first.id)
    assert (found.attempts, found.first_at, found.last_at) == (2, first.first_at, later.last_at)
    assert (found.state, found.code) == ("open", "image_truncated")
    assert run(lambda session: ledger.resolve(session, first.id, "image")) is True
    assert (ledger.get(first.id).state, ledger.get(first.id).image) == ("resolved", "image")
    assert run(lambda session: ledger.resolve(session, "f-none", "image")) is False
    assert failure_id("inbox", "a.jpg") != failure_id("upload", "a.jpg")


def test_the_ledger_is_listed_latest_first_and_counted_by_code(stores: Stores) -> None:
    entries = [
        factories.failure(n, code="image_empty" if n % 3 else "image_bomb", batch=f"b-{n % 2}") for n in range(7)
    ]
    stores.database.run(lambda session: [stores.failures.record(session, entry) for entry in entries])
    stores.database.run(lambda session: stores.failures.mark(session, [entries[0].id], "retrying"))
    page = stores.failures.list(limit=4)
    rest = stores.failures.list(limit=4, cursor=page.next_cursor)
    assert [found.id for found in (*page.items, *rest.items)] == [found.id for found in reversed(entries[1:])]
    assert [found.id for found in stores.failures.list(state=None, code="image_bomb").items] == [
        entries[n].id for n in (6, 3, 0)
    ]
    assert len(stores.failures.list(batch="b-1").items) == 3
    assert stores.failures.counts() == {"image_bomb": 2, "image_empty": 4}
    assert set(stores.failures.of_batch("b-1")) == {entries[n].key for n in (1, 3, 5)}


def test_runs_are_put_together_from_what_is_told_of_them(stores: Stores) -> None:
    stores.runs.upsert(RunRecord(id="r1", job="ingest_images", state="queued", batch="b-1"))
    stores.runs.upsert(RunRecord(id="r1", job="ingest_images", state="succeeded", finished_at=BASE))
    late = stores.runs.upsert(RunRecord(id="r1", job="ingest_images", state="running", started_at=BASE))
    assert (late.state, late.batch, late.started_at, late.finished_at) == ("succeeded", "b-1", BASE, BASE)
    assert late.revision == 2
    stores.runs.upsert(RunRecord(id="r2", job="ingest_images", state="running"))
    assert [run.id for run in stores.runs.list().items] == ["r2", "r1"]
    page = stores.runs.list(limit=1)
    assert [run.id for run in stores.runs.list(cursor=page.next_cursor).items] == ["r1"]
