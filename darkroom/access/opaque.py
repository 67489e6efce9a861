"""Opaque secrets: random text that says what it is, carries a checksum, and is kept only as a hash."""

from __future__ import annotations

import hashlib
import re
import secrets
import zlib

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LENGTH = 43
"""Letters of 62: 256 bits."""
_CHECKSUM = 6

API, REFRESH, COOKIE, LINK, BROWSER, DEVICE, OWNER = "dr", "drr", "drs", "drl", "drb", "drd", "dro"
"""What a secret is: API token, refresh token, cookie of a session, one-time link, cookie of a browser on its way to
another provider, device code of a program that waits, secret of whoever may read the home."""

_SHAPE = re.compile(rf"(?P<kind>dr[rslbdo]?)_(?P<random>[0-9A-Za-z]{{{_LENGTH}}})(?P<sum>[0-9A-Za-z]{{{_CHECKSUM}}})")


def make(kind: str) -> str:
    """A new secret, `<kind>_<random><checksum>`."""
    random = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    return f"{kind}_{random}{_checksum(kind, random)}"


def is_one(kind: str, text: str) -> bool:
    """Whether a text can be a secret of that kind; a slip of the pen costs no look into the database."""
    found = _SHAPE.fullmatch(text)
    return found is not None and found["kind"] == kind and found["sum"] == _checksum(kind, found["random"])


def digest(secret: str) -> str:
    """What is kept of a secret: SHA-256 is enough for 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _checksum(kind: str, random: str) -> str:
    value = zlib.crc32(f"{kind}_{random}".encode())
    letters = []
    for _ in range(_CHECKSUM):
        value, rest = divmod(value, 62)
        letters.append(_ALPHABET[rest])
    return "".join(letters)
