"""Uploads: what comes in, what is refused, and that nothing is left behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from darkroom.api.app import create_app
from darkroom.services.library import Library

HEAD = b'--B\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\n'
FORM = {"Content-Type": "multipart/form-data; boundary=B"}


def _staged(library) -> list[Path]:
    root = library.settings.uploads
    return [path for path in root.rglob("*") if path.is_file()] if root.exists() else []


def test_an_upload_is_a_batch_whose_run_is_asked_for(client, library, launcher):
    files = [("files", ("a.jpg", b"123")), ("files", ("a.jpg", b"4567")), ("files", ("../../b.png", b""))]
    answer = client.post("/api/v1/images", files=files, data={"tags": ["sea, summer", "oslo"]})
    assert answer.status_code == 202
    batch = answer.json()["batch"]
    assert answer.headers["Location"] == f"/api/v1/batches/{batch['id']}"
    assert (batch["state"], batch["connector"], batch["total"], batch["total_bytes"]) == ("queued", "upload", 3, 7)
    assert batch["trace_id"] == answer.headers["X-Trace-Id"]
    assert launcher.launched == [batch["id"]]
    items = {item.key: item for item in library.stores.batches.manifest(batch["id"]).items}
    assert sorted(items) == ["a (2).jpg", "a.jpg", "b.png"]
    assert all(item.tags == ("oslo", "sea", "summer") for item in items.values())
    folder = library.settings.uploads / batch["id"]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "a.jpg": b"123",
        "a (2).jpg": b"4567",
        "b.png": b"",
    }
    assert client.get(answer.headers["Location"]).json()["id"] == batch["id"]


def test_an_upload_is_taken_while_dagster_is_down(client, library, launcher):
    launcher.down = True
    answer = client.post("/api/v1/images", files={"files": ("a.jpg", b"123")})
    assert answer.status_code == 202
    assert library.stores.batches.get(answer.json()["batch"]["id"]).requested_at is None


BROKEN = [
    ({"Content-Type": "application/json"}, b"{}", 415, "unsupported_media_type"),
    ({}, b"x", 415, "unsupported_media_type"),
    ({"Content-Type": "multipart/form-data"}, HEAD + b"1\r\n--B--\r\n", 400, "bad_request"),
    ({"Content-Type": "multipart/form-data; boundary=" + "x" * 400}, b"", 400, "bad_request"),
    (FORM, b"", 400, "bad_request"),
    (FORM, HEAD + b"half of a file", 400, "bad_request"),
    (FORM, HEAD + b"1\r\n--B\r\n", 400, "bad_request"),
    (FORM, b"--B--\r\n", 422, "invalid_parameter"),
    (FORM, b"garbage", 400, "bad_request"),
    (FORM, HEAD.replace(b"files", b"other") + b"1\r\n--B--\r\n", 422, "invalid_parameter"),
    ({**FORM, "Content-Length": "100000000000000000"}, b"", 507, "storage_full"),
]


def test_a_broken_upload_is_refused_and_leaves_nothing(client, library, launcher):
    for headers, body, status, code in BROKEN:
        answer = client.post("/api/v1/images", content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert list(library.settings.uploads.glob("*")) == []
    assert launcher.launched == []
    assert library.stores.batches.list().items == ()


@pytest.fixture
def small_client(mongo_settings, stores, launcher):
    settings = mongo_settings.model_copy(update={"max_file_bytes": 2_000_000, "batch_max_files": 2})
    library = Library(settings, stores, launcher)
    with TestClient(create_app(library=library), base_url="http://localhost", client=("127.0.0.1", 1)) as client:
        yield client


def test_a_file_too_large_is_refused_and_leaves_nothing(small_client, library):
    files = [("files", ("ok.jpg", b"1")), ("files", ("large.jpg", os.urandom(2_000_001)))]
    answer = small_client.post("/api/v1/images", files=files)
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")
    assert answer.json()["file"] == "large.jpg"
    assert _staged(library) == []


def test_too_many_files_are_refused(small_client, library):
    answer = small_client.post("/api/v1/images", files=[("files", (f"{n}.jpg", b"1")) for n in range(3)])
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")
    assert "2 files" in answer.json()["detail"]
    assert _staged(library) == []


def test_an_upload_takes_no_query(client):
    answer = client.post("/api/v1/images?tags=x", files={"files": ("a.jpg", b"1")})
    assert (answer.status_code, answer.json()["parameter"]) == (422, "tags")


def test_another_site_cannot_upload(client, library):
    answer = client.post("/api/v1/images", files={"files": ("a.jpg", b"1")}, headers={"Origin": "http://evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert _staged(library) == []
