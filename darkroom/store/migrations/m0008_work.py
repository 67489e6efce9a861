"""Long work, its parts, and the way back; all of it is forgotten with its time."""

from __future__ import annotations

from functools import partial

from darkroom.store.database import Database
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install

_INDEXES: dict[str, tuple[list[tuple[str, int]], ...]] = {
    "work": (
        [("created_at", -1), ("_id", -1)],
        [("owner", 1), ("created_at", -1), ("_id", -1)],
        [("state", 1), ("created_at", 1)],
    ),
    "work_parts": ([("work", 1)],),
    "undo": ([("work", 1)],),
    "storage_moves": ([("started_at", -1), ("_id", -1)],),
}
_NEW = ("work", "work_parts", "undo")


def up(database: Database, progress: Progress) -> None:
    """Make the collections; let the event log tell of operations."""
    for name in _NEW:
        progress.once(f"create collection {name}", partial(install, database, name))
        progress.once(f"forget {name} in time", partial(_expire, database, name))
    for name, indexes in _INDEXES.items():
        for keys in indexes:
            progress.once(f"index {name} by {keys[0][0]}", partial(_index, database, name, keys))
    progress.once("let events tell of operations", partial(install, database, "events"))


def down(database: Database, progress: Progress) -> None:
    """Drop the collections; events that were written stay."""
    for name in _NEW:
        progress.once(f"drop collection {name}", database.collection(name).drop)
    progress.once("drop the index of moves", partial(_drop_index, database))


def _index(database: Database, name: str, keys: list[tuple[str, int]]) -> None:
    database.collection(name).create_index(keys)


def _expire(database: Database, name: str) -> None:
    database.collection(name).create_index("expires_at", expireAfterSeconds=0)


def _drop_index(database: Database) -> None:
    moves = database.collection("storage_moves")
    if "started_at_-1__id_-1" in moves.index_information():
        moves.drop_index("started_at_-1__id_-1")
