"""Large files that programs and browsers send straight to the bucket: no byte of them passes through the web process."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from darkroom.api.app import create_app
from darkroom.client import Client
from darkroom.client.sending import IN_PARTS
from darkroom.settings import Settings
from darkroom.store.blobs.direct import direct_origins
from tests.integration.storage.conftest import opened
from tests.served import Server


@pytest.fixture
def direct(s3_settings: Settings) -> Settings:
    return s3_settings.model_copy(update={"upload_direct": True})


def test_parts_go_to_the_bucket_and_the_whole_is_verified(direct: Settings, tmp_path: Path) -> None:
    variables = {
        "DARKROOM_STORAGE": str(direct.storage), "DARKROOM_UPLOAD_DIRECT": "yes",
        "DARKROOM_STORAGE_CREDENTIALS": direct.storage_credentials.get_secret_value(),
    }  # fmt: skip
    server = Server(direct, tmp_path, variables)
    library = opened(direct)
    large = tmp_path / "large.tif"
    large.write_bytes(os.urandom(IN_PARTS + 5))
    asked: list[tuple[str, str]] = []

    def note(request) -> None:
        asked.append((request.method, f"{request.url.scheme}://{request.url.netloc.decode()}"))

    server.start()
    try:
        with Client(server.url) as client:
            for http in (client._http, client._elsewhere):
                http.event_hooks["request"].append(note)
            sent = client.upload([large])
    finally:
        server.stop()
    puts = [one for one in asked if one[0] == "PUT"]
    assert len(puts) == 3
    assert {one[1] for one in puts} <= set(direct_origins(direct))
    assert server.url not in {one[1] for one in puts}
    item = library.stores.batches.manifest(sent.batches[0]).items[0]
    assert hashlib.sha256(Path(item.path).read_bytes()).digest() == hashlib.sha256(large.read_bytes()).digest()
    [upload] = library.stores.uploads.of_batch(sent.batches[0])
    assert upload.direct
    assert library.uploads._place(upload).there(upload) == {}
    library.close()


def test_pages_may_connect_to_the_bucket_only_where_that_is_on(direct: Settings) -> None:
    for settings in (direct, direct.model_copy(update={"upload_direct": False})):
        with TestClient(create_app(settings), base_url="http://localhost:8000", client=("127.0.0.1", 1)) as client:
            policy = client.get("/api/v1/docs").headers["Content-Security-Policy"]
        bucket = direct_origins(direct)[0]
        assert (f" {bucket} " in policy.replace(";", " ;")) == settings.upload_direct


@pytest.mark.parametrize(
    ("url", "origins"),
    [
        (
            "s3://bb/f?region=eu-north-1",
            ("https://s3.eu-north-1.amazonaws.com", "https://bb.s3.eu-north-1.amazonaws.com"),
        ),
        (
            "s3://bb?endpoint=https://s3.example.org:9000",
            ("https://s3.example.org:9000", "https://bb.s3.example.org:9000"),
        ),
        ("gs://bucket", ("https://storage.googleapis.com",)),
        ("az://container?account=acc", ("https://acc.blob.core.windows.net",)),
        ("/srv/pictures", ()),
    ],
)
def test_where_pages_connect_to_is_known_without_asking_anybody(url: str, origins: tuple[str, ...]) -> None:
    assert direct_origins(Settings(storage=url, upload_direct=True)) == origins
