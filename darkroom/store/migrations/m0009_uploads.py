"""Uploads in parts."""

from __future__ import annotations

from functools import partial

from darkroom.store.database import Database
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install

_INDEXES: tuple[list[tuple[str, int]], ...] = (
    [("owner", 1), ("state", 1), ("created_at", -1), ("_id", -1)],
    [("owner", 1), ("group", 1), ("state", 1), ("touched_at", -1)],
    [("owner", 1), ("sha256", 1)],
    [("state", 1), ("touched_at", 1)],
    [("batch", 1)],
)


def up(database: Database, progress: Progress) -> None:
    """Make the collection."""
    progress.once("create collection uploads", partial(install, database, "uploads"))
    for keys in _INDEXES:
        name = "_".join(key for key, _ in keys)
        progress.once(f"index uploads by {name}", partial(database.collection("uploads").create_index, keys))


def down(database: Database, progress: Progress) -> None:
    """Drop the collection; files that were on their way stay in the folder of uploads."""
    progress.once("drop collection uploads", database.collection("uploads").drop)
