"""What the structure of a RAW file says without LibRaw: the camera's own pictures, how deep it is, whether it is whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from darkroom.imaging.ifd import Ifd, TiffReader
from darkroom.imaging.isobmff import boxes
from darkroom.imaging.sniff import Kind

_BITS, _COMPRESSION, _PHOTOMETRIC = 258, 259, 262
_STRIPS = ((273, 279), (324, 325))
_JPEG_AT, _JPEG_BYTES = 513, 514
_WHITE_LEVEL, _PREVIEW_SPACE = 50717, 50970
_PANASONIC_BITS = 10
_JPEG_COMPRESSIONS = (6, 7)
_SENSOR = (32803, 34892)
_SPACES = {3: "adobe", 4: "prophoto"}
_EXIF_IFD, _INTEROP_IFD, _COLOUR_SPACE, _INTEROP_INDEX = 0x8769, 0xA005, 0xA001, 1
_USUAL_BITS = 14
# Some makers count a few bytes too many; a file that was cut lacks more than that.
_LACKING = 0.05
# Nobody writes fewer than one byte for so many values, but those who deflate.
_FEWEST = 64
_DENSE = (8, 32946, 50002, 52546)


@dataclass(frozen=True)
class Embedded:
    """A JPEG within a RAW file."""

    start: int
    size: int
    space: str = ""
    """Colour space where the file names one that is not sRGB: `adobe` or `prophoto`."""


def embedded_jpegs(data: bytes, kind: Kind) -> list[Embedded]:
    """Every JPEG that the structure names, the longest first; LibRaw knows further ones, in maker notes."""
    if kind.format == "raf":
        found = [Embedded(*_fuji(data, 84))]
    else:
        reader = TiffReader(data)
        found = [one for ifd in (reader.chain() if reader.valid else ()) for one in _jpegs_of(ifd)]
    whole = {
        one.start: one
        for one in found
        if one.size > 4 and one.start + one.size <= len(data) and data[one.start : one.start + 3] == b"\xff\xd8\xff"
    }
    return sorted(whole.values(), key=lambda one: -one.size)


def _jpegs_of(ifd: Ifd) -> Iterator[Embedded]:
    space = _SPACES.get(int(ifd.number(_PREVIEW_SPACE) or 0), "")
    at, size = ifd.number(_JPEG_AT), ifd.number(_JPEG_BYTES)
    if at and size:
        yield Embedded(int(at), int(size), space)
    if ifd.number(_COMPRESSION) in _JPEG_COMPRESSIONS and ifd.number(_PHOTOMETRIC) not in _SENSOR:
        strips = _strips_of(ifd)
        if len(strips) == 1:
            yield Embedded(*strips[0], space)


def _strips_of(ifd: Ifd) -> list[tuple[int, int]]:
    for places, sizes in _STRIPS:
        starts, counts = ifd.tags.get(places), ifd.tags.get(sizes)
        if isinstance(starts, tuple) and isinstance(counts, tuple):
            return [(int(start), int(count)) for start, count in zip(starts, counts, strict=False)]
    return []


def _fuji(data: bytes, at: int) -> tuple[int, int]:
    """Place and length as Fujifilm writes them."""
    return int.from_bytes(data[at : at + 4], "big"), int.from_bytes(data[at + 4 : at + 8], "big")


def depth_of(data: bytes, kind: Kind) -> int:
    """Bits of the sensor's values; where the structure does not tell, what most cameras have."""
    reader = TiffReader(data)
    found = 0
    for ifd in reader.chain() if reader.valid else ():
        if (white := ifd.number(_WHITE_LEVEL)) and white < 2**24:  # beyond, it is a float file
            return min(max(int(white).bit_length(), 8), 16)
        sensor = ifd.number(_PHOTOMETRIC) in _SENSOR or kind.format == "rw2"
        bits = ifd.number(_PANASONIC_BITS if kind.format == "rw2" else _BITS)
        found = max(found, int(bits)) if sensor and bits else found
    return found if 10 <= found <= 16 else _USUAL_BITS


def is_cut(data: bytes, kind: Kind, pixels: int) -> bool | None:
    """Whether the sensor's values are not all there; None where only decoding them tells.

    Args:
        data: the file.
        kind: what it is.
        pixels: of the sensor.
    """
    if kind.format == "cr3":
        return max((stop for _, _, stop in boxes(data, 0, len(data))), default=0) < len(data)
    strips, dense = _sensor_strips(data, kind)
    if not strips:
        return None
    wanted = sum(size for _, size in strips)
    lacking = sum(min(size, max(0, start + size - len(data))) for start, size in strips)
    return lacking > _LACKING * wanted or (not dense and wanted * _FEWEST < pixels)


def _sensor_strips(data: bytes, kind: Kind) -> tuple[list[tuple[int, int]], bool]:
    """Where the values lie, and whether they are packed by a method that can make next to nothing of them."""
    if kind.format == "raf":
        return [_fuji(data, 100)], False
    reader = TiffReader(data)
    found = [(_strips_of(ifd), ifd.number(_COMPRESSION) in _DENSE) for ifd in (reader.chain() if reader.valid else ())]
    return max(found, key=lambda one: sum(size for _, size in one[0]), default=([], False))


def told_space(exif: bytes) -> str:
    """Colour space of pictures without a profile, as Exif tells it: `adobe`, or nothing for sRGB and what is not said."""
    reader = TiffReader(exif, 6 if exif[:5] == b"Exif\0" else 0)
    below = reader.read(int(reader.read(reader.first).number(_EXIF_IFD) or 0)) if reader.valid else Ifd({}, 0)
    interop = reader.read(int(below.number(_INTEROP_IFD) or 0)) if below.tags else below
    return "adobe" if below.number(_COLOUR_SPACE) == 2 or interop.text(_INTEROP_INDEX) == "R03" else ""
