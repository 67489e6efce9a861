"""The feed itself: no event falls between the moment a reader comes and the moment the watcher watches."""

from __future__ import annotations

import asyncio

from darkroom.domain.access import LOCAL_OWNER
from darkroom.domain.event import Event
from darkroom.services import feed as feed_module
from darkroom.services.feed import Feed


def _tell(stores) -> None:
    stores.database.run(lambda session: stores.events.append(session, type="images.added", principal="local"))


def test_an_event_at_the_very_start_is_heard(stores):
    async def listen() -> list[int]:
        heard = []
        for _ in range(40):
            feed = Feed(stores)
            reader = await feed.subscribe(LOCAL_OWNER)
            await reader.next(1)
            await asyncio.to_thread(_tell, stores)
            heard += [item.seq for item in await reader.next(5) or [] if isinstance(item, Event)]
            feed.close()
        return heard

    assert asyncio.run(listen()) == list(range(1, 41))


def test_a_reader_slower_than_the_memory_reads_the_log(stores, monkeypatch):
    monkeypatch.setattr(feed_module, "_PORTION", 7)

    async def listen() -> list[int]:
        feed = Feed(stores)
        feed._recent = type(feed._recent)(maxlen=10)
        reader = await feed.subscribe(LOCAL_OWNER)
        await reader.next(1)
        for _ in range(50):
            await asyncio.to_thread(_tell, stores)
        heard = []
        while items := await reader.next(2):
            heard += [item.seq for item in items if isinstance(item, Event)]
        feed.close()
        return heard

    assert asyncio.run(listen()) == list(range(1, 51))


def test_a_closed_feed_ends_its_readers_and_can_be_read_again(stores):
    async def listen() -> tuple[object, list[int]]:
        feed = Feed(stores)
        reader = await feed.subscribe(LOCAL_OWNER)
        await reader.next(1)
        feed.close()
        ended = await reader.next(5)
        again = await feed.subscribe(LOCAL_OWNER)
        await again.next(1)
        await asyncio.to_thread(_tell, stores)
        heard = [item.seq for item in await again.next(5) or [] if isinstance(item, Event)]
        feed.close()
        return ended, heard

    assert asyncio.run(listen()) == (None, [1])
