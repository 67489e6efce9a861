"""What orders saved: the bytes of their sources, and results that missed the likeness asked for."""

from __future__ import annotations

from functools import partial
from typing import Any

from darkroom.store.database import Database
from darkroom.store.migrations.fields import give, literal, take
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install, validator, without

_NAME = "rendition_orders"
_NEW: dict[str, Any] = {"source_bytes": literal(0), "short": literal(0)}


def up(database: Database, progress: Progress) -> None:
    """Let orders tell what they saved; those that are there do not know it."""
    progress.once(f"let {_NAME} tell what they saved", partial(install, database, _NAME))
    progress.once(f"say that {_NAME} did not count it", partial(give, database, _NAME, _NEW))


def down(database: Database, progress: Progress) -> None:
    """Take the fields away."""
    before = without(validator(_NAME), tuple(_NEW))
    progress.once(f"let {_NAME} tell nothing of it", partial(install, database, _NAME, rule=before))
    progress.once(f"take what {_NAME} saved", partial(take, database, _NAME, _NEW))
