"""Finds IPTC in a PNG: among its texts, written in hexadecimal, as ImageMagick began it."""

from __future__ import annotations

import zlib

_NAME = b"Raw profile type iptc\0"
MAX_CHUNKS = 500
MAX_TEXT = 4_000_000


def iptc_of_png(data: bytes) -> bytes:
    """The block (IIM, or Photoshop's resources around it), or nothing."""
    at = 8
    for _ in range(MAX_CHUNKS):
        if at + 12 > len(data):
            break
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        content = data[at + 8 : at + 8 + size]
        if kind == b"IEND":
            break
        if kind in (b"zTXt", b"tEXt") and content.startswith(_NAME):
            return _unwrapped(content[len(_NAME) :], compressed=kind == b"zTXt")
        at += 12 + size
    return b""


def _unwrapped(content: bytes, *, compressed: bool) -> bytes:
    try:
        text = zlib.decompressobj().decompress(content[1:], MAX_TEXT) if compressed else content[:MAX_TEXT]
        # A line with the name, one with the length, and then digits.
        _, _, _, digits = text.split(b"\n", 3)
        return bytes.fromhex(b"".join(digits.split()).decode("ascii"))
    except (zlib.error, ValueError, UnicodeDecodeError):
        return b""
