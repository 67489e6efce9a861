"""Watching the inbox: which of its files are new and complete, and how they are grouped into batches."""

from __future__ import annotations

import fcntl
import json
import os
import time
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePosixPath

from darkroom.connectors.base import Listed
from darkroom.connectors.folder import FolderConnector, Settling, path_to_text
from darkroom.domain.ingest import Batch, BatchItem
from darkroom.services.sidecars import Neighbours, is_sidecar
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.arrivals import ArrivalRepository

INBOX = "inbox"
"""Name of the connector, in batches and sources."""
HOLD_SECONDS = 15.0
"""Most time that a few new files wait for more while a run is at work anyway."""
SIDECAR_SECONDS = 60.0
"""Most time that a sidecar waits for its picture; after that it is a file like any other, and no picture."""
MOST_BATCHES = 10
"""Batches made in one look; what is beyond them is found by the next one."""


@dataclass(frozen=True)
class Cursor:
    """What one look at the inbox leaves to the next."""

    changed_ns: int = 0
    """Everything that changed before was dealt with. Only files that stay in place need it."""
    waiting: dict[str, tuple[int, int, float]] = field(default_factory=dict)
    """Files that had not settled: key -> (bytes, modified_ns, when they were first seen so)."""

    @classmethod
    def parse(cls, text: str | None) -> Cursor:
        """From what `dump` wrote; anything else is the beginning, which costs one whole look and loses nothing."""
        try:
            found = json.loads(text or "{}")
            waiting = {key: (int(size), int(ns), float(at)) for key, (size, ns, at) in found.get("waiting", {}).items()}
            return cls(int(found.get("changed_ns", 0)), waiting)
        except (ValueError, TypeError, AttributeError):
            return cls()

    def dump(self) -> str:
        """As text."""
        return json.dumps({"changed_ns": self.changed_ns, "waiting": self.waiting})


@dataclass
class Look:
    """What a look at the inbox found."""

    new: list[Listed] = field(default_factory=list)
    """Complete files that belong to no batch, in order of their names."""
    waiting: dict[str, tuple[int, int, float]] = field(default_factory=dict)
    """Files that are still growing."""
    newest_ns: int = 0
    """Latest change seen."""
    waiting_ns: int | None = None
    """Earliest change among the files that are still growing."""


