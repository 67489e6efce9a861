"""Which versions of datasets hold a picture: manifests the other way round.

A manifest tells what is in a version; looking through all of them for one picture would read gigabytes. Versions of a
dataset are mostly alike, so a row says from which number on a picture is in it, and until which: a line of a thousand
versions of a million pictures takes little more than one of them. Like every columnar copy it is a cache.
"""

from __future__ import annotations

import tempfile
import threading
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from darkroom import logs
from darkroom.errors import Error
from darkroom.store.blobs import BlobStore
from darkroom.store.copies import connect, transaction
from darkroom.store.database import maps_errors
from darkroom.store.datasets import DatasetVersionRepository

if TYPE_CHECKING:
    import duckdb

_VERSION = 1
"""Of the layout: a file with another one is built anew."""
_CREATE = (
    # `tie` is the first 16 digits of an id: no two pictures of a library share them unless somebody works for years.
    "CREATE TABLE IF NOT EXISTS members (tie UBIGINT, dataset VARCHAR, split VARCHAR, since INTEGER, until INTEGER)",
    "CREATE TABLE IF NOT EXISTS told (layout INTEGER, version VARCHAR, manifest VARCHAR)",
)
_FRESH = "CREATE OR REPLACE TEMP TABLE fresh AS SELECT tie, coalesce(split, '') AS split FROM read_parquet(?)"
_CLOSE = (
    "UPDATE members SET until = ? WHERE dataset = ? AND until IS NULL AND NOT EXISTS "
    "(SELECT 1 FROM fresh WHERE fresh.tie = members.tie AND fresh.split = members.split)"
)
_OPEN = (
    "INSERT INTO members SELECT tie, ?, split, ?, NULL FROM fresh WHERE NOT EXISTS "
    "(SELECT 1 FROM members WHERE dataset = ? AND until IS NULL AND tie = fresh.tie AND split = fresh.split) ORDER BY tie"
)
_OF = "SELECT dataset, split, since, until FROM members WHERE tie = ?::UBIGINT ORDER BY dataset, since, split"
_PATIENCE = 2.0
"""Seconds that an answer waits for manifests to be read; a million pictures take about one."""

_log = logs.get(__name__)


@dataclass(frozen=True)
class Membership:
    """Versions of a dataset, one after the other, that hold a picture."""

    dataset: str
    """Name of the dataset."""
    split: str
    """What the picture is for in them; empty where that is not said."""
    since: int
    """Number of the first of these versions."""
    until: int | None
    """Number of the first version that does not hold it so any more; None where the newest one does."""


class MembershipReplica:
    """A DuckDB copy that every call first brings up to the newest version of every dataset.

    Args:
        versions: what is copied.
        blobs: where manifests lie.
        path: the file, made when first used; None for memory.
    """

    def __init__(self, versions: DatasetVersionRepository, blobs: BlobStore, path: Path | None) -> None:
        self._versions = versions
        self._blobs = blobs
        self._path = path
        self._lock = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._reading = threading.Event()
        self._closing = threading.Event()

    @maps_errors
    def of(self, image: str, *, patience: float = _PATIENCE) -> tuple[list[Membership], int]:
        """In which versions of which datasets a picture is, and how many versions were not looked at.

        Manifests that nobody read yet are read in the background; there are such after many versions came at once.
        """
        left = self._begin(patience)
        with self._lock:
            cursor = self._open().cursor()
        with cursor:
            return [Membership(*one) for one in cursor.execute(_OF, [int(image[:16], 16)]).fetchall()], left

    def close(self) -> None:
        """Close the copy; the next call opens it again."""
        self._closing.set()
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None
        self._closing.clear()

    def _begin(self, patience: float) -> int:
        """Let a thread read what was not read, and wait for it that long; returns how many versions are left."""
        with self._lock:
            left = len(self._unread(self._open()))
        if not left:
            return 0
        if not self._reading.is_set():
            self._reading.set()
            reader = threading.Thread(target=self._read, name="memberships", daemon=True)
            reader.start()
            reader.join(patience)
        with self._lock:
            return len(self._unread(self._open()))

    def _read(self) -> None:
        """Take in versions until none is left, so that others are answered between any two of them."""
        try:
            while not self._closing.is_set():
                with self._lock:
                    connection = self._open()
                    wanted = self._unread(connection)
                    if not wanted:
                        return
                    self._add(connection, *wanted[0])
        except Error as error:
            _log.warning("memberships_unread", code=error.code, cause=error.cause)
        finally:
            self._reading.clear()

    def _open(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            self._connection = connect(self._path)
            for statement in _CREATE:
                self._connection.execute(statement)
        return self._connection

    def _unread(self, connection: duckdb.DuckDBPyConnection) -> list[tuple[str, int, str]]:
        """Versions that were not read, as `lines` names them; the lock must be held."""
        known = {tuple(one) for one in connection.execute("SELECT layout, version, manifest FROM told").fetchall()}
        lines = self._versions.lines()
        there = {(_VERSION, f"{dataset}@{number}", key) for dataset, number, key in lines}
        if not known <= there:  # of another library, or as it was before a restore
            with transaction(connection):
                connection.execute("DELETE FROM members")
                connection.execute("DELETE FROM told")
            known = set()
        return [one for one in lines if (_VERSION, f"{one[0]}@{one[1]}", one[2]) not in known]

    def _add(self, connection: duckdb.DuckDBPyConnection, dataset: str, number: int, key: str) -> None:
        """Take a version in, the ones before it having been."""
        with transaction(connection):
            try:
                self._read_manifest(connection, key)
                connection.execute(_CLOSE, [number, dataset])
                connection.execute(_OPEN, [dataset, number, dataset])
            except Error as error:
                if error.code != "blob_missing":
                    raise
                _log.warning("manifest_missing", dataset=dataset, version=number, key=key)
            connection.execute("INSERT INTO told VALUES (?, ?, ?)", [_VERSION, f"{dataset}@{number}", key])

    def _read_manifest(self, connection: duckdb.DuckDBPyConnection, key: str) -> None:
        """Make the table `fresh` of a manifest."""
        import polars as pl

        path = self._blobs.local_path("originals", key)
        try:
            frame = pl.read_parquet(path or BytesIO(self._blobs.read("originals", key)), columns=["key", "split"])
        except (OSError, pl.exceptions.PolarsError) as error:
            raise Error("blob_missing", f"The manifest {key} cannot be read: {error}.", key=key) from error
        tie = pl.col("key").str.slice(0, 16).str.to_integer(base=16, dtype=pl.UInt64)
        # DuckDB turns hexadecimal digits into numbers ten times as slowly.
        with tempfile.TemporaryDirectory(prefix="darkroom-manifest-") as folder:
            held = Path(folder) / "ties.parquet"
            frame.select(tie.alias("tie"), "split").write_parquet(held, compression="uncompressed")
            connection.execute(_FRESH, [str(held)])
