"""The same body has the same fingerprint however it comes in, and another has another."""

from __future__ import annotations

import pytest

from darkroom.api.fingerprints import fingerprint


def form(boundary: str, *parts: tuple[str, bytes]) -> bytes:
    found = b"".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'.encode()
        + data
        + b"\r\n"
        for name, data in parts
    )
    return found + f"--{boundary}--\r\n".encode()


def of(body: bytes, kind: str, *, step: int = 1_000_000, key: str = "key") -> str:
    found = fingerprint(kind, key)
    for start in range(0, len(body), step):
        found.feed(body[start : start + step])
    return found.value()


def of_form(boundary: str, *parts: tuple[str, bytes], step: int = 1_000_000) -> str:
    return of(form(boundary, *parts), f"multipart/form-data; boundary={boundary}", step=step)


@pytest.mark.parametrize("step", [1, 7, 64, 1000])
def test_pieces_and_boundaries_change_nothing(step):
    parts = (("a.jpg", b"\r\n--x\r\nAAAA" * 20), ("b.jpg", b""))
    assert of_form("one", *parts, step=step) == of_form("another", *parts)
    assert of(b'{"all": true}', "application/json", step=step) == of(b'{"all": true}', "application/json")


def test_another_body_has_another_fingerprint():
    found = {
        of_form("x", ("a.jpg", b"1")), of_form("x", ("a.jpg", b"2")), of_form("x", ("b.jpg", b"1")),
        of_form("x", ("a.jpg", b""), ("a.jpg", b"1")), of_form("x", ("a.jpg", b"1"), ("a.jpg", b"")),
        of_form("x", ("a.jpg1", b"")), of(b"{}", "application/json"), of(b"{ }", "application/json"),
    }  # fmt: skip
    assert len(found) == 8


def test_what_is_stored_gives_no_password_away():
    body = b'{"password": "123456"}'
    assert of(body, "application/json", key="one") != of(body, "application/json", key="two")
