"""Models with tags, an intended use and a gate of their own, and trainings that make a model again."""

from __future__ import annotations

from functools import partial
from typing import Any

from darkroom.store.database import Database
from darkroom.store.migrations.fields import give, literal, take
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install, validator, without

_NEW: dict[str, dict[str, Any]] = {
    "model_versions": {"tags": [], "intended_use": ""},
    "models": {"gate": {"least_score": None, "least_gain": 0.0, "approval": False}},
    "training_runs": {"reproduces": None, "reproduction": None},
}


def up(database: Database, progress: Progress) -> None:
    """Let documents have the fields, and give them to those that are there."""
    for name, fields in _NEW.items():
        progress.once(f"let {name} tell what the registry asks", partial(install, database, name))
        progress.once(
            f"give {name} what the registry asks",
            partial(give, database, name, {field: literal(one) for field, one in fields.items()}),
        )


def down(database: Database, progress: Progress) -> None:
    """Take the fields away, with what is in them."""
    for name, fields in _NEW.items():
        before = without(validator(name), tuple(fields))
        progress.once(f"let {name} tell less", partial(install, database, name, rule=before))
        progress.once(f"take what the registry asked from {name}", partial(take, database, name, fields))
