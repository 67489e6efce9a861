"""Rows that models make of pictures."""

from __future__ import annotations

from functools import partial

from darkroom.store.database import Database
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install

_NAME = "embeddings"


def up(database: Database, progress: Progress) -> None:
    """Make the collection."""
    progress.once(f"create collection {_NAME}", partial(install, database, _NAME))


def down(database: Database, progress: Progress) -> None:
    """Drop the collection: pictures are compared by their hashes again."""
    progress.once(f"drop collection {_NAME}", database.collection(_NAME).drop)
