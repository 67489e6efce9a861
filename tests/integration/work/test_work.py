"""Long work: at once or by a run, stopped, taken over, broken, undone, and each step once."""

from __future__ import annotations

import threading

import pytest

from darkroom.domain.access import LOCAL_OWNER, SYSTEM
from darkroom.domain.base import new_id
from darkroom.domain.work import LongWork
from darkroom.errors import Error
from darkroom.services.library import Library
from darkroom.services.runs import WORK_JOB
from darkroom.services.work import run as run_module
from darkroom.services.work.service import WorkService
from darkroom.store import Stores
from tests.fakes import RecordingLauncher
from tests.integration.work.conftest import Counting

MANY = [f"n{number:04d}" for number in range(457)]


def begin(service: WorkService, items: list[str], **params: object) -> LongWork:
    return service.begin(LOCAL_OWNER, "counting", [items[:7], items[7:]], title="Count", params=params)


def told(stores: Stores, work: LongWork) -> list[str]:
    return [one.type for one in stores.events.since(0) if work.id in one.ids]


def test_a_little_work_is_done_at_once(service: WorkService, counting: Counting, launcher, stores: Stores) -> None:
    done = begin(service, [f"n{number}" for number in range(23)], by=3)
    assert (done.state, done.total, done.done, done.changed, done.cursor) == ("done", 23, 23, 23, 23)
    assert counting.values() == {f"n{number}": 3 for number in range(23)}
    assert launcher.launched == []
    assert told(stores, done) == ["operation.queued", "operation.finished"]
    assert stores.work.things(done.id, 0, 1) == ()


def test_much_work_is_done_by_a_run_with_its_things_settled(
    service: WorkService, counting: Counting, launcher: RecordingLauncher, stores: Stores
) -> None:
    queued = begin(service, MANY)
    assert (queued.state, queued.total, launcher.launched, launcher.jobs) == ("queued", 457, [queued.id], [WORK_JOB])
    assert counting.values() == {}
    seen: list[int] = []
    done = service.run(SYSTEM, queued.id, "run-1", on_progress=lambda work: seen.append(work.done))
    assert (done.state, done.changed, done.attempt) == ("done", 457, 1)
    assert seen == [*range(10, 457, 10), 457]
    assert done.rate is not None
    assert counting.values() == dict.fromkeys(MANY, 1)
    assert service.run(SYSTEM, queued.id, "run-2") == stores.work.get(queued.id)
    assert counting.values() == dict.fromkeys(MANY, 1)


def test_a_thing_that_breaks_costs_nothing_but_itself(service: WorkService, counting: Counting) -> None:
    items = [f"n{number}" for number in range(30)]
    items[13], items[17], items[4] = "bad one", "bad two", "lost"
    done = begin(service, [*items, "same"])
    assert (done.state, done.done, done.changed, done.failed) == ("done", 31, 27, 3)
    assert {one.id: one.code for one in done.failures} == {
        "bad one": "image_corrupt", "bad two": "image_corrupt", "lost": "not_found",
    }  # fmt: skip
    assert done.failures_by_code == {"image_corrupt": 2, "not_found": 1}
    assert done.result == {"unchanged": 1}
    assert set(counting.values().values()) == {1}


def test_work_that_is_cancelled_midway_stops_and_can_be_taken_back(service: WorkService, counting: Counting) -> None:
    work = begin(service, MANY)

    def stop(found: LongWork) -> None:
        if found.done == 50:
            service.cancel(LOCAL_OWNER, work.id)

    ended = service.run(SYSTEM, work.id, "run-1", on_progress=stop)
    assert (ended.state, ended.done, len(counting.values())) == ("cancelled", 50, 50)
    with pytest.raises(Error, match="is cancelled") as refused:
        service.cancel(LOCAL_OWNER, work.id)
    assert refused.value.code == "conflict"
    back = service.undo(LOCAL_OWNER, work.id)
    assert (back.state, back.total, back.changed, counting.values()) == ("done", 50, 50, {})


def test_a_run_that_dies_is_taken_over_and_no_step_is_done_twice(
    service: WorkService, counting: Counting, stores: Stores
) -> None:
    work = begin(service, MANY)

    class Killed(BaseException):
        pass

    def die(found: LongWork) -> None:
        if found.done == 100:
            raise Killed

    with pytest.raises(Killed):
        service.run(SYSTEM, work.id, "run-1", on_progress=die)
    assert service.run(SYSTEM, work.id, "run-2").done == 100  # it may be alive
    stores.database.collection("work").update_one({"_id": work.id}, [{"$set": {
        "heartbeat_at": {"$subtract": ["$$NOW", 10**6]}, "requested_at": {"$subtract": ["$$NOW", 10**6]},
    }}])  # fmt: skip
    assert [one.id for one in service.pending(SYSTEM)] == [work.id]
    ended = service.run(SYSTEM, work.id, "run-2")
    assert (ended.state, ended.attempt, ended.done) == ("done", 2, 457)
    assert counting.values() == dict.fromkeys(MANY, 1)


