"""Reads the chunks of a PNG: IPTC, which hides among its texts, and colours that are told by numbers."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

_NAME = b"Raw profile type iptc\0"
MAX_CHUNKS = 500
MAX_TEXT = 4_000_000


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content of each chunk before the end; contents that are cut off are shorter."""
    at = 8
    for _ in range(MAX_CHUNKS):
        if at + 12 > len(data):
            return
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if kind == b"IEND":
            return
        yield kind, data[at + 8 : at + 8 + size]
        at += 12 + size


def coding_of_png(data: bytes) -> bytes:
    """Four numbers of H.273 (primaries, transfer, matrix, full range) from its chunk cICP, or nothing."""
    for kind, content in chunks(data):
        if kind == b"cICP":
            return content if len(content) == 4 else b""
        if kind in (b"PLTE", b"IDAT"):  # it stands before these, or counts for nothing
            return b""
    return b""


def iptc_of_png(data: bytes) -> bytes:
    """The block (IIM, or Photoshop's resources around it), or nothing."""
    for kind, content in chunks(data):
        if kind in (b"zTXt", b"tEXt") and content.startswith(_NAME):
            return _unwrapped(content[len(_NAME) :], compressed=kind == b"zTXt")
    return b""


def _unwrapped(content: bytes, *, compressed: bool) -> bytes:
    try:
        text = zlib.decompressobj().decompress(content[1:], MAX_TEXT) if compressed else content[:MAX_TEXT]
        # A line with the name, one with the length, and then digits.
        _, _, _, digits = text.split(b"\n", 3)
        return bytes.fromhex(b"".join(digits.split()).decode("ascii"))
    except (zlib.error, ValueError, UnicodeDecodeError):
        return b""
