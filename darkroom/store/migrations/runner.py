"""Runs migrations: in order, each once, resuming where an earlier run was interrupted."""

from __future__ import annotations

import importlib
import pkgutil
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pymongo.errors import PyMongoError

from darkroom.domain.base import now
from darkroom.errors import Error
from darkroom.store.database import Database, mapped_error, maps_errors
from darkroom.store.lease import Lease
from darkroom.store.migrations.progress import Progress

Direction = Literal["up", "down"]

_NAME = re.compile(r"m(\d{4})_(\w+)")


@dataclass(frozen=True)
class Migration:
    """A numbered change of the schema."""

    number: int
    """Position: 1, 2, 3, ... without gaps."""
    name: str
    """In words."""
    up: Callable[[Database, Progress], None]
    """Makes the change."""
    down: Callable[[Database, Progress], None]
    """Takes it back."""


@dataclass(frozen=True)
class StepReport:
    """What happened (or would happen, in a dry run) to one migration."""

    number: int
    """Of the migration."""
    name: str
    """In words."""
    direction: Direction
    """Which way."""
    actions: tuple[str, ...]
    """What was done, in order."""
    seconds: float
    """How long it took."""
    dry_run: bool
    """True when nothing was changed."""


def migrations() -> tuple[Migration, ...]:
    """Every migration of this program, in order: the modules `mNNNN_<name>` of this package."""
    package = importlib.import_module("darkroom.store.migrations")
    found = []
    for module in pkgutil.iter_modules(package.__path__):
        if match := _NAME.fullmatch(module.name):
            code = importlib.import_module(f"darkroom.store.migrations.{module.name}")
            found.append(Migration(int(match[1]), match[2].replace("_", " "), code.up, code.down))
    return tuple(sorted(found, key=lambda one: one.number))


@maps_errors
def applied(database: Database) -> dict[int, dict[str, Any]]:
    """The record of every migration that was begun, by number."""
    return {found["_id"]: found for found in database.collection("migrations").find()}


def version(database: Database) -> int:
    """Number of the newest migration that is wholly applied, with all before it."""
    records = applied(database)
    number = 0
    while records.get(number + 1, {}).get("state") == "applied":
        number += 1
    return number


def check_version(database: Database) -> None:
    """Return if the schema is the one this program needs.

    Raises:
        Error: `migration_needed`, `database_unavailable`.
    """
    needed, records = len(migrations()), applied(database)
    if records and max(records) > needed:
        raise Error(
            "migration_needed", f"The schema is version {max(records)}; this program knows only up to {needed}.",
            remedy="Use the newer Darkroom that wrote it, or `darkroom migrate` down with that one.",
        )  # fmt: skip
    found = version(database)
    if found < needed:
        raise Error("migration_needed", f"The schema is version {found}, this program needs {needed}.")


def migrate(
    database: Database, *, target: int | None = None, dry_run: bool = False, steps: Sequence[Migration] | None = None
) -> list[StepReport]:
    """Bring the schema to `target`; one that was interrupted goes on where it stopped.

    Args:
        database: what to change. Only one process at a time does; others wait for it.
        target: number of the last migration to be applied, 0 for none; the newest when None.
        dry_run: change nothing and report what would be done.
        steps: other migrations than this program's, for tests.

    Raises:
        Error: `migration_failed`, `database_unavailable`.
    """
    every = tuple(steps) if steps is not None else migrations()
    goal = len(every) if target is None else target
    if not 0 <= goal <= len(every):
        raise Error("migration_failed", f"There is no migration {goal}; the newest is {len(every)}.")
    if dry_run:
        return [_run(database, step, direction, dry_run=True) for step, direction in _plan(database, every, goal)]
    if not _plan(database, every, goal):
        return []
    with Lease(database, "migrations"):
        # Planned again: another process may have migrated while this one waited.
        return [_run(database, step, direction, dry_run=False) for step, direction in _plan(database, every, goal)]


def _plan(database: Database, every: Sequence[Migration], goal: int) -> list[tuple[Migration, Direction]]:
    records = applied(database)
    down = [step for step in every if step.number > goal and step.number in records]
    up = [step for step in every if step.number <= goal and records.get(step.number, {}).get("state") != "applied"]
    backward: list[tuple[Migration, Direction]] = [(step, "down") for step in reversed(down)]
    return backward + [(step, "up") for step in up]


def _run(database: Database, step: Migration, direction: Direction, *, dry_run: bool) -> StepReport:
    began = time.perf_counter()
    state = "applying" if direction == "up" else "reverting"
    record = applied(database).get(step.number)
    # What was done counts only if the interrupted run went the same way.
    done = tuple(record["done"]) if record and record["state"] == state else ()
    progress = Progress(database, step.number, done=done, dry_run=dry_run)
    try:
        if not dry_run:
            _remember(database, step, state, done)
        getattr(step, direction)(database, progress)
        if not dry_run:
            _conclude(database, step, direction)
    except PyMongoError as error:
        raise _failed(step, mapped_error(error)) from error
    except Error as error:
        raise _failed(step, error) from error
    return StepReport(
        step.number, step.name, direction, tuple(progress.actions), time.perf_counter() - began, dry_run
    )  # fmt: skip


def _failed(step: Migration, error: Error) -> Error:
    if error.code == "database_unavailable":
        return error
    return Error("migration_failed", f"Migration {step.number} ({step.name}): {error.cause}", migration=step.number)


def _remember(database: Database, step: Migration, state: str, done: tuple[str, ...]) -> None:
    record = {"name": step.name, "state": state, "done": list(done), "begun_at": now()}
    database.collection("migrations").update_one({"_id": step.number}, {"$set": record}, upsert=True)


def _conclude(database: Database, step: Migration, direction: Direction) -> None:
    records = database.collection("migrations")
    if direction == "down":
        records.delete_one({"_id": step.number})
    else:
        records.update_one({"_id": step.number}, {"$set": {"state": "applied", "applied_at": now()}})
