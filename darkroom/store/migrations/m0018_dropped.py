"""Marks of released bytes say which files in the inbox go with them."""

from __future__ import annotations

from functools import partial

from darkroom.store.database import Database
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install, validator, without


def up(database: Database, progress: Progress) -> None:
    """Let marks name files; those there are name none."""
    progress.once("let marks of released bytes name dropped files", partial(install, database, "released"))
    progress.once("name no dropped file in older marks", partial(_fill, database))


def down(database: Database, progress: Progress) -> None:
    """Forget which files were to go."""
    before = without(validator("released"), ("dropped",))
    progress.once("let marks of released bytes name none", partial(install, database, "released", rule=before))
    progress.once("forget which dropped files were to go", partial(_empty, database))


def _fill(database: Database) -> None:
    database.collection("released").update_many({"dropped": {"$exists": False}}, {"$set": {"dropped": []}})


def _empty(database: Database) -> None:
    database.collection("released").update_many({}, {"$unset": {"dropped": ""}})
