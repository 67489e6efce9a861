"""Names of blobs by the million, in a file that goes away: memory stays what it was."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from types import TracebackType

_AT_ONCE = 10_000


class KeySet:
    """Blobs by namespace and key, each with its size; threads may share it.

    Args:
        path: file to keep them in; it must not be there.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.execute("CREATE TABLE keys (name TEXT PRIMARY KEY, bytes INTEGER) WITHOUT ROWID")

    def __enter__(self) -> KeySet:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def add(self, blobs: Iterable[tuple[str, str, int]]) -> None:
        """Put blobs in."""
        self._many("INSERT OR IGNORE INTO keys VALUES (?, ?)", ((f"{space}/{key}", size) for space, key, size in blobs))

    def discard(self, blobs: Iterable[tuple[str, str, int]]) -> int:
        """Take blobs out, as far as they are there; returns how many were named."""
        return self._many("DELETE FROM keys WHERE name = ?", ((f"{space}/{key}",) for space, key, _ in blobs))

    def _many(self, statement: str, rows: Iterable[tuple[object, ...]]) -> int:
        left, count = iter(rows), 0
        while chunk := list(islice(left, _AT_ONCE)):
            with self._lock:
                self._db.execute("BEGIN")
                self._db.executemany(statement, chunk)
                self._db.execute("COMMIT")
            count += len(chunk)
        return count

    def size(self, namespace: str, key: str) -> int | None:
        """Bytes of a blob, or None where it is not there."""
        with self._lock:
            found = self._db.execute("SELECT bytes FROM keys WHERE name = ?", (f"{namespace}/{key}",)).fetchone()
        return None if found is None else int(found[0])

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Namespace and key of each; nothing may change meanwhile."""
        for (name,) in self._db.execute("SELECT name FROM keys"):
            namespace, _, key = str(name).partition("/")
            yield namespace, key
