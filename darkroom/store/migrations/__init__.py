"""Schema changes: numbered modules with `up` and `down`, run once each, in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from darkroom.store.database import Database


@dataclass(frozen=True)
class StepReport:
    """What happened (or would happen, in a dry run) to one migration."""

    number: int
    """Of the migration."""
    name: str
    """In words."""
    direction: Literal["up", "down"]
    """Which way."""
    actions: tuple[str, ...]
    """What was done, in order."""
    seconds: float
    """How long it took."""
    dry_run: bool
    """True when nothing was changed."""


def migrate(database: Database, *, target: int | None = None, dry_run: bool = False) -> list[StepReport]:
    """Bring the schema to `target` (the newest when None); resumes one that was interrupted.

    Raises:
        Error: `migration_failed`, `database_unavailable`.
    """
    raise NotImplementedError


def check_version(database: Database) -> None:
    """Return if the schema is the one this program needs.

    Raises:
        Error: `migration_needed`.
    """
    raise NotImplementedError
