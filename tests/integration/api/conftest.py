"""The API over a real mongod, in this process or served by granian as in production."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

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
from tests.served import Server


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


@pytest.fixture
def server(mongo_settings: Settings, stores: Stores, tmp_path: Path) -> Iterator[Server]:
    """The API as it is served in production, over this test's database."""
    found = Server(mongo_settings.model_copy(update={"dagster_port": free_port()}), tmp_path)
    found.start()
    yield found
    found.stop()
