"""Moves of blobs between stores, and the event that tells of them."""

from __future__ import annotations

from functools import partial

from darkroom.store.database import Database
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install


def up(database: Database, progress: Progress) -> None:
    """Make the collection; let the event log take `storage.changed`."""
    progress.once("create collection storage_moves", partial(install, database, "storage_moves"))
    progress.once("let events tell of storage", partial(install, database, "events"))
    progress.once("index storage_moves", partial(_index, database))


def down(database: Database, progress: Progress) -> None:
    """Drop the collection; events that were written stay."""
    progress.once("drop collection storage_moves", database.collection("storage_moves").drop)


def _index(database: Database) -> None:
    database.collection("storage_moves").create_index([("state", 1), ("started_at", 1), ("_id", 1)])
