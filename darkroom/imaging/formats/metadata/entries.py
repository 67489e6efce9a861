"""Raw entries of TIFF directories: read, filtered, and written again in either byte order."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from darkroom.imaging.formats.metadata.maker_move import moved
from darkroom.imaging.source import Data

Order = Literal["<", ">"]

SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
# Bytes that are swapped together.
_UNITS = {3: 2, 4: 4, 5: 4, 8: 2, 9: 4, 10: 4, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
EXIF, GPS, INTEROP = 0x8769, 0x8825, 0xA005
_DIRECTORY_KINDS = (4, 13, 16, 18)
# BigTIFF alone has these.
_WIDE = (16, 17, 18)
MAKER_NOTE = 0x927C
_POINTERS = (EXIF, GPS, INTEROP)
MAX_ENTRIES = 1_000
MAX_VALUE = 16_000_000
# What describes how pixels lie in the file, not the picture; and blocks that have a place of their own.
STRUCTURE = frozenset(
    {0x00FE, 0x00FF, 0x0100, 0x0101, 0x0102, 0x0103, 0x0106, 0x0107, 0x0108, 0x0109, 0x010A, 0x0111, 0x0112, 0x0115}
    | {0x0116, 0x0117, 0x0118, 0x0119, 0x011A, 0x011B, 0x011C, 0x011E, 0x011F, 0x0120, 0x0121, 0x0122, 0x0123, 0x0124}
    | {0x0125, 0x0128, 0x0129, 0x013D, 0x013E, 0x013F, 0x0140, 0x0141, 0x0142, 0x0143, 0x0144, 0x0145, 0x014A, 0x014C}
    | {0x0152, 0x0153, 0x0154, 0x0155, 0x015B, 0x0200, 0x0201, 0x0202, 0x0203, 0x0205, 0x0211, 0x0212, 0x0213, 0x0214}
    | {0x02BC, 0x83BB, 0x8649, 0x8773, 0x935C, 0x828D, 0x828E, 0x9216, 0xA005, *range(0xC612, 0xC7FF)}
)


@dataclass(frozen=True)
class Entry:
    """One entry with its value's bytes, in the order of its directory."""

    tag: int
    kind: int
    count: int
    value: bytes
    at: int = field(default=0, compare=False)
    """Where the value lay, 0 where it is a new one."""


@dataclass(frozen=True)
class Tree:
    """The directories of an Exif block."""

    order: Order
    first: tuple[Entry, ...] = ()
    exif: tuple[Entry, ...] = ()
    gps: tuple[Entry, ...] = ()
    interop: tuple[Entry, ...] = field(default=())

    @property
    def empty(self) -> bool:
        """Whether it says nothing."""
        return not (self.first or self.exif or self.gps)

    def ordered(self, order: Order) -> Tree:
        """The same in a byte order."""
        if order == self.order:
            return self
        first, exif, gps, interop = (
            tuple(replace(entry, value=swapped(entry)) for entry in part)
            for part in (self.first, self.exif, self.gps, self.interop)
        )
        return Tree(order, first, exif, gps, interop)


def swapped(entry: Entry) -> bytes:
    """The value in the other byte order."""
    unit = _UNITS.get(entry.kind, 1)
    if unit == 1:
        return entry.value
    return b"".join(entry.value[at : at + unit][::-1] for at in range(0, len(entry.value), unit))


def order_of(data: Data) -> Order | None:
    """Byte order of a TIFF or BigTIFF structure, None when it is none."""
    if len(data) < 8 or data[:2] not in (b"II", b"MM"):
        return None
    return "<" if data[:2] == b"II" else ">"


def is_big(data: Data) -> bool:
    """Whether a TIFF structure is a BigTIFF: wider counts and offsets."""
    return data[2:4] in (b"+\0", b"\0+")


def first_offset(data: Data, order: Order) -> int:
    """Where its first directory lies."""
    return _read(data, order + "Q", 8)[0] if is_big(data) else _read(data, order + "I", 4)[0]


def _read(data: Data, form: str, at: int) -> tuple[int, ...]:
    """Numbers at an offset; zeros behind the end."""
    size = struct.calcsize(form)
    return struct.unpack(form, data[at : at + size].ljust(size, b"\0"))


def directory(data: Data, order: Order, offset: int, *, big: bool = False) -> tuple[tuple[Entry, ...], int]:
    """Entries of the directory at an offset that can be read, and the offset of the next one.

    Args:
        big: in BigTIFF's form.
    """
    letter, room, step, counter = ("Q", 8, 20, 8) if big else ("I", 4, 12, 2)
    if offset < 8 or offset + counter > len(data):
        return (), 0
    count = _read(data, order + ("Q" if big else "H"), offset)[0]
    found: list[Entry] = []
    at = offset + counter
    for _ in range(min(count, MAX_ENTRIES)):
        if at + step > len(data):
            return tuple(found), 0
        tag, kind, number = _read(data, order + "HH" + letter, at)
        size = SIZES.get(kind, 0) * number
        field = at + step - room
        start = field if size <= room else _read(data, order + letter, field)[0]
        if 0 < size <= MAX_VALUE and start + size <= len(data):
            found.append(Entry(tag, kind, number, data[start : start + size], start))
        at += step
    following = _read(data, order + letter, at)[0] if at + room <= len(data) else 0
    return tuple(found), following


