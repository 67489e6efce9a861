"""Columnar copies of what MongoDB holds: DuckDB files that are caches, and may be deleted at any time."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from darkroom import logs

if TYPE_CHECKING:
    import duckdb

_SETTINGS = {
    "memory_limit": "1GB",
    "preserve_insertion_order": "false",
    "autoinstall_known_extensions": "false",  # never over the network
}

_log = logs.get(__name__)


def connect(path: Path | None) -> duckdb.DuckDBPyConnection:
    """The file, or memory when another process has it; a damaged file is a cache to throw away."""
    import duckdb

    if path is None:
        return duckdb.connect(":memory:", config=dict(_SETTINGS))
    for _attempt in range(2):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            return duckdb.connect(str(path), config=dict(_SETTINGS))
        except (duckdb.Error, OSError) as error:
            if isinstance(error, OSError) or "lock" in str(error).lower():
                _log.warning("copy_in_memory", path=str(path), error=str(error)[:200])
                break
            _log.warning("copy_damaged", path=str(path), error=str(error)[:200])
            for name in (path, path.with_name(path.name + ".wal")):
                with suppress(OSError):
                    name.unlink(missing_ok=True)
    return duckdb.connect(":memory:", config=dict(_SETTINGS))


class transaction:  # noqa: N801 - used like a function
    """All or nothing in the copy."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN")

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        self._connection.execute("ROLLBACK" if kind else "COMMIT")
