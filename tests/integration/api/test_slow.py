"""Clients that are slow on purpose hold nothing up."""

from __future__ import annotations

import contextlib
import socket
from urllib.parse import urlsplit

import httpx
import pytest

API = "/api/v1"
CONNECTIONS = 60


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setenv("DARKROOM_BODY_STALL_SECONDS", "1.5")


def _begin(url: str, head: str, piece: bytes) -> socket.socket:
    address = urlsplit(url)
    found = socket.create_connection((address.hostname, address.port), timeout=30)
    found.sendall(f"POST {API}/{head}\r\nHost: localhost:{address.port}\r\n\r\n".encode() + piece)
    return found


def _answer(connection: socket.socket) -> bytes:
    found = b""
    with contextlib.suppress(TimeoutError, ConnectionResetError):
        while piece := connection.recv(65536):
            found += piece
            if b"trace_id" in found:
                break
    return found


def test_bodies_that_stall_are_cut_and_others_are_served(impatient, server):
    form = b'--B\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\nAAAA'
    upload = "images HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=B\r\nContent-Length: 100000"
    small = "failures/retry HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 100"
    stalled = [_begin(server.url, upload, form) for _ in range(CONNECTIONS)]
    stalled += [_begin(server.url, small, b'{"al') for _ in range(CONNECTIONS)]
    # More of them than there are threads, and still there is an answer for others.
    assert httpx.get(f"{server.url}{API}/images", timeout=30).status_code == 200
    for connection in (stalled[0], stalled[CONNECTIONS - 1], stalled[-1]):
        answer = _answer(connection)
        assert answer.startswith(b"HTTP/1.1 408 "), answer[:200]
        assert b'"code": "request_timeout"' in answer
    for connection in stalled:
        connection.close()
    # Nothing of the broken uploads is left.
    assert httpx.get(f"{server.url}{API}/batches", timeout=30).json()["items"] == []


def test_a_part_that_stalls_is_cut_and_may_be_sent_again(impatient, server):
    with httpx.Client(base_url=server.url, timeout=30) as client:
        upload = client.post(f"{API}/uploads", json={"name": "a.jpg", "bytes": 100}).json()["upload"]
        url = upload["parts"][0]["url"]
        address = urlsplit(server.url)
        with socket.create_connection((address.hostname, address.port), timeout=30) as stalled:
            head = f"PUT {url} HTTP/1.1\r\nHost: localhost:{address.port}\r\nContent-Length: 100\r\n\r\n"
            stalled.sendall(head.encode() + bytes(50))
            assert _answer(stalled).startswith(b"HTTP/1.1 408 ")
        assert client.get(f"{API}/uploads/{upload['id']}").json()["received"] == 0
        assert client.put(url, content=bytes(100)).status_code == 200
