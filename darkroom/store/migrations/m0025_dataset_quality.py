"""What was found of the pictures of datasets, and what datasets demand of their versions."""

from __future__ import annotations

from functools import partial

from darkroom.store.database import Database
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install

_FINDINGS, _RULES = "quality_findings", "quality_rules"


def up(database: Database, progress: Progress) -> None:
    """Make the collections, and the index by which the newest findings of a dataset are asked for."""
    progress.once(f"create collection {_FINDINGS}", partial(install, database, _FINDINGS))
    progress.once(f"index {_FINDINGS} by dataset", partial(_index, database))
    progress.once(f"create collection {_RULES}", partial(install, database, _RULES))


def down(database: Database, progress: Progress) -> None:
    """Drop the collections: versions stay as they are, are judged again, and nothing is demanded of them."""
    for name in (_FINDINGS, _RULES):
        progress.once(f"drop collection {name}", database.collection(name).drop)


def _index(database: Database) -> None:
    database.collection(_FINDINGS).create_index([("dataset", 1), ("number", -1)])
