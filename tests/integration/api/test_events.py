"""Live events: resumed without loss, for slow readers and across restarts of MongoDB, on a real server."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from darkroom.services import feed as feed_module
from tests.factories import batch


@contextmanager
def listening(url: str, **headers: str) -> Iterator[Iterator[dict[str, Any]]]:
    """The events of a stream, as a browser reads them."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    with httpx.stream("GET", url, headers=names, timeout=20) as answer:
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        yield _events(answer.iter_lines())


def _events(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    event: dict[str, Any] = {}
    for line in lines:
        if line == "":
            if "data" in event:
                yield event
            event = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(": ")
            event[name] = json.loads(value) if name == "data" else value


def _take(events: Iterator[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    return [next(events) for _ in range(count)]


@pytest.fixture
def tell(stores):
    """Write events."""

    def work(count: int = 1, **changes) -> None:
        values = {"type": "images.added", "principal": "local", "ids": ["x"]} | changes
        for _ in range(count):
            stores.database.run(lambda session: stores.events.append(session, **values))

    return work


def test_a_stream_begins_with_its_position_and_tells_what_happens(server, tell):
    tell(3)
    with listening(f"{server.url}/api/v1/events") as events:
        assert next(events) == {"id": "3", "event": "hello", "data": {"seq": 3}}
        tell(type="tags.changed", data={"tag": "sea"})
        event = next(events)
    assert (event["id"], event["event"]) == ("4", "tags.changed")
    assert event["data"].keys() == {"seq", "type", "at", "ids", "data"}
    assert (event["data"]["seq"], event["data"]["ids"], event["data"]["data"]) == (4, ["x"], {"tag": "sea"})


def test_a_reader_that_comes_back_misses_nothing(server, tell):
    tell(700)
    for how in (
        {"url": f"{server.url}/api/v1/events", "last_event_id": "5"},
        {"url": f"{server.url}/api/v1/events?last_event_id=5"},
    ):
        with listening(**how) as events:
            assert next(events)["data"] == {"seq": 5}
            assert [int(one["id"]) for one in _take(events, 695)] == list(range(6, 701))
    with listening(f"{server.url}/api/v1/events?last_event_id=5", last_event_id="699") as events:
        assert [int(one["id"]) for one in _take(events, 2)] == [699, 700]


def test_a_number_of_another_library_asks_for_a_fresh_start(server, tell):
    tell(2)
    with listening(f"{server.url}/api/v1/events", last_event_id="900") as events:
        assert next(events) == {"id": "2", "event": "resync", "data": {"seq": 2}}
        tell()
        assert next(events)["id"] == "3"


def test_what_happens_while_the_stream_opens_is_neither_lost_nor_told_twice(server, tell):
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            tell(5)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(5):
            with listening(f"{server.url}/api/v1/events?last_event_id=0") as events:
                next(events)
                assert [int(one["id"]) for one in _take(events, 60)] == list(range(1, 61))
            with listening(f"{server.url}/api/v1/events") as events:
                first = int(next(events)["id"])
                assert [int(one["id"]) for one in _take(events, 40)] == list(range(first + 1, first + 41))
    finally:
        stop.set()
        writer.join()


def test_progress_of_a_batch_comes_live_and_thinned_out(server, stores):
    one, manifest = batch(1, items=1000)
    with listening(f"{server.url}/api/v1/events") as events:
        next(events)
        stores.database.run(lambda session: stores.batches.create(session, one, manifest))
        stores.batches.claim(one.id, "r-1", 30.0)
        begin = time.monotonic()
        for done in range(1, 201):
            stores.batches.progress(
                one.id, "r-1", done=done, added=done, duplicates=0, failed=0, bytes=done, failures_by_code={}
            )
        seen = []
        while not seen or seen[-1]["data"]["done"] < 200:
            event = next(events)
            assert event["event"] == "batch.progress"
            assert "id" not in event
            seen.append(event)
        seconds = time.monotonic() - begin
    assert seen[-1]["data"]["id"] == one.id
    assert seen[-1]["data"]["total"] == 1000
    assert seen[-1]["data"]["dagster_run_url"].endswith("/runs/r-1")
    assert len(seen) <= seconds * 4 + 3


def test_a_late_reader_hears_of_batches_at_work(server, stores):
    one, manifest = batch(2)
    stores.database.run(lambda session: stores.batches.create(session, one, manifest))
    with listening(f"{server.url}/api/v1/events") as events:
        next(events)
        event = next(events)
    assert (event["event"], event["data"]["id"], event["data"]["state"]) == ("batch.progress", one.id, "queued")


@pytest.mark.parametrize("value", ["x", "-1", "1.5", "9" * 30, "1 2", "\u00b2"])
def test_a_number_that_is_none_is_refused(client, value: str):
    by_header = client.get("/api/v1/events", headers={"Last-Event-ID": value.encode("latin-1")})
    by_query = client.get("/api/v1/events", params={"last_event_id": value})
    for answer in (by_header, by_query):
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_parameter")


def test_many_readers_share_one_watcher_and_all_hear_everything(server, tell):
    readers = 25
    heard: list[list[int]] = [[] for _ in range(readers)]
    ready = threading.Barrier(readers + 1, timeout=30)

    def read(number: int) -> None:
        with listening(f"{server.url}/api/v1/events") as events:
            next(events)
            ready.wait()
            heard[number] = [int(one["id"]) for one in _take(events, 30)]

    threads = [threading.Thread(target=read, args=(number,)) for number in range(readers)]
    for thread in threads:
        thread.start()
    ready.wait()
    tell(30)
    for thread in threads:
        thread.join(timeout=30)
    assert heard == [list(range(1, 31))] * readers


def test_readers_that_leave_are_forgotten_and_streams_end_with_the_server(server, tell):
    for _ in range(20):
        with listening(f"{server.url}/api/v1/events") as events:
            next(events)
    import psutil

    with listening(f"{server.url}/api/v1/events") as events:
        next(events)
        psutil.Process(server.process.pid).terminate()
        assert list(events) == []
    server.process.wait(timeout=60)


@pytest.mark.kill
def test_nothing_is_lost_when_mongod_is_killed(own_mongod, tmp_path):
    from pydantic import SecretStr

    from darkroom.domain.access import LOCAL_OWNER
    from darkroom.errors import Error
    from darkroom.services.feed import Feed
    from darkroom.settings import Settings
    from darkroom.store import Stores
    from darkroom.store.database import Database
    from darkroom.store.migrations import migrate

    settings = Settings(home=tmp_path / "home", mongo_uri=SecretStr(own_mongod.uri))
    database = Database.connect(own_mongod.uri, settings.mongo_database)
    migrate(database)
    database.close()
    stores = Stores.open(settings)
    feed = Feed(stores)
    written = 0

    def write(count: int) -> None:
        nonlocal written
        for _ in range(count):
            stores.database.run(lambda session: stores.events.append(session, type="images.added", principal="local"))
            written += 1

    async def listen() -> list[int]:
        import anyio

        reader = await feed.subscribe(LOCAL_OWNER)
        heard: list[int] = []

        async def collect() -> None:
            while (items := await reader.next(1.0)) is not None:
                heard.extend(item.seq for item in items if isinstance(item, feed_module.Event))

        async with anyio.create_task_group() as group:
            group.start_soon(collect)
            for _ in range(3):
                await anyio.to_thread.run_sync(write, 20)
                await anyio.to_thread.run_sync(own_mongod.kill)
                await anyio.to_thread.run_sync(own_mongod.start)
            await anyio.to_thread.run_sync(write, 20)
            with anyio.fail_after(30):
                while len(heard) < written:
                    await anyio.sleep(0.1)
            feed.close()
        return heard

    import asyncio

    try:
        assert asyncio.run(listen()) == list(range(1, written + 1))
    finally:
        stores.close()
    assert written == 80
    assert issubclass(Error, Exception)
