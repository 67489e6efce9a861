"""Datasets that say how their classes are balanced, trainings that keep their curve, and what came to both since their first schema."""

from __future__ import annotations

from functools import partial
from typing import Any

from darkroom.store.database import Database
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install, validator, without

_NEW: dict[str, dict[str, Any]] = {
    "dataset_versions": {"label_counts": [], "merged": None},
    "training_runs": {"curve": [], "search": None},
    "checkpoints": {"not_exported": None},
}


def up(database: Database, progress: Progress) -> None:
    """Let documents have the fields, and give them to those that are there."""
    for name, fields in _NEW.items():
        progress.once(f"let {name} have what they tell now", partial(install, database, name))
        progress.once(f"give {name} what they lack", partial(_fill, database, name, fields))


def down(database: Database, progress: Progress) -> None:
    """Take the fields away, with what is in them."""
    for name, fields in _NEW.items():
        before = without(validator(name), tuple(fields))
        progress.once(f"let {name} have the fields no longer", partial(install, database, name, rule=before))
        progress.once(f"take the fields from {name}", partial(_empty, database, name, fields))


def _fill(database: Database, name: str, fields: dict[str, Any]) -> None:
    """Whole documents are checked, so a document gets all that it lacks at once."""
    lacking = {"$or": [{field: {"$exists": False}} for field in fields]}
    # In an expression an empty list is a value as well; only a field that is missing counts as null.
    given = {field: {"$ifNull": [f"${field}", {"$literal": value}]} for field, value in fields.items()}
    database.collection(name).update_many(lacking, [{"$set": given}])


def _empty(database: Database, name: str, fields: dict[str, Any]) -> None:
    database.collection(name).update_many({}, {"$unset": dict.fromkeys(fields, "")})
