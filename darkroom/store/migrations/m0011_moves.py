"""Moves of pictures that runs do: how fast, whether read back, and when a run was last asked for."""

from __future__ import annotations

from functools import partial

from darkroom.store.database import Database
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install, validator, without

# The last one is of migration 13: a document must fit the validator of today whenever it is changed.
_NEW: dict[str, object] = {"throttle": None, "read_back": True, "requested_at": None, "stopped_at": None}


def up(database: Database, progress: Progress) -> None:
    """Let moves have the fields, and give them to those there are."""
    progress.once("let moves of pictures be done by runs", partial(install, database, "storage_moves"))
    progress.once("give moves what runs ask for", partial(_fill, database))


def down(database: Database, progress: Progress) -> None:
    """Take the fields away."""
    before = without(validator("storage_moves"), tuple(_NEW))
    progress.once("let moves have no fields of runs", partial(install, database, "storage_moves", rule=before))
    progress.once("take from moves what runs ask for", partial(_empty, database))


def _fill(database: Database) -> None:
    database.collection("storage_moves").update_many({"read_back": {"$exists": False}}, {"$set": _NEW})


def _empty(database: Database) -> None:
    database.collection("storage_moves").update_many({}, {"$unset": dict.fromkeys(_NEW, "")})
