"""Filters that people make, as operations of the library."""

from __future__ import annotations

from functools import partial

from darkroom.store.database import Database
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install

_NAME = "filters"


def up(database: Database, progress: Progress) -> None:
    """Make the collection."""
    progress.once(f"create collection {_NAME}", partial(install, database, _NAME))
    progress.once(f"index {_NAME} by name", partial(_index, database))


def down(database: Database, progress: Progress) -> None:
    """Drop the collection: presets that name a filter say then that it is missing."""
    progress.once(f"drop collection {_NAME}", database.collection(_NAME).drop)


def _index(database: Database) -> None:
    database.collection(_NAME).create_index([("name", 1), ("version", -1)], unique=True)
