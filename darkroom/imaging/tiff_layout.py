"""How the pixels of a TIFF or BigTIFF lie in its file: whether it can be read region by region, and what that takes."""

from __future__ import annotations

import struct

from darkroom.imaging.formats.metadata.entries import (
    Entry,
    Order,
    directory,
    exif_block,
    first_offset,
    is_big,
    order_of,
    read_tree,
)
from darkroom.imaging.source import Data

_COMPRESSION, _ROWS_PER_STRIP, _TILE_HEIGHT = 0x0103, 0x0116, 0x0143
_TILE_PLACES, _TILE_SIZES = 0x0144, 0x0145
_LETTERS = {3: "H", 4: "I", 16: "Q"}
_UNCOMPRESSED = 1
# Strips without compression are read line by line, whatever their height.
_LINES = 128
_MOST_HELD = 256_000_000


def held_bytes(data: Data, width: int, height: int, pixel_bytes: int) -> int | None:
    """Bytes of the tiles or strips that a decoder holds at a time; None where that is too much to speak of regions.

    Args:
        data: the file.
        width: of the first page, in pixels.
        height: of the first page, in pixels.
        pixel_bytes: bytes of a pixel, all channels together.
    """
    tags = {tag: numbers[0] for tag, numbers in _numbers(data).items()}
    if not tags:
        return None
    rows = tags.get(_TILE_HEIGHT) or tags.get(_ROWS_PER_STRIP) or height
    if tags.get(_COMPRESSION, _UNCOMPRESSED) == _UNCOMPRESSED and _TILE_HEIGHT not in tags:
        rows = min(rows, _LINES)
    held = width * min(rows, height) * pixel_bytes
    return held if held <= _MOST_HELD else None


def lacks_tiles(data: Data) -> bool:
    """Whether tiles of the first page lie behind the file's end; libvips would show them black, and say nothing."""
    tags = _numbers(data)
    places, sizes = tags.get(_TILE_PLACES, ()), tags.get(_TILE_SIZES, ())
    return any(place + size > len(data) for place, size in zip(places, sizes, strict=False))


def exif_of(data: Data) -> bytes:
    """What describes the picture in a TIFF or BigTIFF, as a small block of its own."""
    tree = read_tree(data)
    return b"" if tree is None or tree.empty else exif_block(tree)


def _numbers(data: Data) -> dict[int, tuple[int, ...]]:
    """The whole numbers of the first directory, by tag."""
    order = order_of(data)
    if order is None:
        return {}
    entries, _ = directory(data, order, first_offset(data, order), big=is_big(data))
    return {one.tag: _unpacked(one, order) for one in entries if one.kind in _LETTERS and one.value}


def _unpacked(entry: Entry, order: Order) -> tuple[int, ...]:
    return struct.unpack(f"{order}{entry.count}{_LETTERS[entry.kind]}", entry.value)
