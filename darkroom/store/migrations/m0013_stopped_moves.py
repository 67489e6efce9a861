"""Moves of pictures that somebody stopped say so."""

from __future__ import annotations

from functools import partial

from darkroom.store.database import Database
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install, validator, without


def up(database: Database, progress: Progress) -> None:
    """Let moves tell when they were stopped; those there are were not."""
    progress.once("let moves of pictures be stopped", partial(install, database, "storage_moves"))
    progress.once("tell of moves that they go on", partial(_fill, database))


def down(database: Database, progress: Progress) -> None:
    """Forget which moves were stopped."""
    before = without(validator("storage_moves"), ("stopped_at",))
    progress.once("let moves not be stopped", partial(install, database, "storage_moves", rule=before))
    progress.once("forget that moves were stopped", partial(_empty, database))


def _fill(database: Database) -> None:
    moves = database.collection("storage_moves")
    moves.update_many({"stopped_at": {"$exists": False}}, {"$set": {"stopped_at": None}})


def _empty(database: Database) -> None:
    database.collection("storage_moves").update_many({}, {"$unset": {"stopped_at": ""}})
