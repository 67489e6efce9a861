"""A library whose pictures lie in S3, played by moto, with a real mongod."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from darkroom.services.ingest import IngestService
from darkroom.services.library import Library
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.database import Database
from tests.fakes import RecordingLauncher
from tests.object_servers import ObjectServer, start_moto, start_rclone
from tests.servers import MongoServer


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectServer]:
    server = start_moto(tmp_path_factory.mktemp("s3"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def rclone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectServer]:
    """Another server, which checks signatures."""
    server = start_rclone(tmp_path_factory.mktemp("rclone"))
    yield server
    server.stop()


@pytest.fixture
def quick_settings(mongo_settings: Settings, s3: ObjectServer) -> Settings:
    """No waiting for files to settle; credentials of the object store."""
    changes = {"settle_seconds": 0.0, "retry_base_seconds": 0.01, "workers": 2}
    return s3.settings(mongo_settings, **changes)


@pytest.fixture
def s3_settings(quick_settings: Settings, s3: ObjectServer) -> Settings:
    return quick_settings.model_copy(update={"storage": s3.url()})


def opened(settings: Settings) -> Library:
    return Library(settings, Stores.open(settings), RecordingLauncher())


@pytest.fixture
def s3_library(s3_settings: Settings) -> Iterator[Library]:
    library = opened(s3_settings)
    yield library
    library.close()


@pytest.fixture
def elsewhere(mongod: MongoServer, tmp_path: Path) -> Iterator[Settings]:
    """A new home with an empty database."""
    name = f"restored_{os.urandom(4).hex()}"
    yield Settings(
        home=tmp_path / "new", mongo_uri=SecretStr(mongod.uri), mongo_database=name, samples=False
    )  # fmt: skip
    database = Database.connect(mongod.uri, name)
    database.drop()
    database.close()


@pytest.fixture
def inbox(quick_settings: Settings) -> Path:
    quick_settings.inbox.mkdir(parents=True)
    return quick_settings.inbox


def take_in(library: Library) -> None:
    """Everything in the inbox into the library, as a sensor and a run would."""
    from darkroom.domain.access import SYSTEM

    service: IngestService = library.ingest
    batches, _ = service.collect_inbox(SYSTEM)
    for batch in batches:
        assert service.run_batch(SYSTEM, batch.id, "run-1").batch.failed == 0
