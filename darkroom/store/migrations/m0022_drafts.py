"""What people say of pictures of datasets before it becomes a version."""

from __future__ import annotations

from functools import partial

from darkroom.store.database import Database
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install

_NAME = "drafts"


def up(database: Database, progress: Progress) -> None:
    """Make the collection, and the index by which somebody's drafts are asked for."""
    progress.once(f"create collection {_NAME}", partial(install, database, _NAME))
    progress.once(f"index {_NAME} by dataset and person", partial(_index, database))


def down(database: Database, progress: Progress) -> None:
    """Drop the collection, with what was not committed."""
    progress.once(f"drop collection {_NAME}", database.collection(_NAME).drop)


def _index(database: Database) -> None:
    database.collection(_NAME).create_index([("dataset", 1), ("owner", 1), ("changed_at", 1)])
