"""Corrects an Exif block in place: every other byte stays where it is, so maker notes keep what they point to."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from darkroom.domain.located import Location
from darkroom.imaging.formats.metadata.entries import (
    EXIF,
    GPS,
    SIZES,
    Entry,
    Order,
    Tree,
    directory,
    exif_block,
    number,
    order_of,
    rationals,
    read_tree,
    text,
)

ORIENTATION, WIDTH, HEIGHT = 0x0112, 0x0100, 0x0101
PIXELS_X, PIXELS_Y = 0xA002, 0xA003
ARTIST, COPYRIGHT, DESCRIPTION = 0x013B, 0x8298, 0x010E
_CREDITS = (ARTIST, COPYRIGHT)
# Windows keeps its own copies of title, comment, author, keywords and subject.
WORDS = (DESCRIPTION, ARTIST, COPYRIGHT, *range(0x9C9B, 0x9CA0))
"""What people say of a picture in an Exif block."""
_MOMENTS = (0x9003, 0x9004)
_OFFSET, _FRACTION = 0x9011, 0x9291
_OF_A_SECOND = 10_000_000
"""Parts of a second of an arc: three micrometres on the ground."""
# The moments, their offsets from UTC, and fractions of their seconds.
_TIMES = (*_MOMENTS, 0x9011, 0x9012, 0x9291, 0x9292)
_THUMBNAIL_START, _THUMBNAIL_BYTES = 0x0201, 0x0202
# Strips, tiles and directories below: no Exif block has them in its first directory.
_PIXELS = (0x0111, 0x0144, 0x014A)
_LARGEST_BLOCK = 16_000_000


def corrected(block: bytes, width: int, height: int, *, gps: bool) -> bytes:
    """The block for upright pixels of that size, without its thumbnail and, unless `gps`, without a position."""
    order = order_of(block)
    if order is None:
        return b""
    data = bytearray(block)
    first = struct.unpack_from(order + "I", data, 4)[0]
    places = _places(data, order, first)
    for tag, value in ((ORIENTATION, 1), (WIDTH, width), (HEIGHT, height)):
        _set(data, order, places.get(tag), value)
    if EXIF in places:
        below = _places(data, order, struct.unpack_from(order + "I", data, places[EXIF] + 8)[0])
        _set(data, order, below.get(PIXELS_X), width)
        _set(data, order, below.get(PIXELS_Y), height)
    if not gps and GPS in places:
        _erase(data, order, struct.unpack_from(order + "I", data, places[GPS] + 8)[0])
        _remove(data, order, first, places[GPS])
    return _without_thumbnail(data, order, first)


def _places(data: bytearray, order: Order, offset: int, end: int | None = None) -> dict[int, int]:
    """Where each entry of a directory lies; of one that is cut off, those before the end."""
    end = len(data) if end is None else end
    if offset < 8 or offset + 2 > end:
        return {}
    count = struct.unpack_from(order + "H", data, offset)[0]
    found: dict[int, int] = {}
    for at in range(offset + 2, min(offset + 2 + 12 * count, end - 11), 12):
        found.setdefault(struct.unpack_from(order + "H", data, at)[0], at)
    return found


def _set(data: bytearray, order: Order, place: int | None, value: int) -> None:
    """Put a number into an entry that is there."""
    if place is None:
        return
    kind = struct.unpack_from(order + "H", data, place + 2)[0]
    if kind == 3 and value > 0xFFFF:  # the number has outgrown its type, and there is room for the larger one
        struct.pack_into(order + "H", data, place + 2, kind := 4)
    if kind in (3, 4):
        struct.pack_into(order + "4x", data, place + 8)
        struct.pack_into(order + ("H" if kind == 3 else "I"), data, place + 8, value)


def _erase(data: bytearray, order: Order, offset: int) -> None:
    """Overwrite a directory and its values."""
    places = _places(data, order, offset)
    for at in places.values():
        _erase_value(data, order, at)
        data[at : at + 12] = bytes(12)
    if places:
        data[offset : offset + 2] = bytes(2)


def _erase_value(data: bytearray, order: Order, place: int) -> None:
    """Overwrite what an entry points to."""
    _, kind, count = struct.unpack_from(order + "HHI", data, place)
    size = SIZES.get(kind, 0) * count
    if size > 4:
        start = struct.unpack_from(order + "I", data, place + 8)[0]
        if start + size <= len(data):
            data[start : start + size] = bytes(size)


def _remove(data: bytearray, order: Order, directory: int, place: int) -> None:
    """Take an entry out of a directory; those behind it move up."""
    count = struct.unpack_from(order + "H", data, directory)[0]
    end = directory + 2 + 12 * count + 4
    if end > len(data):
        data[place : place + 12] = bytes(12)
        return
    data[place : end - 12] = data[place + 12 : end]
    data[end - 12 : end] = bytes(12)
    struct.pack_into(order + "H", data, directory, count - 1)


def without(block: bytes, tags: Iterable[int]) -> bytes:
    """The block without some entries of its first directory; everything else stays where it is."""
    order = order_of(block)
    if order is None:
        return block
    data, first = bytearray(block), struct.unpack_from(order + "I", block, 4)[0]
    for tag in tags:
        place = _places(data, order, first).get(tag)
        if place is not None:
            _erase_value(data, order, place)
            _remove(data, order, first, place)
    return bytes(data)


def timed(block: bytes, moment: datetime | None) -> bytes:
    """The block with another time at which the picture was taken, or none; everything else stays where it is."""
    order = order_of(block)
    if order is None:
        return block
    data, first = bytearray(block), struct.unpack_from(order + "I", block, 4)[0]
    pointer = _places(data, order, first).get(EXIF)
    if pointer is None:
        return block
    below = struct.unpack_from(order + "I", data, pointer + 8)[0]
    told = moment.strftime("%Y:%m:%d %H:%M:%S").encode() + b"\0" if moment else b""
    for tag in _TIMES:
        place = _places(data, order, below).get(tag)
        if place is None:
            continue
        kind, count, start = struct.unpack_from(order + "HII", data, place + 2)
        if tag in _MOMENTS and told and (kind, count) == (2, len(told)) and start + count <= len(data):
            data[start : start + count] = told
            continue
        _erase_value(data, order, place)
        _remove(data, order, below, place)
    return bytes(data)


def told(block: bytes, moment: datetime | None, location: Location | None, *, zoned: bool = False) -> bytes:
    """The block with when and where the picture was taken, as far as they are not in it yet; a new one where there was none.

    What was there stays where it is, so that maker notes keep what they point to: directories that grow come behind it.

    Args:
        block: the block.
        moment: when, in UTC; None leaves what it says.
        location: where; None leaves what it says.
        zoned: whether the time is to be told as UTC, rather than as one without an offset.
    """
    order = order_of(block) or "<"
    exif, gps = _moment_entries(moment, zoned=zoned), _place_entries(location, order) if location else ()
    if not (exif or gps):
        return block
    if order_of(block) is None:
        return exif_block(Tree(order, exif=exif, gps=gps))
    data = bytearray(block + bytes(len(block) % 2))
    pointers, end = {}, len(data)
    if exif:
        first = struct.unpack_from(order + "I", data, 4)[0]
        place = _places(data, order, first).get(EXIF)
        below = struct.unpack_from(order + "I", data, place + 8)[0] if place is not None else 0
        pointers[EXIF] = _grown(data, order, below, end, exif)
    if gps:
        pointers[GPS] = _grown(data, order, 0, end, gps)
    first = _grown(
        data,
        order,
        struct.unpack_from(order + "I", data, 4)[0],
        end,
        tuple(number(tag, at, order) for tag, at in pointers.items()),
    )
    struct.pack_into(order + "I", data, 4, first)
    return bytes(data)


def _grown(data: bytearray, order: Order, offset: int, end: int, more: tuple[Entry, ...]) -> int:
    """Where a directory lies once it has further entries, in place of those with the same tags: behind all others.

    Args:
        end: of the block as it came. A directory that is cut off there does not go on in what was added.
    """
    places = _places(data, order, offset, end)
    rows = {tag: bytes(data[at : at + 12]) for tag, at in places.items()}
    following = b""
    if places:
        behind = offset + 2 + 12 * struct.unpack_from(order + "H", data, offset)[0]
        following = bytes(data[behind : min(behind + 4, end)])
        data[offset : offset + 2] = bytes(2)
        for at in places.values():
            data[at : at + 12] = bytes(12)
    for entry in more:
        field = entry.value.ljust(4, b"\0")
        if len(entry.value) > 4:
            field = struct.pack(order + "I", len(data))
            data += entry.value + bytes(len(entry.value) % 2)
        rows[entry.tag] = struct.pack(order + "HHI", entry.tag, entry.kind, entry.count) + field
    at = len(data)
    data += (
        struct.pack(order + "H", len(rows)) + b"".join(rows[tag] for tag in sorted(rows)) + following.ljust(4, b"\0")
    )
    data += bytes(len(data) % 2)
    return at


def _moment_entries(moment: datetime | None, *, zoned: bool) -> tuple[Entry, ...]:
    if moment is None:
        return ()
    found = [text(_MOMENTS[0], moment.strftime("%Y:%m:%d %H:%M:%S"))]
    if zoned:
        found.append(text(_OFFSET, "+00:00"))
    if millis := moment.microsecond // 1000:
        found.append(text(_FRACTION, f"{millis:03}"))
    return tuple(found)


def _place_entries(location: Location, order: Order) -> tuple[Entry, ...]:
    found = [Entry(0, 1, 4, bytes((2, 3, 0, 0)))]
    for tag, value, signs in ((1, location.latitude, "NS"), (3, location.longitude, "EW")):
        parts = round(abs(value) * 3600 * _OF_A_SECOND)
        whole, rest = divmod(parts, 3600 * _OF_A_SECOND)
        minutes, seconds = divmod(rest, 60 * _OF_A_SECOND)
        found.append(text(tag, signs[value < 0]))
        found.append(rationals(tag + 1, ((whole, 1), (minutes, 1), (seconds, _OF_A_SECOND)), order))
    if (height := location.altitude) is not None:
        found.append(Entry(5, 1, 1, bytes((height < 0,))))
        found.append(rationals(6, ((min(round(abs(height) * 100), 2**32 - 1), 100),), order))
    return tuple(found)


def _without_thumbnail(data: bytearray, order: Order, first: int) -> bytes:
    """The second directory shows what the picture was: it goes, and its bytes with it if they lie at the end."""
    count = struct.unpack_from(order + "H", data, first)[0] if first + 2 <= len(data) else 0
    at = first + 2 + 12 * count
    if at + 4 > len(data):
        return bytes(data)
    second = struct.unpack_from(order + "I", data, at)[0]
    struct.pack_into(order + "I", data, at, 0)
    places = _places(data, order, second)
    if _THUMBNAIL_START not in places or _THUMBNAIL_BYTES not in places:
        return bytes(data)
    start = struct.unpack_from(order + "I", data, places[_THUMBNAIL_START] + 8)[0]
    size = struct.unpack_from(order + "I", data, places[_THUMBNAIL_BYTES] + 8)[0]
    if not 8 <= start < len(data):
        return bytes(data)
    data[start : start + size] = bytes(min(size, len(data) - start))
    return bytes(data[:start]) if start + size >= len(data) - 8 else bytes(data)


def holds_pixels(block: bytes) -> bool:
    """Whether this is a TIFF or RAW file rather than an Exif block."""
    order = order_of(block)
    if order is None:
        return False
    first = struct.unpack_from(order + "I", block, 4)[0]
    return len(block) > _LARGEST_BLOCK or any(entry.tag in _PIXELS for entry in directory(block, order, first)[0])


def rebuilt(block: bytes, width: int, height: int, *, gps: bool, below: bytes = b"") -> bytes:
    """An Exif block made of the directories of a TIFF or RAW file, which hold their pixels as well.

    Args:
        below: a TIFF structure whose first directory is the one with the settings of the camera (as CR3 has it).
    """
    tree = read_tree(block)
    if tree is None or tree.empty:
        return b""
    order = order_of(below)
    if order is not None and not tree.exif:
        settings, _ = directory(below, order, struct.unpack_from(order + "I", below, 4)[0])
        tree = replace(tree, exif=Tree(order, exif=settings).ordered(tree.order).exif)
    sized = tuple(entry for entry in tree.exif if entry.tag not in (PIXELS_X, PIXELS_Y))
    sized += (number(PIXELS_X, width, tree.order), number(PIXELS_Y, height, tree.order))
    made = Tree(tree.order, tree.first, sized, tree.gps if gps else (), tree.interop)
    return exif_block(made)


def credits_only(block: bytes) -> bytes:
    """A block that names the author and the copyright, and nothing else."""
    tree = read_tree(block)
    kept = tuple(entry for entry in tree.first if entry.tag in _CREDITS) if tree else ()
    return exif_block(Tree(tree.order, kept)) if tree and kept else b""


def described(fields: dict[int, str]) -> bytes:
    """A new block of texts, for pictures that had none."""
    return exif_block(Tree("<", tuple(text(tag, words) for tag, words in sorted(fields.items()))))
