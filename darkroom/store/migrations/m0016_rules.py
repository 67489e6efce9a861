"""Rules that file pictures as they come in."""

from __future__ import annotations

from functools import partial

from darkroom.store.database import Database
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install

_NAME = "rules"


def up(database: Database, progress: Progress) -> None:
    """Make the collection."""
    progress.once(f"create collection {_NAME}", partial(install, database, _NAME))


def down(database: Database, progress: Progress) -> None:
    """Drop the collection: what rules did stays."""
    progress.once(f"drop collection {_NAME}", database.collection(_NAME).drop)
