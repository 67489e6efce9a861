"""Versions of datasets that have names, are never numbered twice, and tell what was merged into them."""

from __future__ import annotations

from functools import partial
from typing import Any

from darkroom.store.database import Database
from darkroom.store.migrations.fields import give, literal, take
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install, validator, without

_NEW: dict[str, dict[str, Any]] = {
    "datasets": {"tags": literal({}), "numbered": "$latest"},
    "dataset_versions": {"merged": literal(None)},
}


def up(database: Database, progress: Progress) -> None:
    """Let documents have the fields, and give them to those that are there."""
    for name, fields in _NEW.items():
        progress.once(f"let {name} have tags and merges", partial(install, database, name))
        progress.once(f"say that {name} have none so far", partial(give, database, name, fields))


def down(database: Database, progress: Progress) -> None:
    """Take the fields away, with what is in them."""
    for name, fields in _NEW.items():
        before = without(validator(name), tuple(fields))
        progress.once(f"let {name} have tags and merges no longer", partial(install, database, name, rule=before))
        progress.once(f"forget tags and merges of {name}", partial(take, database, name, fields))
