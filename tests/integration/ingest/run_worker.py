"""A process that runs one batch with settings from its environment, to be killed by a test."""

from __future__ import annotations

import sys

from darkroom.domain.access import SYSTEM
from darkroom.services.ingest import IngestService
from darkroom.settings import Settings
from darkroom.store import Stores
from tests.fakes import RecordingLauncher

if __name__ == "__main__":
    batch, run = sys.argv[1:]
    settings = Settings.load()
    service = IngestService(settings, Stores.open(settings), RecordingLauncher())
    sys.exit(0 if service.run_batch(SYSTEM, batch, run).claimed else 3)
