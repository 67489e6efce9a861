"""Where this library's blobs lie: made from the settings and from moves that are under way, and kept current."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from darkroom import logs
from darkroom.errors import Error
from darkroom.settings import Settings
from darkroom.store.blobs.base import BlobInfo, BlobStore, Capabilities
from darkroom.store.blobs.location import Location, open_blobs, parse_location
from darkroom.store.blobs.routed import RoutedBlobStore, Tier
from darkroom.store.blobs.rules import MAIN, parse_names, parse_rules

_log = logs.get(__name__)

LOCAL = "local"
"""Name of the store in the home folder."""
REFRESH_SECONDS = 2.0
"""How long a process may take to notice that a move has begun or ended."""


class Moved(Protocol):
    """What the layout must know of a move."""

    @property
    def source(self) -> str:
        """Where blobs come from."""
        ...

    @property
    def target(self) -> str:
        """Where they go."""
        ...

    @property
    def state(self) -> str:
        """Where it is."""
        ...


def places(settings: Settings) -> dict[str, Location]:
    """Every named place: `main`, `local`, and those of DARKROOM_STORAGE_MORE.

    Raises:
        Error: `invalid_setting`.
    """
    local = Location("file", prefix=str(settings.blobs))
    main = parse_location(settings.storage) if settings.storage else local
    more = parse_names(settings.storage_more or "")
    named = {name: parse_location(url, setting="DARKROOM_STORAGE_MORE") for name, url in more.items()}
    return {MAIN: main, **named, LOCAL: local}


def resolve(settings: Settings, name: str) -> Location:
    """The place that a name or a URL means.

    Raises:
        Error: `invalid_setting`.
    """
    found = places(settings).get(name)
    return found or parse_location(name, setting=name if len(name) < 80 else "the place")


def routed(settings: Settings, moves: Iterable[Moved] = ()) -> RoutedBlobStore:
    """All stores as one.

    Raises:
        Error: `invalid_setting`.
    """
    named = places(settings)
    rules = parse_rules(settings.storage_rules or "", named)
    main = str(named[MAIN])
    used = {MAIN, *(rule.store for rule in rules), *parse_names(settings.storage_more or "")}
    # Blobs that were there before another place was set are still read.
    used |= {LOCAL} if settings.storage else set()
    current = list(moves)
    tiers = []
    for name, location in named.items():
        if (name in used and (name == MAIN or str(location) != main)) or name in used:
            tiers.append(_tier(settings, name, location, current))
    return RoutedBlobStore(_once(tiers), rules)


def _tier(settings: Settings, name: str, location: Location, moves: list[Moved]) -> Tier:
    """A place, or where its blobs were or are being moved to."""
    chain = [str(location)]
    for move in moves:
        if move.state in ("running", "done") and move.source == chain[0] and move.target not in chain:
            chain.insert(0, move.target)
        elif move.state == "running" and move.target == chain[0] and move.source not in chain:
            chain.append(move.source)
        elif move.state == "rolling_back" and chain[0] in (move.source, move.target):
            chain = [move.source, move.target]
    first, *rest = (open_blobs(one, settings) for one in chain)
    return Tier(name, first, tuple(rest))


def _once(tiers: list[Tier]) -> list[Tier]:
    """Without places that an earlier tier already is: a library with one place looks in one place."""
    found: list[Tier] = []
    seen: set[str] = set()
    for tier in tiers:
        key = repr([describe(store) for store in tier.all])
        if key not in seen or tier.name == MAIN:
            found.append(tier)
        seen.add(key)
    return found


def describe(store: BlobStore) -> str:
    """A store in words, without secrets."""
    location = getattr(store, "location", None)
    root = getattr(store, "root", None)
    return str(location or (f"file://{root}" if root else type(store).__name__))


class LibraryBlobs:
    """The blobs of a library. It looks every two seconds whether a move has begun or ended.

    Pickled into another process it becomes the stores as they were at that moment.

    Args:
        settings: of this process.
        moves: reads the moves that count.
    """

    def __init__(self, settings: Settings, moves: Callable[[], Iterable[Moved]]) -> None:
        self._settings = settings
        self._moves = moves
        self._lock = threading.Lock()
        self._known: list[tuple[str, str, str]] | None = None
        self._current: BlobStore
        self._stores: RoutedBlobStore
        self._next = 0.0
        self.refresh()

    def __reduce__(self) -> tuple[Callable[[BlobStore], BlobStore], tuple[BlobStore]]:
        return _same, (self.current,)

    @property
    def routed(self) -> RoutedBlobStore:
        """The stores one by one."""
        self._look()
        return self._stores

    @property
    def current(self) -> BlobStore:
        """The store of this moment: a single one where there is only one."""
        self._look()
        return self._current

    def refresh(self) -> None:
        """Look now."""
        moves = list(self._moves())
        known = [(move.source, move.target, move.state) for move in moves]
        if known != self._known:
            stores = routed(self._settings, moves)
            only = stores.tiers[0].all if len(stores.tiers) == 1 and not stores.rules else ()
            self._stores, self._current = stores, only[0] if len(only) == 1 else stores
            self._known = known
        self._next = time.monotonic() + REFRESH_SECONDS

    def _look(self) -> None:
        if time.monotonic() < self._next or not self._lock.acquire(blocking=False):
            return
        try:
            self.refresh()
        except Error as error:
            # Blobs do not need the database: they are where they were until it says otherwise.
            _log.warning("moves_not_known", code=error.code)
            self._next = time.monotonic() + REFRESH_SECONDS
        finally:
            self._lock.release()

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        return self.current.capabilities

    def put(self, namespace: str, key: str, data: bytes, *, durable: bool) -> bool:
        """See `BlobStore.put`."""
        return self.current.put(namespace, key, data, durable=durable)

    def put_file(self, namespace: str, path: Path, *, key: str | None = None, durable: bool = True) -> str:
        """See `BlobStore.put_file`."""
        return self.current.put_file(namespace, path, key=key, durable=durable)

    def read(self, namespace: str, key: str) -> bytes:
        """All bytes."""
        return self.current.read(namespace, key)

    def open(self, namespace: str, key: str) -> BinaryIO:
        """A readable file, to be closed by the caller."""
        return self.current.open(namespace, key)

    def stat(self, namespace: str, key: str) -> BlobInfo | None:
        """What is known of it, or None."""
        return self.current.stat(namespace, key)

    def local_path(self, namespace: str, key: str) -> Path | None:
        """A path on this machine, or None when missing or kept elsewhere."""
        return self.current.local_path(namespace, key)

    def delete(self, namespace: str, key: str) -> bool:
        """Remove it; returns whether it was there."""
        return self.current.delete(namespace, key)

    def keys(self, namespace: str, after: str = "") -> Iterator[str]:
        """Every key behind `after`, in order."""
        return self.current.keys(namespace, after)

    def verify(self, namespace: str, key: str) -> None:
        """Read it through."""
        self.current.verify(namespace, key)

    def presign(self, namespace: str, key: str, *, seconds: float = 900.0, method: str = "GET") -> str | None:
        """A signed address, or None where the store makes none."""
        sign: Any = getattr(self.current, "presign", None)
        return sign(namespace, key, seconds=seconds, method=method) if sign else None


def _same(store: BlobStore) -> BlobStore:
    return store
