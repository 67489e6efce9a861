"""The API over a real mongod, in this process or served by granian as in production."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

from darkroom.api.app import create_app
from darkroom.domain.image import ImageRecord
from darkroom.services.library import Library
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.supervisor.ports import free_port
from tests.factories import image_record, rendition, sha
from tests.fakes import RecordingLauncher

ROOT = Path(__file__).parents[3]


@pytest.fixture
def launcher() -> RecordingLauncher:
    return RecordingLauncher()


@pytest.fixture
def library(mongo_settings: Settings, stores: Stores, launcher: RecordingLauncher) -> Iterator[Library]:
    """An open library whose runs are only written down."""
    library = Library(mongo_settings, stores, launcher)
    yield library
    library.guard.close()
    if "feed" in library.__dict__:
        library.feed.close()


@pytest.fixture
def client(library: Library) -> Iterator[TestClient]:
    """The API in this process; what a route raises reaches the test."""
    with TestClient(create_app(library=library), base_url="http://localhost:8000", client=("127.0.0.1", 1)) as client:
        yield client


@pytest.fixture
def add(stores: Stores) -> Callable[..., list[ImageRecord]]:
    """Bring images into the library with their event, as a run does."""

    def work(records: Sequence[ImageRecord]) -> list[ImageRecord]:
        def write(session):
            stores.images.upsert_many(session, records)
            stores.events.append(session, type="images.added", principal="local", ids=[one.id for one in records])

        stores.database.run(write)
        return list(records)

    return work


@pytest.fixture
def stored(stores: Stores, add) -> ImageRecord:
    """One image whose files are in the blob store."""
    data = os.urandom(600_000)
    import hashlib

    image = hashlib.sha256(data).hexdigest()
    stores.blobs.put("originals", image, data, durable=False)
    for kind in ("thumbnail", "preview"):
        stores.blobs.put("renditions", sha(f"{kind}-{image}"), f"webp {kind}".encode(), durable=False)
    renditions = (rendition("thumbnail", image), rendition("preview", image))
    record = image_record(
        7,
        id=image,
        name="IMG 7 \u00e4.jpg",
        media_type="image/jpeg",
        format="jpeg",
        bytes=len(data),
        renditions=renditions,
    )
    return add([record])[0]


@dataclass
class Server:
    """The API served by granian."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def rss(self) -> int:
        """Memory of the worker in bytes, the largest so far."""
        import psutil

        own = psutil.Process(self.process.pid)
        return max(one.memory_info().rss for one in [own, *own.children(recursive=True)])


@pytest.fixture
def server(mongo_settings: Settings, stores: Stores, tmp_path: Path) -> Iterator[Server]:
    """The API as it is served in production, over this test's database."""
    assert mongo_settings.mongo_uri is not None
    port = free_port()
    environment = os.environ | {
        "DARKROOM_HOME": str(mongo_settings.home_path),
        "DARKROOM_MONGO_URI": mongo_settings.mongo_uri.get_secret_value(),
        "DARKROOM_MONGO_DATABASE": mongo_settings.mongo_database,
        "DARKROOM_DAGSTER_PORT": str(free_port()),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--host", "127.0.0.1", "--port"]
    command += [str(port), "--workers", "1", "darkroom.api.app:create_app"]
    log = tmp_path / "granian.log"
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=file, stderr=file)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(url, process, log)
        yield Server(url, process, log)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()
        try:
            if httpx.get(f"{url}/api/v1/health", timeout=10).json()["database"]["ok"]:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail(log.read_text())
