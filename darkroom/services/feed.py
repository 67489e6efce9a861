"""What happens, live: one watcher for each process, any number of readers, nothing stored ever lost."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

import anyio

from darkroom import logs
from darkroom.access import may, require
from darkroom.domain.access import Principal
from darkroom.domain.event import Event
from darkroom.domain.ingest import Batch
from darkroom.domain.work import LongWork
from darkroom.errors import Error
from darkroom.services.feed_sight import Sight
from darkroom.store import Stores
from darkroom.store.progress import watch_open

_LOG = logs.get("darkroom.feed")
_KEPT = 2000
"""Newest events kept in memory; a reader further behind reads from the log."""
_PORTION = 500
_RETRY_SECONDS = 1.0
_PROGRESS_KEPT_SECONDS = 30.0


@dataclass(frozen=True)
class Progress:
    """A batch or long work that changed; only its newest state is told."""

    batch: Batch | LongWork


@dataclass(frozen=True)
class Position:
    """Where a reader begins, told first so that it can come back even when nothing has happened yet."""

    seq: int
    resync: bool
    """The reader's number is of another library: what it knows is worth nothing."""


FeedItem = Event | Progress | Position


@dataclass
class _Known:
    version: int
    batch: Batch | LongWork
    at: float = field(default_factory=time.monotonic)


