"""Trainings and orders with an account and a priority, and trainings that rest for more urgent ones."""

from __future__ import annotations

from functools import partial
from typing import Any

from darkroom.store.database import Database
from darkroom.store.migrations.fields import give, literal, take
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install, validator, without

_OWNED: dict[str, Any] = {"owner": "$principal", "priority": literal("normal")}
_NEW: dict[str, dict[str, Any]] = {
    "training_runs": _OWNED | {"waits_since": "$created_at", "gave_way": literal(0), "resumes": literal(False)},
    "rendition_orders": _OWNED,
}


def up(database: Database, progress: Progress) -> None:
    """Let documents have the fields, and give them to those that are there."""
    for name, fields in _NEW.items():
        progress.once(f"let {name} have a priority", partial(install, database, name))
        progress.once(f"give {name} a priority", partial(give, database, name, fields))


def down(database: Database, progress: Progress) -> None:
    """Take the fields away."""
    for name, fields in _NEW.items():
        before = without(validator(name), tuple(fields))
        progress.once(f"let {name} have none", partial(install, database, name, rule=before))
        progress.once(f"take the priority from {name}", partial(take, database, name, fields))
