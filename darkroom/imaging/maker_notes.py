"""The lens, where a camera tells it in its maker's note alone: older Canon, Nikon, Sony, Olympus, Panasonic and Fujifilm.

Notes are read for a name or for the figures on the lens, never for numbers that only a maker's list explains: those are shared by
lenses of several makers. Where everything lies is described by ExifTool (exiftool.org/TagNames). Nikon's own list of lens numbers is
encrypted and not read. Nothing is ever raised: what cannot be read is no lens.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from darkroom.imaging.ifd import Ifd, TiffReader, Value

_MAKER_NOTE = 0x927C
_LONGEST = 120

_CANON_SETTINGS, _CANON_LENS = 0x0001, 0x0095
_CANON_LONGEST, _CANON_SHORTEST, _CANON_UNIT = 23, 24, 25
_NIKON_KIND, _NIKON_LENS = 0x0083, 0x0084
_SONY_SPECIFICATION = 0xB02A
_OLYMPUS_EQUIPMENT, _OLYMPUS_LENS = 0x2010, 0x0203
_PANASONIC_LENS = 0x0051
_FUJI_LENS = (0x1404, 0x1405, 0x1406, 0x1407)

_SONY_BEFORE = ((0x4000, {0x4000: "PZ"}), (0x0300, {0x0100: "DT", 0x0200: "FE", 0x0300: "E"}))
_SONY_BEHIND = (
    (0x00E0, {0x0020: "STF", 0x0040: "Reflex", 0x0060: "Macro", 0x0080: "Fisheye"}),
    (0x000C, {0x0004: "ZA", 0x0008: "G"}),
    (0x0003, {0x0001: "SSM", 0x0002: "SAM"}),
    (0x8000, {0x8000: "OSS"}),
    (0x2000, {0x2000: "LE"}),
    (0x0800, {0x0800: "II"}),
)
"""Bits of the first and the last byte of Sony's description, and what stands on the lens for them."""


def lens_of(reader: TiffReader, directory: int, make: str) -> str:
    """The lens that the maker's note of an Exif directory names, or nothing.

    Args:
        reader: of the TIFF structure.
        directory: where its Exif directory lies.
        make: who made the camera.
    """
    at, size = reader.place(directory, _MAKER_NOTE)
    if size < 12:
        return ""
    head = reader.bytes_at(at, 16)
    way = next((way for mark, way in _WAYS if head.startswith(mark)), None)
    if way is None:
        # These two begin without a mark.
        way = {"canon": _canon, "nikon": _nikon_plain, "sony": _sony_plain}.get(make.split(" ", maxsplit=1)[0].lower())
    return _tidy(way(reader, at)) if way else ""


def _canon(reader: TiffReader, at: int) -> str:
    note = reader.read(at)
    if name := _tidy(note.text(_CANON_LENS)):
        return name
    settings = _numbers(note, _CANON_SETTINGS)
    # They begin with their own size; elsewhere the offsets of an edited file lead.
    if len(settings) <= _CANON_UNIT or settings[0] != 2 * len(settings):
        return ""
    unit = settings[_CANON_UNIT] or 1
    return _figures(settings[_CANON_SHORTEST] / unit, settings[_CANON_LONGEST] / unit)


def _nikon(reader: TiffReader, at: int) -> str:
    below = TiffReader(reader.bytes_at(at + 10, _MOST_OF_A_NOTE))
    return _nikon_lens(below.read(below.first))


def _nikon_plain(reader: TiffReader, at: int) -> str:
    return _nikon_lens(reader.read(at))


def _nikon_lens(note: Ifd) -> str:
    lens = _numbers(note, _NIKON_LENS)
    return (
        " ".join(filter(None, (_figures(*lens), *_nikon_letters(note)))) if len(lens) == 4 and _figures(*lens) else ""
    )


def _nikon_letters(note: Ifd) -> Iterator[str]:
    """What stands behind the figures: bits of old, for new lenses only where they mean the same."""
    value = note.tags.get(_NIKON_KIND)
    kind = int(value[0]) if value and not math.isnan(value[0]) else 0
    if kind & 0x40:
        yield "E"
    elif kind & 0x04:
        yield "G"
    elif kind & 0x02:
        yield "D"
    if kind & 0x08:
        yield "VR"