def read_tree(data: Data) -> Tree | None:
    """Everything that describes the picture in a TIFF structure (an Exif block, a TIFF, a BigTIFF or a RAW file)."""
    order = order_of(data)
    if order is None:
        return None
    entries, _ = directory(data, order, first_offset(data, order), big=is_big(data))
    first = {entry.tag: entry for entry in entries}
    below = {tag: _below(data, order, first.get(tag)) for tag in (EXIF, GPS)}
    interop = _below(data, order, next((entry for entry in below[EXIF] if entry.tag == INTEROP), None))
    kept = tuple(
        entry
        for tag, entry in sorted(first.items())
        if tag not in STRUCTURE and tag not in _POINTERS and entry.kind not in _WIDE
    )
    exif = tuple(entry for entry in below[EXIF] if entry.tag != INTEROP)
    return Tree(order, kept, exif, below[GPS], interop)


def _below(data: Data, order: Order, pointer: Entry | None) -> tuple[Entry, ...]:
    if pointer is None or pointer.kind not in _DIRECTORY_KINDS or len(pointer.value) < SIZES[pointer.kind]:
        return ()
    at = struct.unpack_from(order + ("Q" if SIZES[pointer.kind] == 8 else "I"), pointer.value)[0]
    return directory(data, order, at, big=is_big(data))[0]


def rationals(tag: int, values: Iterable[tuple[int, int]], order: Order) -> Entry:
    """An entry of fractions."""
    flat = [part for value in values for part in value]
    return Entry(tag, 5, len(flat) // 2, struct.pack(f"{order}{len(flat)}I", *flat))


def number(tag: int, value: int, order: Order, *, short: bool = False) -> Entry:
    """An entry of one whole number."""
    return Entry(tag, 3 if short else 4, 1, struct.pack(order + ("H" if short else "I"), value))


def text(tag: int, words: str) -> Entry:
    """An entry of text (UTF-8, as every reader accepts)."""
    raw = words.encode() + b"\0"
    return Entry(tag, 2, len(raw), raw)


def laid_out(tree: Tree, start: int, *, more: tuple[Entry, ...] = (), following: int = 0, big: bool = False) -> bytes:
    """The directories one after the other as they lie from an offset on; the first comes first.

    Args:
        more: further entries of the first directory.
        following: offset of the directory that comes after the first.
        big: in BigTIFF's form.
    """
    order = tree.order
    parts = {EXIF: tree.exif, GPS: tree.gps}
    first = [*tree.first, *more]
    pointers = [tag for tag, part in parts.items() if part]
    head = _table_size(len(first) + len(pointers), big=big)
    body = bytearray()
    # Values and directories below come behind the first table.
    behind = start + head
    for tag in pointers:
        entries = list(parts[tag])
        if tag == EXIF and tree.interop:
            at = behind + len(body)
            body += _table(sorted(tree.interop, key=_tag), order, at, 0, big=big)
            entries.append(_pointer(INTEROP, at, order, big=big))
        at = behind + len(body)
        body += _table(sorted(entries, key=_tag), order, at, 0, big=big)
        first.append(_pointer(tag, at, order, big=big))
    table = _table(sorted(first, key=_tag), order, start, following, big=big, values_at=behind + len(body))
    return table[:head] + bytes(body) + table[head:]


def _tag(entry: Entry) -> int:
    return entry.tag


def _pointer(tag: int, at: int, order: Order, *, big: bool) -> Entry:
    return Entry(tag, 18, 1, struct.pack(order + "Q", at)) if big else number(tag, at, order)


def _table_size(count: int, *, big: bool) -> int:
    return 8 + 20 * count + 8 if big else 2 + 12 * count + 4


def _table(
    entries: list[Entry], order: Order, start: int, following: int, *, big: bool, values_at: int | None = None
) -> bytes:
    """A directory and its values, which lie behind it or at an offset of their own."""
    room, offset_letter, count_letter = (8, "Q", "Q") if big else (4, "I", "I")
    at = start + _table_size(len(entries), big=big) if values_at is None else values_at
    table = bytearray(struct.pack(order + ("Q" if big else "H"), len(entries)))
    values = bytearray()
    for entry in entries:
        table += struct.pack(order + "HH" + count_letter, entry.tag, entry.kind, entry.count)
        if len(entry.value) <= room:
            table += entry.value.ljust(room, b"\0")
        else:
            place = at + len(values)
            table += struct.pack(order + offset_letter, place)
            value = moved(entry.value, entry.at, place) if entry.tag == MAKER_NOTE and entry.at else entry.value
            values += value + bytes(len(value) % 2)
    return bytes(table) + struct.pack(order + offset_letter, following) + bytes(values)


def exif_block(tree: Tree) -> bytes:
    """The directories as an Exif block."""
    mark = b"II*\0" if tree.order == "<" else b"MM\0*"
    return mark + struct.pack(tree.order + "I", 8) + laid_out(tree, 8)
