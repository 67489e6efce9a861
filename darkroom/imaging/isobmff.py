"""Finds boxes in ISO base media files: the metadata of Canon's CR3, what AVIF and HEIC say of their picture."""

from __future__ import annotations

from collections.abc import Iterator

from darkroom.imaging.metadata import Blocks
from darkroom.imaging.source import Data

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


def primary_properties(data: Data) -> list[tuple[bytes, bytes]]:
    """Kind and content of what an AVIF or HEIC says of its primary picture; nothing where that cannot be found."""
    if not isinstance(data, bytes):
        return []
    meta = next(((start, stop) for kind, start, stop in boxes(data, 0, len(data)) if kind == b"meta"), None)
    if meta is None:
        return []
    parts = {kind: data[start:stop] for kind, start, stop in boxes(data, meta[0] + 4, meta[1])}
    try:
        return _properties(parts[b"pitm"], parts[b"iprp"])
    except (IndexError, KeyError):
        return []


def _properties(pitm: bytes, iprp: bytes) -> list[tuple[bytes, bytes]]:
    primary = int.from_bytes(pitm[4 : 8 if pitm[0] else 6], "big")
    inner = {kind: iprp[start:stop] for kind, start, stop in boxes(iprp, 0, len(iprp))}
    held = inner[b"ipco"]
    known = [(kind, held[start:stop]) for kind, start, stop in boxes(held, 0, len(held))]
    chosen = _associated(inner[b"ipma"], primary)
    return [known[index - 1] for index in chosen if 0 < index <= len(known)]


def _associated(ipma: bytes, item: int) -> list[int]:
    """Numbers of the properties of an item, counted from 1."""
    wide, number = (2 if ipma[3] & 1 else 1), (4 if ipma[0] else 2)
    mask = 0x7FFF if wide == 2 else 0x7F
    at = 8
    for _ in range(int.from_bytes(ipma[4:8], "big")):
        if at + number >= len(ipma):
            break
        found, count = int.from_bytes(ipma[at : at + number], "big"), ipma[at + number]
        at += number + 1
        if found == item:
            return [int.from_bytes(ipma[at + i * wide : at + (i + 1) * wide], "big") & mask for i in range(count)]
        at += count * wide
    return []