def _sony(reader: TiffReader, at: int) -> str:
    return _sony_plain(reader, at + 12)


def _sony_plain(reader: TiffReader, at: int) -> str:
    value = reader.read(at).tags.get(_SONY_SPECIFICATION)
    said = bytes(int(one) & 255 for one in value) if value and len(value) == 8 else b""
    digits = said[1:7].hex()
    if not digits.isdecimal():
        return ""
    figures = _figures(int(digits[:4]), int(digits[4:8]), int(digits[8:10]) / 10, int(digits[10:12]) / 10, mark="F")
    bits = (said[0] << 8) | said[7]
    before = [names[bits & mask] for mask, names in _SONY_BEFORE if bits & mask in names]
    behind = [names[bits & mask] for mask, names in _SONY_BEHIND if bits & mask in names]
    return " ".join((*reversed(before), figures, *behind)) if figures else ""


def _olympus(reader: TiffReader, at: int) -> str:
    return _olympus_lens(reader.below(at, reader.bytes_at(at + 8, 2)), 12)


def _om_system(reader: TiffReader, at: int) -> str:
    return _olympus_lens(reader.below(at, reader.bytes_at(at + 12, 2)), 16)


def _olympus_old(reader: TiffReader, at: int) -> str:
    return _olympus_lens(reader, at + 8)


def _olympus_lens(reader: TiffReader, at: int) -> str:
    # Its directory is a value of one byte each in old notes, an offset in newer ones.
    place, size = reader.place(at, _OLYMPUS_EQUIPMENT)
    equipment = place if size > 4 else int(reader.read(at).number(_OLYMPUS_EQUIPMENT) or 0)
    return reader.read(equipment).text(_OLYMPUS_LENS)


def _panasonic(reader: TiffReader, at: int) -> str:
    return reader.read(at + 12).text(_PANASONIC_LENS)


def _fuji(reader: TiffReader, at: int) -> str:
    note = reader.below(at, b"II")
    note_at = int.from_bytes(reader.bytes_at(at + 8, 4), "little")
    values = note.read(note_at)
    found = [values.number(tag) for tag in _FUJI_LENS]
    return _figures(*(one if one is not None else 0 for one in found))


_MOST_OF_A_NOTE = 1_000_000
_WAYS: tuple[tuple[bytes, Callable[[TiffReader, int], str]], ...] = (
    (b"Nikon\0\x02", _nikon), (b"SONY DSC \0", _sony), (b"SONY CAM \0", _sony), (b"SONY MOBILE\0", _sony),
    (b"OLYMPUS\0", _olympus), (b"OM SYSTEM\0", _om_system), (b"OLYMP\0", _olympus_old), (b"Panasonic\0", _panasonic),
    (b"FUJIFILM", _fuji),
)  # fmt: skip
"""How a note begins -> how the lens is read of it."""


def _numbers(note: Ifd, tag: int) -> tuple[int | float, ...]:
    value: Value = note.tags.get(tag, ())
    return () if isinstance(value, bytes) or not all(map(math.isfinite, value)) else value


def _figures(shortest: float, longest: float, widest: float = 0, tele: float = 0, *, mark: str = "f/") -> str:
    """Focal lengths and apertures as they stand on a lens: `18-55mm f/3.5-5.6`; nothing where they are none."""
    if not all(map(math.isfinite, (shortest, longest, widest, tele))) or not 0 < shortest < 5000 or longest > 5000:
        return ""
    if longest and longest < shortest:
        return ""
    focal = "-".join(dict.fromkeys(map(_tenths, (shortest, longest or shortest))))
    if not 0 < widest < 100:
        return f"{focal}mm"
    aperture = "-".join(dict.fromkeys(map(_tenths, (widest, tele if widest < tele < 100 else widest))))
    return f"{focal}mm {mark}{aperture}"


def _tenths(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _tidy(text: str) -> str:
    """One line of printable characters, nothing where no letter or digit is in it."""
    found = " ".join("".join(one for one in text if one.isprintable()).split())[:_LONGEST]
    return found if any(map(str.isalnum, found)) else ""
