"""Puts Exif and XMP into AVIF and HEIC as items of the file; the coded pixels only move."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace

from darkroom.errors import Error
from darkroom.imaging.formats.metadata.containers import Payload
from darkroom.imaging.isobmff import boxes

_XMP_TYPE = b"application/rdf+xml\0"


@dataclass(frozen=True)
class _Place:
    """Where an item's bytes lie."""

    item: int
    method: int
    extents: tuple[tuple[int, int], ...]


def into_heif(data: bytes, payload: Payload) -> tuple[bytes, list[str]]:
    """The file with the blocks as items that describe its primary picture; there is no place for IPTC."""
    found = {kind: (start, stop) for kind, start, stop in boxes(data, 0, len(data))}
    if b"moov" in found or b"meta" not in found:
        return data, ["metadata are not written into moving AVIF"]
    begin, end = found[b"meta"]
    items = [block for block in (_exif_item(payload), _xmp_item(payload)) if block]
    children = [(kind, data[start:stop]) for kind, start, stop in boxes(data, begin + 4, end)]
    parts = dict(children)
    places = _places(parts[b"iloc"])
    primary = struct.unpack(">H", parts[b"pitm"][4:6])[0]
    first = max([place.item for place in places], default=0) + 1
    numbers = range(first, first + len(items))

    def meta(delta: int) -> bytes:
        added: list[_Place] = []
        at = len(data) + delta + 8
        for item, (_, content) in zip(numbers, items, strict=True):
            added.append(_Place(item, 0, ((at, len(content)),)))
            at += len(content)
        moved = [_moved(place, end, delta) for place in places]
        changed = {
            b"iloc": _locations([*moved, *added]),
            b"iinf": _with_infos(parts[b"iinf"], numbers, [info for info, _ in items]),
            b"iref": _with_references(parts.get(b"iref", bytes(4)), numbers, primary),
        }
        order = [kind for kind, _ in children] + ([] if b"iref" in parts else [b"iref"])
        body = data[begin : begin + 4] + b"".join(_box(kind, changed.get(kind, parts.get(kind, b""))) for kind in order)
        return _box(b"meta", body)

    # The size does not depend on the offsets, so a first try tells how far the rest moves.
    delta = len(meta(0)) - (end - begin + 8)
    content = b"".join(content for _, content in items)
    return data[: begin - 8] + meta(delta) + data[end:] + _box(b"mdat", content), []


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + kind + content


def _exif_item(payload: Payload) -> tuple[bytes, bytes] | None:
    return (b"Exif\0", bytes(4) + payload.exif) if payload.exif else None


def _xmp_item(payload: Payload) -> tuple[bytes, bytes] | None:
    return (b"mime\0" + _XMP_TYPE, payload.xmp) if payload.xmp else None


def _places(box: bytes) -> list[_Place]:
    version, sizes = box[0], struct.unpack(">H", box[4:6])[0]
    widths = [sizes >> shift & 15 for shift in (12, 8, 4, 0)]
    offset_size, length_size, base_size = widths[:3]
    index_size = widths[3] if version else 0
    at = 6

    def take(size: int) -> int:
        nonlocal at
        at += size
        return int.from_bytes(box[at - size : at], "big")

    wide = 4 if version == 2 else 2
    found = []
    for _ in range(take(wide)):
        item = take(wide)
        method = take(2) & 15 if version else 0
        if take(2):
            raise Error("encode_failed", "The file keeps its pixels outside itself.")
        base = take(base_size)
        extents = []
        for _ in range(take(2)):
            take(index_size)
            extents.append((base + take(offset_size), take(length_size)))
        found.append(_Place(item, method, tuple(extents)))
    return found


def _moved(place: _Place, end: int, delta: int) -> _Place:
    if place.method:
        return place
    return replace(place, extents=tuple((at + delta if at >= end else at, size) for at, size in place.extents))


def _locations(places: list[_Place]) -> bytes:
    made = bytearray(struct.pack(">BxxxHH", 1, 0x4400, len(places)))
    for place in places:
        made += struct.pack(">HHHH", place.item, place.method, 0, len(place.extents))
        made += b"".join(struct.pack(">II", *extent) for extent in place.extents)
    return bytes(made)


def _with_infos(box: bytes, numbers: range, infos: list[bytes]) -> bytes:
    wide = 4 if box[0] else 2
    count = int.from_bytes(box[4 : 4 + wide], "big") + len(infos)
    entries = b""
    for item, info in zip(numbers, infos, strict=True):
        kind, rest = info[:4], info[4:]
        entries += _box(b"infe", b"\x02\0\0\0" + struct.pack(">HH", item, 0) + kind + rest)
    return box[:4] + count.to_bytes(wide, "big") + box[4 + wide :] + entries


def _with_references(box: bytes, numbers: range, primary: int) -> bytes:
    wide = ">I" if box[0] else ">H"
    for item in numbers:
        box += _box(b"cdsc", struct.pack(wide, item) + struct.pack(">H", 1) + struct.pack(wide, primary))
    return box
