"""The event log under concurrent writers and restarts of a real mongod."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from darkroom.domain.access import LOCAL_OWNER
from darkroom.domain.event import Event
from darkroom.errors import Error
from darkroom.store import Stores
from darkroom.store.database import Database
from darkroom.store.events import EventLog
from darkroom.store.migrations import migrate
from tests.servers import MongoServer


def append(log: EventLog, *ids: str) -> Event:
    return log.database.run(lambda session: log.append(session, type="images.added", principal=LOCAL_OWNER, ids=ids))


class Watcher(threading.Thread):
    """Collects what `watch` gives."""

    def __init__(self, log: EventLog, after: int = 0) -> None:
        super().__init__(daemon=True)
        self.log, self.after, self.stop, self.seen = log, after, threading.Event(), list[Event]()
        self.start()

    def run(self) -> None:
        for event in self.log.watch(self.after, self.stop):
            self.seen.append(event)

    def wait_for(self, count: int, seconds: float = 30) -> list[int]:
        deadline = time.monotonic() + seconds
        while len(self.seen) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.3)  # so that a surplus one would show
        self.stop.set()
        self.join(10)
        assert not self.is_alive()
        return [event.seq for event in self.seen]


def test_events_are_numbered_and_read_in_order(stores: Stores) -> None:
    log = stores.events
    assert (log.last_seq(), log.since(0)) == (0, [])
    first = stores.database.run(
        lambda session: log.append(
            session, type="batch.queued", principal="local", ids=["b"], data={"a.b": {"$c": [1]}}, trace_id="t" * 32
        )
    )
    second = append(log, "x")
    assert (first.seq, second.seq, log.last_seq()) == (1, 2, 2)
    assert log.since(0) == [first, second]
    assert log.since(1) == [second]
    assert log.since(0, limit=1) == [first]


def test_many_ids_become_several_events(stores: Stores) -> None:
    ids = [f"{number}" for number in range(2500)]
    assert append(stores.events, *ids).seq == 3
    assert [one for event in stores.events.since(0) for one in event.ids] == ids
    assert [len(event.ids) for event in stores.events.since(0)] == [1000, 1000, 500]


def test_a_transaction_that_fails_leaves_no_event_and_no_gap(stores: Stores) -> None:
    def work(session: object) -> None:
        stores.events.append(session, type="images.added", principal="local")
        raise Error("storage_full", "full")

    with pytest.raises(Error) as caught:
        stores.database.run(work)
    assert (caught.value.code, stores.events.last_seq()) == ("storage_full", 0)
    assert append(stores.events).seq == 1


def test_order_of_numbers_is_order_of_commits_without_gaps(stores: Stores) -> None:
    """A reader that follows the log never finds a number below one it has seen."""
    log, reached, done = stores.events, list[int](), threading.Event()

    def read() -> None:
        after = 0
        while not done.is_set() or after < log.last_seq():
            for event in log.since(after):
                reached.append(event.seq)
                after = event.seq

    def write(writer: int) -> None:
        chance = random.Random(writer)
        for _ in range(25):

            def work(session: object) -> None:
                log.append(session, type="images.added", principal="local")
                time.sleep(chance.random() * 0.003)

            stores.database.run(work)

    reader = threading.Thread(target=read)
    reader.start()
    writers = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    assert reached == list(range(1, 151))


def test_watch_catches_up_and_follows_at_once(stores: Stores) -> None:
    for number in range(3):
        append(stores.events, str(number))
    watcher = Watcher(stores.events, after=1)
    while len(watcher.seen) < 2:
        time.sleep(0.01)
    time.sleep(0.3)
    began = time.monotonic()
    append(stores.events, "live")
    while len(watcher.seen) < 3:
        time.sleep(0.002)
    assert time.monotonic() - began < 10
    assert watcher.wait_for(3) == [2, 3, 4]
    assert watcher.seen[-1].ids == ("live",)


@pytest.mark.kill
def test_watch_loses_and_repeats_nothing_when_mongod_is_killed(own_mongod: MongoServer) -> None:
    database = Database.connect(own_mongod.uri, "killed")
    migrate(database)
    log = EventLog(database)
    watcher = Watcher(log)
    written: list[int] = []
    failed: list[str] = []
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            try:
                written.append(append(log, str(number)).seq)
            except Error as error:
                failed.append(error.code)

    writer = threading.Thread(target=write)
    writer.start()
    for round_ in range(3):
        time.sleep(0.5 + round_ * 0.3)
        own_mongod.kill()
        time.sleep(0.2)
        own_mongod.start()
    time.sleep(0.5)
    stop.set()
    writer.join()
    last = log.last_seq()
    assert watcher.wait_for(last) == list(range(1, last + 1))
    assert len(written) > 10
    assert set(failed) <= {"database_unavailable"}
    assert set(written) <= set(range(1, last + 1))
    database.close()


@pytest.mark.kill
def test_a_restart_of_mongod_goes_unnoticed(own_mongod: MongoServer) -> None:
    """Operations wait for the server instead of failing, as long as it is back soon."""
    database = Database.connect(own_mongod.uri, "restarted")
    migrate(database)
    log = EventLog(database)
    append(log, "before")
    own_mongod.kill()
    with ThreadPoolExecutor(2) as pool:
        read, written = pool.submit(log.last_seq), pool.submit(append, log, "after")
        time.sleep(1.0)
        # Here and not in the pool: a mongod ends with the thread that started it.
        own_mongod.start()
        assert read.result() in (1, 2)
        assert written.result().seq == 2
    own_mongod.kill()
    impatient = database.for_watching()
    assert impatient.ping(0.5) is False
    with pytest.raises(Error) as caught:
        EventLog(impatient).last_seq()
    assert (caught.value.code, caught.value.retryable) == ("database_unavailable", True)
    own_mongod.start()
    assert impatient.ping(10) is True
    impatient.close()
    database.close()
