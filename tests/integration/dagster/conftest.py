"""A real Dagster (code server, daemon, web server) on a real mongod."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from pydantic import SecretStr

from darkroom.services.library import Library
from darkroom.settings import Settings
from darkroom.store.database import Database
from darkroom.store.migrations import migrate
from darkroom.supervisor.mongod import Mongod
from darkroom.supervisor.ports import free_port
from tests.servers import MongoServer
from tests.stack import DagsterStack


def stack_settings(home: Path, mongod: MongoServer, **changes: object) -> Settings:
    """Settings of a stack of its own."""
    return Settings(
        home=home, samples=False, mongo_uri=SecretStr(mongod.uri), dagster_port=free_port(), workers=2, **changes
    )  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def stack_mongod(mongod_program: Mongod, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoServer]:
    """A mongod that tests with a stack may kill."""
    server = MongoServer(mongod_program, tmp_path_factory.mktemp("stack-mongod"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def stack_changes() -> dict[str, object]:
    """Settings of the stack that a module wants otherwise."""
    return {}


@pytest.fixture(scope="module")
def stack(
    stack_mongod: MongoServer, stack_changes: dict[str, object], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DagsterStack]:
    """A running Dagster whose sensor looks."""
    home = tmp_path_factory.mktemp("stack") / "home"
    settings = stack_settings(home, stack_mongod, heartbeat_seconds=5, **stack_changes)
    database = Database.connect(stack_mongod.uri, settings.mongo_database)
    migrate(database)
    database.close()
    running = DagsterStack(settings)
    running.start()
    running.wait()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def library(stack: DagsterStack) -> Iterator[Library]:
    """The library of the stack."""
    opened = Library.open(stack.settings)
    yield opened
    opened.close()


@pytest.fixture
def instance(stack: DagsterStack, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """What the stack's Dagster knows of its runs."""
    monkeypatch.setenv("DAGSTER_HOME", str(stack.settings.dagster_home))
    with dg.DagsterInstance.get() as found:
        yield found
