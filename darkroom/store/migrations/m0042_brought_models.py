"""Models that others trained, for steps of recipes."""

from __future__ import annotations

from functools import partial

from darkroom.store.database import Database
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install

_NAME = "brought_models"


def up(database: Database, progress: Progress) -> None:
    """Make the collection."""
    progress.once(f"create collection {_NAME}", partial(install, database, _NAME))


def down(database: Database, progress: Progress) -> None:
    """Drop the collection."""
    progress.once(f"drop collection {_NAME}", database.collection(_NAME).drop)
