"""The ingest service on a real mongod, without Dagster: a launcher that only remembers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from darkroom.services.ingest import IngestService
from darkroom.settings import Settings
from darkroom.store import Stores
from tests.fakes import RecordingLauncher


@pytest.fixture
def launcher() -> RecordingLauncher:
    return RecordingLauncher()


@pytest.fixture
def quick_settings(mongo_settings: Settings) -> Settings:
    """No waiting for files to settle, short retries."""
    changes = {"settle_seconds": 0.0, "retry_base_seconds": 0.01, "heartbeat_seconds": 2.0, "workers": 2}
    return mongo_settings.model_copy(update=changes)


@pytest.fixture
def service(quick_settings: Settings, launcher: RecordingLauncher) -> Iterator[IngestService]:
    stores = Stores.open(quick_settings)
    yield IngestService(quick_settings, stores, launcher)
    stores.close()


@pytest.fixture
def inbox(quick_settings: Settings) -> Path:
    quick_settings.inbox.mkdir(parents=True)
    return quick_settings.inbox