class Feed:
    """Watches the event log, batches and long work in three threads, which start with the first reader.

    Readers pull: each has a position and takes what lies behind it, from memory when it is near the end and from the
    log otherwise. So a slow reader costs nothing and misses nothing.

    Args:
        stores: whose events.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._lock = threading.Lock()
        self._stop: threading.Event | None = None
        self._recent: deque[Event] = deque(maxlen=_KEPT)
        self._floor = 0
        self._head = 0
        self._version = 0
        self._batches: dict[str, _Known] = {}
        self._readers: set[Subscription] = set()

    async def subscribe(self, principal: Principal, after: int | None = None) -> Subscription:
        """Read what happens after event number `after`, or from now on.

        Raises:
            Error: `database_unavailable`.
        """
        require(principal, "events:read")
        last = await anyio.to_thread.run_sync(self._start)
        resync = after is not None and after > last
        start = last if after is None or resync else after
        everybody = await anyio.to_thread.run_sync(may, principal, "operations:all")
        sees = None if everybody else principal.user or principal.id
        reader = Subscription(self, Position(start, resync), sees, Sight(self._stores, principal))
        with self._lock:
            self._readers.add(reader)
        return reader

    def close(self) -> None:
        """End all streams and the threads; a later reader starts them again."""
        with self._lock:
            stop, self._stop = self._stop, None
            readers, self._readers = self._readers, set()
        if stop is not None:
            stop.set()
        for reader in readers:
            reader.end()

    def leave(self, reader: Subscription) -> None:
        """Forget a reader."""
        with self._lock:
            self._readers.discard(reader)

    def recent(self, after: int) -> list[Event] | None:
        """Events behind `after` that are in memory, or None when the log must be read."""
        with self._lock:
            if after < self._floor:
                return None
            skip = max(after - self._floor, 0)
            return list(islice(self._recent, skip, skip + _PORTION))

    def stored(self, after: int) -> list[Event]:
        """Events behind `after` from the log."""
        return self._stores.events.since(after, limit=_PORTION)

    def progress(self, version: int) -> tuple[int, list[Batch | LongWork]]:
        """Batches and long work that changed since `version`, and the version now."""
        with self._lock:
            found = [known.batch for known in self._batches.values() if known.version > version]
            return self._version, found

    def _start(self) -> int:
        """Start the threads unless they run, and return the number of the newest event."""
        last = self._stores.events.last_seq()
        with self._lock:
            if self._stop is not None:
                return last
            stop = self._stop = threading.Event()
            self._recent.clear()
            self._floor = self._head = last
        watched: dict[str, Callable[[threading.Event], None]] = {
            "feed-events": self._watch_events,
            "feed-batches": partial(self._watch_open, "batches", Batch),
            "feed-work": partial(self._watch_open, "work", LongWork),
        }
        for name, work in watched.items():
            threading.Thread(target=self._keep, args=(work, stop), name=name, daemon=True).start()
        return last

    def _keep(self, work: Callable[[threading.Event], None], stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                work(stop)
            except Error as error:
                if not stop.is_set():
                    _LOG.warning("feed_interrupted", code=error.code, cause=error.cause)
            stop.wait(_RETRY_SECONDS)

    def _watch_events(self, stop: threading.Event) -> None:
        for event in self._stores.events.watch(self._head, stop):
            with self._lock:
                if self._stop is not stop:
                    return
                self._remember(event)
            self._wake()

    def _remember(self, event: Event) -> None:
        if event.seq <= self._head:
            return
        if event.seq != self._head + 1:
            # Never expected; readers then find the events between in the log.
            self._recent.clear()
        self._recent.append(event)
        self._head = event.seq
        self._floor = event.seq - len(self._recent)

    def _watch_open(self, collection: str, model: type[Batch | LongWork], stop: threading.Event) -> None:
        for batches in watch_open(self._stores.database, collection, model, stop):
            old = time.monotonic() - _PROGRESS_KEPT_SECONDS
            with self._lock:
                if self._stop is not stop:
                    return
                for batch in batches:
                    self._version += 1
                    self._batches[batch.id] = _Known(self._version, batch)
                for name in [name for name, known in self._batches.items() if _over(known.batch) and known.at < old]:
                    del self._batches[name]
            if batches:
                self._wake()

    def _wake(self) -> None:
        with self._lock:
            readers = list(self._readers)
        for reader in readers:
            reader.wake()


def _over(batch: Batch | LongWork) -> bool:
    return batch.state in ("done", "failed", "cancelled")


class Subscription:
    """One reader; made by `Feed.subscribe` in the event loop that reads.

    Args:
        feed: what is read.
        position: where it begins.
        owner: whose long work it is told of; None for everybody's.
        sight: what of the rest it is told.
    """

    def __init__(self, feed: Feed, position: Position, owner: str | None, sight: Sight) -> None:
        self._feed = feed
        self._owner = owner
        self._sight = sight
        self._loop = asyncio.get_running_loop()
        self._signal = asyncio.Event()
        self._seq = position.seq
        self._first: Position | None = position
        self._version = 0
        self._ended = False

    async def next(self, patience: float) -> list[FeedItem] | None:
        """What happened since the last call; empty after `patience` quiet seconds, None when the feed is closed."""
        if self._first is not None:
            first, self._first = self._first, None
            return [first]
        end = self._loop.time() + patience
        while not self._ended:
            self._signal.clear()
            if found := await self._take():
                return found
            left = end - self._loop.time()
            if left <= 0:
                return []
            try:
                await asyncio.wait_for(self._signal.wait(), left)
            except TimeoutError:
                return []
        return None

    async def _take(self) -> list[FeedItem]:
        while True:
            events = self._feed.recent(self._seq)
            if events is None:
                events = await anyio.to_thread.run_sync(self._feed.stored, self._seq)
            if events:
                self._seq = events[-1].seq
            self._version, batches = self._feed.progress(self._version)
            told: list[FeedItem] = [*events, *(Progress(batch) for batch in batches)]
            found = told if self._owner is None else [one for one in told if self._sees(one)]
            if found and not self._sight.is_everything:
                found = await anyio.to_thread.run_sync(self._told, found)
            if found or not events:  # what is not for this reader must not make it wait for what is
                return found

    def _sees(self, item: FeedItem) -> bool:
        """Whether something is no long work, or this reader's."""
        if isinstance(item, Event) and item.type.startswith("operation."):
            return item.data.get("owner") == self._owner
        return not (isinstance(item, Progress) and isinstance(item.batch, LongWork)) or item.batch.owner == self._owner

    def _told(self, items: list[FeedItem]) -> list[FeedItem]:
        """What of it this reader may know."""
        told = {event.seq: event for event in self._sight.events([one for one in items if isinstance(one, Event)])}
        batches = self._sight.batches()
        found: list[FeedItem] = []
        for one in items:
            if isinstance(one, Event):
                found += [told[one.seq]] if one.seq in told else []
            elif batches or (isinstance(one, Progress) and isinstance(one.batch, LongWork)):
                found.append(one)
        return found

    def wake(self) -> None:
        """Tell the reader that there is something; from any thread."""
        try:
            self._loop.call_soon_threadsafe(self._signal.set)
        except RuntimeError:  # its event loop has ended
            self._feed.leave(self)

    def end(self) -> None:
        """Let the reader's next call answer None; from any thread."""
        self._ended = True
        self.wake()

    def leave(self) -> None:
        """Stop reading."""
        self._feed.leave(self)
