"""Datasets that say how their classes are balanced, trainings that keep their curve, and what came to both since their first schema."""

from __future__ import annotations

from functools import partial
from typing import Any

from darkroom.store.database import Database
from darkroom.store.migrations.fields import give, literal, take
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install, validator, without

_NEW: dict[str, dict[str, Any]] = {
    "dataset_versions": {"label_counts": []},
    "training_runs": {"curve": [], "search": None},
    "checkpoints": {"not_exported": None},
}


def up(database: Database, progress: Progress) -> None:
    """Let documents have the fields, and give them to those that are there."""
    for name, fields in _NEW.items():
        progress.once(f"let {name} have what they tell now", partial(install, database, name))
        progress.once(
            f"give {name} what they lack",
            partial(give, database, name, {field: literal(one) for field, one in fields.items()}),
        )


def down(database: Database, progress: Progress) -> None:
    """Take the fields away, with what is in them."""
    for name, fields in _NEW.items():
        before = without(validator(name), tuple(fields))
        progress.once(f"let {name} have the fields no longer", partial(install, database, name, rule=before))
        progress.once(f"take the fields from {name}", partial(take, database, name, fields))
