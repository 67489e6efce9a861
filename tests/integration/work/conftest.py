"""Long work over a real mongod, with a kind that does next to nothing. One database serves a file: its tests leave it empty."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence

import pytest
from pydantic import SecretStr

from darkroom.domain.work import LongWork, UndoGroup, WorkFailure
from darkroom.errors import Error
from darkroom.services.library import Library
from darkroom.services.work.kinds import Step, WorkKind
from darkroom.services.work.service import WorkService
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.database import Database, Session
from tests.databases import Databases
from tests.fakes import RecordingLauncher
from tests.servers import MongoServer

_EMPTIED = (
    "work", "work_parts", "undo", "numbers", "images", "batches", "manifests", "rendition_orders", "rendition_parts",
    "storage_moves", "requests", "trash", "released",
)  # fmt: skip


class Counting(WorkKind):
    """Adds `by` to a number for each thing, in a collection of its own; things that begin with `bad` break it."""

    name = "counting"
    permission = "images:write"
    most = 10
    undoable = True
    pause = 0.0
    """Seconds that each step takes."""
    steps = 0
    """How often a step was begun."""

    def step(self, session: Session, work: LongWork, items: Sequence[str]) -> Step:
        self.steps += 1
        time.sleep(self.pause)
        by = json.loads(work.params).get("by", 1)
        if broken := [one for one in items if one.startswith("bad")]:
            raise Error("image_corrupt", f"{broken[0]} is bad.")
        lost = [one for one in items if one.startswith("lost")]
        changed = tuple(one for one in items if not one.startswith(("lost", "same")))
        for one in changed:
            self._add(session, one, by)
        failures = tuple(WorkFailure(id=one, code="not_found", cause=f"{one} is lost.") for one in lost)
        undo = (UndoGroup(made=str(by), inverse=str(-by), items=changed),) if changed else ()
        return Step(changed, {"unchanged": len(items) - len(changed) - len(lost)}, failures, undo)

    def undo(self, session: Session, work: LongWork, group: UndoGroup) -> Step:
        for one in group.items:
            self._add(session, one, int(group.inverse))
        back = UndoGroup(made=group.inverse, inverse=group.made, items=group.items)
        return Step(group.items, {}, (), (back,))

    def _add(self, session: Session, item: str, by: int) -> None:
        numbers = self.stores.database.collection("numbers")
        numbers.update_one({"_id": item}, {"$inc": {"value": by}}, upsert=True, session=session)

    def values(self) -> dict[str, int]:
        found = self.stores.database.collection("numbers").find({"value": {"$ne": 0}})
        return {one["_id"]: one["value"] for one in found}


@pytest.fixture(scope="module")
def one_database(databases: Databases) -> Iterator[Database]:
    """A database with the current schema for all tests of a file."""
    database = databases.lend()
    yield database
    databases.give_back(database)


@pytest.fixture
def mongo_settings(settings: Settings, one_database: Database, mongod: MongoServer) -> Settings:
    changes = {"mongo_uri": SecretStr(mongod.uri), "mongo_database": one_database.name}
    return settings.model_copy(update=changes)


@pytest.fixture
def stores(mongo_settings: Settings) -> Iterator[Stores]:
    stores = Stores.open(mongo_settings)
    yield stores
    for name in _EMPTIED:
        stores.database.collection(name).delete_many({})
    stores.close()


@pytest.fixture
def launcher() -> RecordingLauncher:
    return RecordingLauncher()


@pytest.fixture
def counting(stores: Stores) -> Counting:
    return Counting(stores)


@pytest.fixture
def library(
    mongo_settings: Settings, stores: Stores, launcher: RecordingLauncher, counting: Counting
) -> Iterator[Library]:
    """A library whose long work counts."""
    library = Library(mongo_settings, stores, launcher)
    library.__dict__["work"] = WorkService(mongo_settings, stores, launcher, [counting])
    yield library
    library.guard.close()


@pytest.fixture
def service(library: Library) -> WorkService:
    return library.work