class Inbox:
    """The watched folder.

    Args:
        settings: where it is, how long files settle, whether they are moved.
        stores: to know which files belong to batches.
    """

    def __init__(self, settings: Settings, stores: Stores) -> None:
        self._settings = settings
        self._stores = stores
        self._arrivals = ArrivalRepository(stores.database)
        self._folder = FolderConnector(settings.inbox, INBOX)
        self._keys: dict[str, frozenset[str]] = {}

    @contextmanager
    def lock(self) -> Iterator[bool]:
        """Only one process at a time makes batches of the inbox; gives False when another one is at it."""
        self._settings.run_dir.mkdir(parents=True, exist_ok=True)
        with (self._settings.run_dir / "inbox.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def groups(self, cursor: Cursor, *, everything: bool, patience: float) -> tuple[list[list[BatchItem]], Cursor]:
        """New files as groups, each of which is to become a batch, and the cursor for the time they are batches.

        Args:
            cursor: of the look before.
            everything: look at all files, not only at those changed since.
            patience: seconds to wait for files that are about to settle, so that a drop becomes one batch.
        """
        # The batches first: a file listed after this that is in none of them is in no batch. The other way round, a
        # batch that ends in between would make its files, listed before they were moved, look new.
        batches = self._open_batches()
        taken = self._keys_of(batches)
        since = None if everything or self._settings.inbox_mode == "move" else cursor.changed_ns
        deadline = time.time() + patience
        found = self._look(cursor.waiting, taken, since)
        while found.waiting and (wait := self._settings.settle_seconds + 0.05) <= deadline - time.time():
            time.sleep(wait)
            found = self._look({**cursor.waiting, **found.waiting}, taken, since)
        held = self._hold(found.new, batches)
        groups = [] if held else self._grouped(found.new)
        earliest = [one.changed_ns for one in found.new] if held else []
        earliest += [] if found.waiting_ns is None else [found.waiting_ns]
        reached = min(earliest, default=max(found.newest_ns, cursor.changed_ns))
        return groups, Cursor(reached, found.waiting)

    def _look(self, waiting: dict[str, tuple[int, int, float]], taken: set[str], since: int | None) -> Look:
        found = Look()
        settling = Settling(self._settings.settle_seconds, waiting)
        pictures = Neighbours()

        def candidates() -> Iterator[Listed]:
            for one in self._folder.list(since):
                found.newest_ns = max(found.newest_ns, one.changed_ns)
                if one.key not in taken and not self._goes_along(one, pictures):
                    yield one

        most = MOST_BATCHES * self._settings.batch_max_files
        settled = list(islice(settling.settled(candidates(), time.time()), most))
        found.new = self._unknown(settled)
        found.waiting = settling.waiting
        found.waiting_ns = settling.earliest_ns
        return found

    def _goes_along(self, one: Listed, pictures: Neighbours) -> bool:
        """Whether a file is the sidecar of a picture, or may still become one: those come in with their picture."""
        if not is_sidecar(one.path.name):
            return False
        if pictures.have(one.path):
            return True
        # Files that stay are there when their picture comes; of those that are moved the picture may be on its way.
        return self._settings.inbox_mode == "move" and time.time() - one.changed_ns / 1e9 < SIDECAR_SECONDS

    def _unknown(self, files: list[Listed]) -> list[Listed]:
        """Those that were not taken before as they are now."""
        if not files:
            return []
        known = self._arrivals.known(INBOX, [one.key for one in files])
        return [one for one in files if known.get(one.key) != (one.bytes, one.modified_ns)]

    def _hold(self, new: list[Listed], batches: list[Batch]) -> bool:
        """Whether a few files had better wait: a run is at work, and a run costs seconds whatever its size."""
        if not new or not batches or len(new) >= self._settings.batch_max_files:
            return False
        return time.time() - min(one.changed_ns for one in new) / 1e9 < HOLD_SECONDS

    def _grouped(self, new: list[Listed]) -> list[list[BatchItem]]:
        items = [_item(one) for one in sorted(new, key=lambda one: one.key)]
        most = self._settings.batch_max_files
        return [items[start : start + most] for start in range(0, len(items), most)]

    def _open_batches(self) -> list[Batch]:
        found: list[Batch] = []
        cursor = None
        while True:
            page = self._stores.batches.list(
                states=["queued", "running"], connector=INBOX, limit=500, cursor=cursor
            )  # fmt: skip
            found += page.items
            if (cursor := page.next_cursor) is None:
                return found

    def _keys_of(self, batches: Iterable[Batch]) -> set[str]:
        """Keys of all files in the batches; manifests never change, so each is read once."""
        self._keys = {
            one.id: self._keys.get(one.id)
            or frozenset(item.key for item in self._stores.batches.manifest(one.id).items)
            for one in batches
        }
        return set().union(*self._keys.values())


def _item(one: Listed) -> BatchItem:
    return BatchItem(
        key=one.key,
        path=path_to_text(one.path),
        bytes=one.bytes,
        modified_ns=one.modified_ns,
        tags=folder_tags(one.key),
    )


def folder_tags(key: str) -> tuple[str, ...]:
    """The names of the folders in a key, as tags."""
    names = (unicodedata.normalize("NFC", name).strip()[:120] for name in PurePosixPath(key).parts[:-1])
    return tuple(sorted({name for name in names if name}))


def oldest_arrival(items: Iterable[BatchItem]) -> float | None:
    """When the file that has waited longest arrived, seconds since 1970; None when no file is there any more."""
    found = []
    for item in items:
        try:
            found.append(os.lstat(item.path).st_ctime)
        except (OSError, ValueError):
            continue
    return min(found, default=None)
