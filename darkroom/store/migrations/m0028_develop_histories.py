"""What people did to pictures in Develop, and what they copied, which browsers kept for themselves before."""

from __future__ import annotations

from functools import partial

from darkroom.store.database import Database
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install

_HISTORIES, _CLIPBOARDS = "develop_histories", "develop_clipboards"


def up(database: Database, progress: Progress) -> None:
    """Make the collections, and the indexes by which old histories and those of a picture are found."""
    for name in (_HISTORIES, _CLIPBOARDS):
        progress.once(f"create collection {name}", partial(install, database, name))
    progress.once(f"index {_HISTORIES} by person and by picture", partial(_index, database))


def down(database: Database, progress: Progress) -> None:
    """Drop the collections: browsers that have a copy keep it."""
    for name in (_HISTORIES, _CLIPBOARDS):
        progress.once(f"drop collection {name}", database.collection(name).drop)


def _index(database: Database) -> None:
    histories = database.collection(_HISTORIES)
    histories.create_index([("owner", 1), ("changed_at", -1), ("_id", -1)])
    histories.create_index([("image", 1)])
