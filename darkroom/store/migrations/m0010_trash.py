"""The trash, marks of bytes that are being deleted, and the event that tells of the trash."""

from __future__ import annotations

from functools import partial

from pymongo import IndexModel

from darkroom.store.database import Database
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install

_TWO_DAYS = 2 * 86_400
_INDEXES = {
    "trash": [
        IndexModel([("trashed_at", 1), ("_id", 1)]),
        IndexModel([("image.sources.batch", 1)]),
        IndexModel([("image.renditions.address", 1)]),
    ],
    "released": [IndexModel([("released_at", 1)]), IndexModel([("gone_at", 1)], expireAfterSeconds=_TWO_DAYS)],
}


def up(database: Database, progress: Progress) -> None:
    """Make the collections; let the event log tell of the trash."""
    for name, indexes in _INDEXES.items():
        progress.once(f"create collection {name}", partial(install, database, name))
        progress.once(f"index {name}", partial(_index, database, name, indexes))
    progress.once("let events tell of the trash", partial(install, database, "events"))


def down(database: Database, progress: Progress) -> None:
    """Drop the collections, with the pictures in the trash; events that were written stay."""
    for name in _INDEXES:
        progress.once(f"drop collection {name}", database.collection(name).drop)


def _index(database: Database, name: str, indexes: list[IndexModel]) -> None:
    database.collection(name).create_indexes(indexes)
