"""Trainings that tell what they say of a few pictures as they learn, and that end when somebody wants what they have come to."""

from __future__ import annotations

from functools import partial

from darkroom.store.database import Database
from darkroom.store.migrations.fields import give, literal, take
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install, validator, without

_NAME = "training_runs"
_FIELDS = {"panel": literal([]), "stopping": literal(False)}


def up(database: Database, progress: Progress) -> None:
    """Let trainings have the fields, and say that nobody stopped those so far."""
    progress.once("let trainings keep what they say of a few pictures", partial(install, database, _NAME))
    progress.once("say that trainings have kept nothing so far", partial(give, database, _NAME, _FIELDS))


def down(database: Database, progress: Progress) -> None:
    """Take the fields away; the files stay until nothing names them."""
    before = without(validator(_NAME), tuple(_FIELDS))
    progress.once("let trainings keep it no longer", partial(install, database, _NAME, rule=before))
    progress.once("take it from trainings", partial(take, database, _NAME, tuple(_FIELDS)))