def test_two_runs_at_the_same_time_do_each_step_once(service: WorkService, counting: Counting) -> None:
    work = begin(service, MANY)
    # The same run twice, as when Dagster tries a step again while the first attempt is not quite dead.
    threads = [threading.Thread(target=service.run, args=(SYSTEM, work.id, "run-1")) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counting.values() == dict.fromkeys(MANY, 1)
    assert service.get(LOCAL_OWNER, work.id).changed == 457


def test_an_undo_can_be_undone_and_nothing_is_undone_twice(service: WorkService, counting: Counting) -> None:
    work = begin(service, MANY[:20], by=5)
    back = service.undo(LOCAL_OWNER, work.id)
    assert (back.kind, back.undoes, back.changed, counting.values()) == ("undo", work.id, 20, {})
    with pytest.raises(Error, match="was undone by") as refused:
        service.undo(LOCAL_OWNER, work.id)
    assert refused.value.code == "conflict"
    again = service.undo(LOCAL_OWNER, back.id)
    assert (again.title, counting.values()) == ("Undo: Undo: Count", dict.fromkeys(MANY[:20], 5))
    service.undo(LOCAL_OWNER, again.id)
    assert counting.values() == {}


def test_an_undo_that_was_stopped_can_be_begun_again(service: WorkService) -> None:
    work = begin(service, MANY)
    service.run(SYSTEM, work.id, "run-1")
    first = service.undo(LOCAL_OWNER, work.id)
    service.cancel(LOCAL_OWNER, first.id)
    second = service.undo(LOCAL_OWNER, work.id)
    assert (second.id != first.id, second.state) == (True, "queued")


def test_work_that_goes_on_cannot_be_undone(service: WorkService) -> None:
    work = begin(service, MANY)
    with pytest.raises(Error, match="is queued"):
        service.undo(LOCAL_OWNER, work.id)


def test_asking_twice_with_one_id_begins_once(service: WorkService, counting: Counting) -> None:
    name = new_id("o")
    for _ in range(2):
        service.begin(LOCAL_OWNER, "counting", [["a", "b"]], title="Count", work_id=name)
    assert counting.values() == {"a": 1, "b": 1}


def test_parts_of_an_attempt_that_broke_off_are_in_nobodys_way(service: WorkService, counting: Counting) -> None:
    name = new_id("o")

    def breaks():
        yield [f"x{number}" for number in range(60_000)]
        raise Error("database_unavailable", "Gone.")

    with pytest.raises(Error, match="Gone"):
        service.begin(LOCAL_OWNER, "counting", breaks(), title="Count", work_id=name)
    done = service.begin(LOCAL_OWNER, "counting", [["a", "b"]], title="Count", work_id=name)
    assert (done.total, counting.values()) == (2, {"a": 1, "b": 1})


def test_nothing_is_no_work(service: WorkService) -> None:
    with pytest.raises(Error) as refused:
        begin(service, [])
    assert refused.value.code == "invalid_parameter"


def test_work_without_a_run_waits_for_the_sensor(service: WorkService, launcher: RecordingLauncher) -> None:
    launcher.down = True
    work = begin(service, MANY)
    assert work.state == "queued"
    assert [one.id for one in service.pending(SYSTEM)] == [work.id]
    launcher.down = False
    service.mark_requested(SYSTEM, work.id)
    assert service.pending(SYSTEM) == []


def test_work_that_breaks_whatever_is_done_ends_as_failed(
    service: WorkService, counting: Counting, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> tuple[tuple[str, ...], int]:
        raise Error("invalid_parameter", "This makes no sense.")

    monkeypatch.setattr(counting, "read", breaks)
    done = begin(service, ["a"])
    assert (done.state, done.error_code, done.error_cause) == ("failed", "invalid_parameter", "This makes no sense.")
    assert stores.events.since(0)[-1].data["state"] == "failed"


def test_work_that_kills_its_runs_is_given_up(service: WorkService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "MOST_ATTEMPTS", 0)
    assert begin(service, ["a"]).error_code == "work_failed"


def test_a_database_that_is_gone_leaves_the_rest_to_another_run(
    service: WorkService, counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> tuple[tuple[str, ...], int]:
        raise Error("database_unavailable", "Gone.")

    with monkeypatch.context() as patch:
        patch.setattr(counting, "read", gone)
        left = begin(service, ["a"])
    assert left.state == "running"
    assert left.run_id is not None
    assert service.run(SYSTEM, left.id, left.run_id).state == "done"


def test_signs_of_life_do_not_make_a_slow_step_begin_anew(library: Library, counting: Counting, stores: Stores) -> None:
    settings = library.settings.model_copy(update={"heartbeat_seconds": 2.0})
    service = WorkService(settings, stores, RecordingLauncher(), [counting])
    counting.pause = 1.2  # more than two signs of life
    done = service.begin(LOCAL_OWNER, "counting", [[f"n{number}" for number in range(20)]], title="Count")
    assert (done.state, done.changed, counting.steps) == ("done", 20, 2)
