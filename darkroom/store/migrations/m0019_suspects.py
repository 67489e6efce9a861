"""What was found of labels that are probably wrong."""

from __future__ import annotations

from functools import partial

from darkroom.store.database import Database
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install

_NAME = "label_suspects"


def up(database: Database, progress: Progress) -> None:
    """Make the collection, and the index by which the newest findings of a dataset are asked for."""
    progress.once(f"create collection {_NAME}", partial(install, database, _NAME))
    progress.once(f"index {_NAME} by dataset", partial(_index, database))


def down(database: Database, progress: Progress) -> None:
    """Drop the collection: versions stay as they are, and their suspects are looked for again."""
    progress.once(f"drop collection {_NAME}", database.collection(_NAME).drop)


def _index(database: Database) -> None:
    database.collection(_NAME).create_index([("dataset", 1), ("number", -1)])
