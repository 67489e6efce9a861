"""Fixtures that every test may use: settings in a folder of their own, a real mongod, open stores, the corpora."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from pydantic import SecretStr

from darkroom.errors import Error
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.database import Database
from darkroom.supervisor.mongod import Mongod, find_mongod
from darkroom.supervisor.mongod_download import obtain_mongod
from tests.databases import Databases
from tests.servers import MongoServer

ROOT = Path(__file__).parents[1]

# How long an example takes says more of what else the machine does than of the code.
hypothesis.settings.register_profile("darkroom", deadline=None)
hypothesis.settings.load_profile("darkroom")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own variables and `.env` must not change what tests see."""
    for name in os.environ:
        if name.startswith("DARKROOM_"):
            monkeypatch.delenv(name)
    monkeypatch.setitem(Settings.model_config, "env_file", None)


@pytest.fixture(autouse=True)
def home_of_the_process() -> Iterator[None]:
    """Commands that name a home make it that of their process, which here lives on."""
    before = os.environ.get("DARKROOM_HOME")
    yield
    if before is None:
        os.environ.pop("DARKROOM_HOME", None)
    else:
        os.environ["DARKROOM_HOME"] = before


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings whose home is a folder of this test."""
    return Settings(home=tmp_path / "home", samples=False)


@pytest.fixture(scope="session")
def mongod_program() -> Mongod:
    """A mongod that runs here, fetched once if there is none; without one, tests that need it are skipped."""
    try:
        return find_mongod(Settings())
    except Error:
        try:
            return obtain_mongod()
        except Error as error:
            pytest.skip(f"no mongod: {error}")


@pytest.fixture(scope="session")
def mongod(mongod_program: Mongod, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoServer]:
    """A running mongod, shared by the session: do not kill it, take `own_mongod` for that."""
    server = MongoServer(mongod_program, tmp_path_factory.mktemp("mongod"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def own_mongod(mongod_program: Mongod, tmp_path: Path) -> Iterator[MongoServer]:
    """A running mongod of this test alone, which it may kill."""
    server = MongoServer(mongod_program, tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def empty_database(mongod: MongoServer) -> Iterator[Database]:
    """A new database without a schema."""
    database = Database.connect(mongod.uri, f"test_{secrets.token_hex(6)}")
    yield database
    database.drop()
    database.close()


@pytest.fixture(scope="session")
def databases(mongod: MongoServer) -> Iterator[Databases]:
    """Databases with the current schema, for one test after another."""
    found = Databases(mongod.uri)
    yield found
    found.close()


@pytest.fixture
def database(databases: Databases) -> Iterator[Database]:
    """A database with the current schema and nothing in it."""
    database = databases.lend()
    yield database
    databases.give_back(database)


@pytest.fixture
def mongo_settings(settings: Settings, database: Database, mongod: MongoServer) -> Settings:
    """Settings with which any process opens this test's database and home."""
    changes = {"mongo_uri": SecretStr(mongod.uri), "mongo_database": database.name}
    return settings.model_copy(update=changes)


@pytest.fixture
def stores(mongo_settings: Settings) -> Iterator[Stores]:
    """Open repositories over a new database, and local blobs in this test's home."""
    stores = Stores.open(mongo_settings)
    yield stores
    stores.close()


@pytest.fixture(scope="session")
def corpora() -> Path:
    """Folder of the test pictures, which lies beside the repository where it is there at all."""
    folder = ROOT.parent / "shared" / "corpora"
    if not folder.is_dir():
        pytest.skip("the corpora are not there")
    return folder


_ORDER = ("unit", "architecture", "integration", "e2e")
_LONG = ("test_sights.py", "test_learn.py", "test_develop.py")
"""Files of the last suite that take minutes: first, or one process would be left with them when all others have ended."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a mongod, so that `-m "not mongo"` leaves it out; run fast suites first, browsers last.

    Playwright keeps an event loop running in this thread, in which no other test could run one of its own.
    """
    needing = {"mongod", "own_mongod"}
    for item in items:
        if needing & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.mongo)
    tests = Path(__file__).parent
    items.sort(key=lambda item: (_ORDER.index(item.path.relative_to(tests).parts[0]), item.path.name not in _LONG))
