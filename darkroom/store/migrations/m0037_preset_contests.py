"""Contests of presets: two versions judged without knowing which is which."""

from __future__ import annotations

from functools import partial

from darkroom.store.database import Database
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install

_CONTESTS = "preset_contests"


def up(database: Database, progress: Progress) -> None:
    """Make the collection, and the index by which the contests of a preset are found."""
    progress.once(f"create collection {_CONTESTS}", partial(install, database, _CONTESTS))
    progress.once(f"index {_CONTESTS} by preset", partial(_index, database))


def down(database: Database, progress: Progress) -> None:
    """Drop the collection: versions that won stay."""
    progress.once(f"drop collection {_CONTESTS}", database.collection(_CONTESTS).drop)


def _index(database: Database) -> None:
    database.collection(_CONTESTS).create_index([("preset", 1), ("created_at", -1), ("_id", -1)])
