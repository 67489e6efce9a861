"""Maker notes that come to lie elsewhere: places in them that count from the begin of the Exif block follow.

Canon, Sony, Panasonic, Pentax and old Nikons write a directory whose offsets count from the begin of the whole block. Others count from
the note itself and may lie anywhere. What a directory points to outside of its note stays behind.
"""

from __future__ import annotations

import struct
from typing import Literal

from darkroom.imaging.ifd import SIZES

_MOST_ENTRIES = 512
_OWN_PLACES = (b"Nikon\0\x02", b"OLYMPUS\0", b"OM SYSTEM\0", b"FUJIFILM", b"PENTAX \0", b"Apple iOS\0", b"LEICA0")
_HEADS = {
    b"SONY DSC \0": 12, b"SONY CAM \0": 12, b"SONY MOBILE\0": 12, b"Panasonic\0": 12, b"Nikon\0\x01": 8, b"AOC\0": 6,
}  # fmt: skip
# Canon writes at the end of its notes where they lay.
_FOOTERS = {b"II*\0": "<", b"MM\0*": ">"}
_FARTHEST = 2**32 - 1


def fits(note: bytes) -> bool:
    """Whether a note keeps its sense wherever `moved` puts it."""
    return note.startswith(_OWN_PLACES) or _directory(note) is not None


def moved(note: bytes, was: int, now: int) -> bytes:
    """The note with its places moved along.

    Args:
        note: its bytes, in whatever order.
        was: where it lay.
        now: where it comes to lie.
    """
    found = None if note.startswith(_OWN_PLACES) else _directory(note)
    if found is None or was == now or now + len(note) > _FARTHEST:
        return note
    start, order = found
    data = bytearray(note)
    footer = _FOOTERS.get(note[-8:-4])
    if footer is not None:  # somebody may have moved it before, without this
        was = struct.unpack_from(footer + "I", note, len(note) - 4)[0]
        struct.pack_into(footer + "I", data, len(note) - 4, now)
    for at in range(start + 2, start + 2 + 12 * struct.unpack_from(order + "H", note, start)[0], 12):
        kind, count, offset = struct.unpack_from(order + "HII", note, at + 2)
        size = SIZES[kind] * count
        if size > 4 and was <= offset and offset + size <= was + len(note):
            struct.pack_into(order + "I", data, at + 8, offset - was + now)
    return bytes(data)


def _directory(note: bytes) -> tuple[int, Literal["<", ">"]] | None:
    """Where the directory of a note begins, and its order of bytes; None where there is none."""
    start = next((start for mark, start in _HEADS.items() if note.startswith(mark)), 0)
    orders: tuple[Literal["<", ">"], ...] = ("<", ">")
    for order in orders:
        if start + 2 > len(note):
            return None
        count = struct.unpack_from(order + "H", note, start)[0]
        if not 1 <= count <= _MOST_ENTRIES or start + 2 + 12 * count > len(note):
            continue
        kinds = (struct.unpack_from(order + "H", note, start + 4 + 12 * one)[0] for one in range(count))
        if all(kind in SIZES for kind in kinds):
            return start, order
    return None
