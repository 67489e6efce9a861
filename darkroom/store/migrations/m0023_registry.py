"""Models with tags, an intended use and a gate of their own, and trainings that make a model again."""

from __future__ import annotations

from functools import partial
from typing import Any

from darkroom.store.database import Database
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
        progress.once(f"give {name} what the registry asks", partial(_fill, database, name, fields))


def down(database: Database, progress: Progress) -> None:
    """Take the fields away, with what is in them."""
    for name, fields in _NEW.items():
        before = without(validator(name), tuple(fields))
        progress.once(f"let {name} tell less", partial(install, database, name, rule=before))
        progress.once(f"take what the registry asked from {name}", partial(_empty, database, name, fields))


def _fill(database: Database, name: str, fields: dict[str, Any]) -> None:
    """Whole documents are checked, so a document gets all that it lacks at once."""
    lacking = {"$or": [{field: {"$exists": False}} for field in fields]}
    given = {field: {"$ifNull": [f"${field}", {"$literal": value}]} for field, value in fields.items()}
    database.collection(name).update_many(lacking, [{"$set": given}])


def _empty(database: Database, name: str, fields: dict[str, Any]) -> None:
    database.collection(name).update_many({}, {"$unset": dict.fromkeys(fields, "")})
