"""Trainings that can rest."""

from __future__ import annotations

from functools import partial

from darkroom.store.database import Database
from darkroom.store.migrations.fields import give, literal, take
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install, validator, without

_NAME = "training_runs"


def up(database: Database, progress: Progress) -> None:
    """Let trainings be paused; none was so far."""
    progress.once("let trainings be paused", partial(install, database, _NAME))
    progress.once("tell of trainings that they never rested", partial(give, database, _NAME, {"pauses": literal(0)}))


def down(database: Database, progress: Progress) -> None:
    """End those that rest, and forget how often trainings did."""
    progress.once(
        "let trainings rest no longer", partial(install, database, _NAME, rule=without(validator(_NAME), ("pauses",)))
    )
    progress.once("end trainings that rest", partial(_empty, database))


def _empty(database: Database) -> None:
    over = {"$set": {"state": "cancelled"}}
    database.collection(_NAME).update_many({"state": "paused"}, over, bypass_document_validation=True)
    take(database, _NAME, ("pauses",))
