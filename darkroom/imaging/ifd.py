"""Reads TIFF image file directories: the structure of Exif, of TIFF and of most RAW formats.

Never raises on bad input and never reads more than a bounded number of entries: what cannot be read is left out.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias

MAX_ENTRIES = 512
MAX_DIRECTORIES = 64
MAX_VALUES = 512
MAX_TEXT = 65_536

SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
"""Bytes of a value, by its kind."""
_LETTERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d", 13: "I"}
_BYTES_TYPES = (2, 7)
_ORDERS = {b"II": "<", b"MM": ">"}
_SUB_IFDS = 0x014A
# Panasonic and Olympus put their own magic numbers where TIFF has 42.
_MAGICS = (42, 0x55, 0x4F52, 0x5352)

Value: TypeAlias = bytes | tuple[int | float, ...]


class Sliced(Protocol):
    """Bytes, or something that reads like them."""

    def __len__(self) -> int: ...

    def __getitem__(self, part: slice, /) -> bytes | memoryview: ...


@dataclass(frozen=True)
class Ifd:
    """One directory: raw values by tag; text and undefined as bytes, numbers as tuples."""

    tags: dict[int, Value]
    next: int

    def number(self, tag: int) -> float | None:
        """First number of a tag."""
        value = self.tags.get(tag)
        return value[0] if isinstance(value, tuple) and value else None

    def text(self, tag: int) -> str:
        """Text of a tag, or nothing."""
        value = self.tags.get(tag)
        return value.split(b"\0", 1)[0].decode("utf-8", "replace").strip() if isinstance(value, bytes) else ""


class TiffReader:
    """Directories of a TIFF structure in memory.

    Args:
        data: bytes that begin with the TIFF header, or hold it at `base`.
    """

    def __init__(self, data: Sliced, base: int = 0) -> None:
        self._data: Sliced = memoryview(data)[base:] if isinstance(data, bytes | memoryview) else data
        mark = bytes(self._data[:2])
        self._order = _ORDERS.get(mark, "")
        self.valid = bool(self._order) and len(self._data) >= 8 and self._unpack("H", 2)[0] in _MAGICS

    def below(self, base: int, mark: bytes) -> TiffReader:
        """A reader of what lies behind `base`, where offsets count from there and no header says so.

        Args:
            base: where it begins.
            mark: `II` or `MM`: the order of its bytes.
        """
        found = TiffReader(self._data[base:])
        found._order = _ORDERS.get(mark, "")
        found.valid = bool(found._order) and len(found._data) >= 8
        return found

    def bytes_at(self, offset: int, size: int) -> bytes:
        """So many bytes, fewer at the end."""
        return bytes(self._data[offset : offset + size])

    def place(self, offset: int, tag: int) -> tuple[int, int]:
        """Where the value of a tag lies in the directory at an offset, and its bytes; (0, 0) where there is none."""
        for found, kind, number, field in self._entries(offset):
            if found == tag:
                size = SIZES.get(kind, 0) * number
                at = field if size <= 4 else int(self._unpack("I", field)[0])
                return (at, size) if size and at + size <= len(self._data) else (0, 0)
        return 0, 0

    def value(self, offset: int, tag: int) -> Value | None:
        """The value of one tag in the directory at an offset: costs a part of reading all of them."""
        for found, kind, number, field in self._entries(offset):
            if found == tag and (value := self._value(kind, number, field)) is not None:
                return value
        return None

    def _count(self, offset: int) -> int | None:
        """How many entries the directory at an offset says it has; None when there is none."""
        there = self.valid and 8 <= offset <= len(self._data) - 2
        return int(self._unpack("H", offset)[0]) if there else None

    def _entries(self, offset: int) -> Iterator[tuple[int, int, int, int]]:
        """Tag, kind, number of values and place of its field, of each entry of the directory at an offset that is whole."""
        for entry in range(min(self._count(offset) or 0, MAX_ENTRIES)):
            position = offset + 2 + 12 * entry
            if position + 12 > len(self._data):
                return
            tag, kind, number = self._unpack("HHI", position)
            yield int(tag), int(kind), int(number), position + 8

    def _unpack(self, letters: str, offset: int) -> tuple[int | float, ...]:
        form = self._order + letters
        return struct.unpack(form, self._data[offset : offset + struct.calcsize(form)])

    @property
    def first(self) -> int:
        """Offset of the first directory."""
        return int(self._unpack("I", 4)[0]) if self.valid else 0

    def read(self, offset: int) -> Ifd:
        """The directory at an offset; an empty one when there is none."""
        count = self._count(offset)
        if count is None:
            return Ifd({}, 0)
        tags: dict[int, Value] = {}
        for tag, kind, number, field in self._entries(offset):
            value = self._value(kind, number, field)
            if value is not None:
                tags.setdefault(tag, value)
        following = offset + 2 + count * 12
        has_next = following + 4 <= len(self._data)
        return Ifd(tags, int(self._unpack("I", following)[0]) if has_next else 0)

    def _value(self, kind: int, number: int, field: int) -> Value | None:
        size = SIZES.get(kind)
        if size is None or number == 0:
            return None
        offset = field if size * number <= 4 else int(self._unpack("I", field)[0])
        if offset + min(size * number, MAX_TEXT) > len(self._data):
            return None
        if kind in _BYTES_TYPES:
            return bytes(self._data[offset : offset + min(number, MAX_TEXT)])
        number = min(number, MAX_VALUES)
        if offset + size * number > len(self._data):
            return None
        if kind in (5, 10):
            parts = self._unpack(("II" if kind == 5 else "ii") * number, offset)
            # A zero denominator means "unknown" in Exif: such values are left out by the caller as not finite.
            return tuple(parts[i] / parts[i + 1] if parts[i + 1] else float("nan") for i in range(0, len(parts), 2))
        return self._unpack(_LETTERS[kind] * number, offset)

    def chain(self) -> Iterator[Ifd]:
        """The directories of the main chain and their sub-directories, each once."""
        seen: set[int] = set()
        waiting = [self.first]
        while waiting and len(seen) < MAX_DIRECTORIES:
            offset = waiting.pop(0)
            if offset in seen:
                continue
            seen.add(offset)
            found = self.read(offset)
            if not found.tags:
                continue
            yield found
            below = found.tags.get(_SUB_IFDS)
            if isinstance(below, tuple):
                waiting.extend(value for value in below if isinstance(value, int))
            waiting.append(found.next)
