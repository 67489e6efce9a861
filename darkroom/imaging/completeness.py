"""Tells a file that was cut from one that is damaged: the structure says how long it should be."""

from __future__ import annotations

from collections.abc import Callable

from darkroom.imaging.ifd import TiffReader
from darkroom.imaging.isobmff import boxes
from darkroom.imaging.source import Data, FileBytes


def _webp_is_cut(data: bytes) -> bool:
    return int.from_bytes(data[4:8], "little") + 8 > len(data)


def _png_is_cut(data: bytes) -> bool:
    return b"IEND" not in data[-4096:]


def _gif_is_cut(data: bytes) -> bool:
    return b";" not in data[-64:]


def _tiff_is_cut(data: Data) -> bool:
    reader = TiffReader(data)
    return reader.valid and reader.first >= len(data) - 2


def _box_file_is_cut(data: bytes) -> bool:
    end = max((stop for _, _, stop in boxes(data, 0, len(data))), default=0)
    return end < len(data)


_CHECKS: dict[str, Callable[[bytes], bool]] = {
    "webp": _webp_is_cut,
    "png": _png_is_cut,
    "gif": _gif_is_cut,
    "tiff": _tiff_is_cut,
    "avif": _box_file_is_cut,
    "heic": _box_file_is_cut,
    "heif": _box_file_is_cut,
}


def is_cut(data: Data, format_: str) -> bool:
    """Whether the file ends before its own structure does; asked only of files that could not be decoded."""
    if isinstance(data, FileBytes):  # only a TIFF is one
        return _tiff_is_cut(data)
    check = _CHECKS.get(format_)
    return check is not None and check(data)
