"""Finds boxes in ISO base media files, for the metadata of Canon's CR3."""

from __future__ import annotations

from collections.abc import Iterator

from darkroom.imaging.metadata import Blocks

_CANON = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
MAX_BOXES = 1_000


def boxes(data: bytes, start: int, stop: int) -> Iterator[tuple[bytes, int, int]]:
    """Boxes side by side: type, start and end of the contents."""
    for _ in range(MAX_BOXES):
        if start + 8 > stop:
            return
        size, kind, head = int.from_bytes(data[start : start + 4], "big"), data[start + 4 : start + 8], 8
        if size == 1:
            size, head = int.from_bytes(data[start + 8 : start + 16], "big"), 16
        elif size == 0:
            size = stop - start
        if size < head or start + size > stop:
            return
        yield kind, start + head, start + size
        start += size


def canon_blocks(data: bytes) -> Blocks:
    """Exif (in several TIFF structures) and XMP of a CR3 file."""
    tiffs: dict[bytes, bytes] = {}
    xmp = b""
    for kind, start, stop in boxes(data, 0, len(data)):
        if kind == b"uuid" and data[start : start + 16] == _XMP:
            xmp = data[start + 16 : stop]
        if kind != b"moov":
            continue
        for inner, begin, end in boxes(data, start, stop):
            if inner == b"uuid" and data[begin : begin + 16] == _CANON:
                tiffs.update({name: data[a:b] for name, a, b in boxes(data, begin + 16, end) if name[:3] == b"CMT"})
    # CMT1 is the first directory, CMT2 Exif, CMT4 GPS; CMT3 holds maker notes.
    return Blocks(tiffs.get(b"CMT1", b""), b"", xmp, tuple(tiffs[name] for name in (b"CMT2",) if name in tiffs))
