"""Served by granian, as in production: bounded memory, clients that go away, answers in the middle of an upload."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import httpx

from darkroom.domain.access import LOCAL_OWNER
from darkroom.services.library import Library

MEGABYTE = 1024 * 1024


def _multipart(size: int, name: str = "large.bin"):
    """A body of `size` bytes that never lies in memory as a whole."""
    yield f'--B\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'.encode()
    block = os.urandom(MEGABYTE)
    for _ in range(size // MEGABYTE):
        yield block
    yield b"\r\n--B--\r\n"


def _upload(server, size: int) -> httpx.Response:
    headers = {"Content-Type": "multipart/form-data; boundary=B"}
    return httpx.post(f"{server.url}/api/v1/images", content=_multipart(size), headers=headers, timeout=120)


def _is_empty(folder: Path) -> bool:
    return not folder.exists() or not list(folder.iterdir())


def test_an_upload_is_streamed_to_disk(server, mongo_settings):
    assert _upload(server, MEGABYTE).status_code == 202
    before = server.rss()
    answer = _upload(server, 300 * MEGABYTE)
    assert answer.status_code == 202
    assert server.rss() - before < 60 * MEGABYTE
    batch = answer.json()["batch"]
    assert (mongo_settings.uploads / batch["id"] / "large.bin").stat().st_size == 300 * MEGABYTE


def test_a_client_that_goes_away_leaves_nothing(server, mongo_settings):
    port = int(server.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as wire:
        head = "POST /api/v1/images HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000000\r\n"
        wire.sendall((head + "Content-Type: multipart/form-data; boundary=B\r\n\r\n").encode())
        for piece in _multipart(3 * MEGABYTE):
            wire.sendall(piece[:MEGABYTE])
            time.sleep(0.05)
        assert not _is_empty(mongo_settings.uploads)
    end = time.monotonic() + 20
    while not _is_empty(mongo_settings.uploads) and time.monotonic() < end:
        time.sleep(0.1)
    assert _is_empty(mongo_settings.uploads)


def test_a_refusal_in_the_middle_of_an_upload_reaches_the_client(server, mongo_settings):
    headers = {"Content-Type": "multipart/form-data; boundary=B"}
    body = _multipart(8 * MEGABYTE)
    next(body)
    wrong = [b'--B\r\nContent-Disposition: form-data; name="wrong"; filename="a"\r\n\r\n', *body]
    answer = httpx.post(f"{server.url}/api/v1/images", content=iter(wrong), headers=headers, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_parameter")
    assert _is_empty(mongo_settings.uploads)


def test_raw_paths_lead_nowhere_else(server):
    port = int(server.url.rpartition(":")[2])
    secret = Path("/etc/passwd").read_bytes()[:20]
    for path in (
        "/api/v1/../../etc/passwd", "/api/v1/images/../../../../etc/passwd", "/api/v1/images/..%2f..%2f..%2fetc%2fpasswd/original",
        "//etc/passwd", "/api//v1/images", "/api/v1/images/%00/original", "/api/v1/images/" + "a" * 7000, "/%2e%2e/%2e%2e/etc/passwd",
        "http://evil.example/api/v1/images", "*", "/api/v1/images?\xff=\xfe", "/api/v1/images/\xff\xfe",
    ):  # fmt: skip
        with socket.create_connection(("127.0.0.1", port)) as wire:
            wire.settimeout(20)
            wire.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode("latin-1"))
            answer = b""
            while piece := wire.recv(65536):
                answer += piece
        status = int(answer.split(b" ", 2)[1])
        assert 400 <= status < 500 or (path.endswith("/api/v1/images") and status in (200, 404, 421))
        assert secret not in answer


def test_the_contract_and_its_page_come_from_here_alone(server):
    # Written when it is first asked for, which takes seconds on a busy machine.
    contract = httpx.get(f"{server.url}/api/v1/openapi.json", timeout=60).json()
    assert contract["openapi"].startswith("3.1")
    page = httpx.get(f"{server.url}/api/v1/docs", timeout=60)
    assert page.headers["Content-Type"].startswith("text/html")
    assert "http://" not in page.text
    assert "https://" not in page.text


def test_what_was_uploaded_is_seen_in_the_gallery(server, mongo_settings, stores, launcher, tmp_path):
    import cv2
    import numpy as np

    picture = np.full((300, 400, 3), (200, 120, 40), np.uint8)
    cv2.circle(picture, (200, 150), 90, (20, 220, 250), -1)
    data = cv2.imencode(".jpg", picture)[1].tobytes()
    files = [("files", ("sun.jpg", data)), ("files", ("notes.txt", b"not a picture"))]
    answer = httpx.post(f"{server.url}/api/v1/images", files=files, data={"tags": "sky"}, timeout=30)
    batch = answer.json()["batch"]["id"]
    Library(mongo_settings, stores, launcher).ingest.run_batch(LOCAL_OWNER, batch, "r-1")

    found = httpx.get(f"{server.url}/api/v1/images", params={"q": "sun", "tag": "sky"}).json()
    assert [(one["name"], one["width"], one["height"]) for one in found["items"]] == [("sun.jpg", 400, 300)]
    image = found["items"][0]["id"]
    assert httpx.get(f"{server.url}/api/v1/images/{image}/original").content == data
    assert httpx.get(f"{server.url}/api/v1/images/{image}/thumbnail").content[8:12] == b"WEBP"
    done = httpx.get(f"{server.url}/api/v1/batches/{batch}").json()
    assert (done["state"], done["added"], done["failed"]) == ("done", 1, 1)
    failures = httpx.get(f"{server.url}/api/v1/failures").json()["items"]
    assert [(one["key"], one["code"]) for one in failures] == [("notes.txt", "image_not_an_image")]
    assert not (mongo_settings.uploads / batch).exists()
