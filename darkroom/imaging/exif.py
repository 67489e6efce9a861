"""Reads Exif: every field by its name in the standard, as plain JSON values."""

from __future__ import annotations

import math
from functools import cache

from darkroom.domain.image import MetadataValue
from darkroom.imaging.ifd import TiffReader, Value
from darkroom.imaging.maker_notes import lens_of

_ORIENTATION = 0x0112
_MAKE = 0x010F
_EXIF_IFD = 0x8769
_GPS_IFD = 0x8825
_INTEROP_IFD = 0xA005
# Pointers, pictures inside the metadata, and private blobs say nothing to a person.
_HIDDEN = {_EXIF_IFD, _GPS_IFD, _INTEROP_IFD, 0x014A, 0x0111, 0x0117, 0x0144, 0x0145, 0x0201, 0x0202, 0x02BC, 0x83BB}
_HIDDEN |= {0x8649, 0x8773, 0x927C, 0xC634, 0xEA1C, 0x828E, 0xC4A5, 0x935C, 0x0140, 0x012D}
_XP_TEXT = range(0x9C9B, 0x9CA0)
_VERSIONS = {0x9000, 0xA000, 0x0002}
_USER_COMMENT = 0x9286
_GPS_TEXTS = {0x1B, 0x1C}
_CHARSETS = {b"ASCII\0\0\0": "ascii", b"UNICODE\0": "utf-16", b"JIS\0\0\0\0\0": "iso2022_jp"}
# Names of Exif 3.0 where Pillow has older ones.
_RENAMED = {
    0x8827: "PhotographicSensitivity",
    0xA002: "PixelXDimension",
    0xA003: "PixelYDimension",
    0x8830: "SensitivityType",
    0xA301: "SceneType",
    0x9C9B: "XPTitle",
}


NOTED_LENS = "MakerNoteLens"
"""Field for the lens where none but the note of the camera's maker tells it."""


@cache
def _names() -> tuple[dict[int, str], dict[int, str]]:
    from PIL.ExifTags import GPSTAGS, TAGS

    return {**TAGS, **_RENAMED}, dict(GPSTAGS)


def read_orientation(data: bytes, base: int = 0) -> int:
    """How the picture is to be turned, 1 when that is not said; costs a tenth of reading everything."""
    reader = TiffReader(data, base)
    value = reader.value(reader.first, _ORIENTATION)
    found = value[0] if isinstance(value, tuple) and value else None
    return int(found) if found is not None and found in range(1, 9) else 1


def read_exif(data: bytes, base: int = 0) -> dict[str, MetadataValue]:
    """Exif fields of a TIFF structure, of its first directory and those below it; what cannot be read is left out."""
    reader = TiffReader(data, base)
    if not reader.valid:
        return {}
    names, gps_names = _names()
    first = reader.read(reader.first)
    found = _fields(first.tags, names)
    for pointer, table in ((_EXIF_IFD, names), (_GPS_IFD, gps_names)):
        at = first.number(pointer)
        if at is not None and math.isfinite(at):
            below = reader.read(int(at)).tags
            is_gps = pointer == _GPS_IFD
            found.update(_fields(below, table, gps=is_gps))
            if not is_gps and "LensModel" not in found and (lens := lens_of(reader, int(at), first.text(_MAKE))):
                found[NOTED_LENS] = lens
    return found


def _fields(tags: dict[int, Value], names: dict[int, str], *, gps: bool = False) -> dict[str, MetadataValue]:
    found: dict[str, MetadataValue] = {}
    for tag, value in tags.items():
        name = names.get(tag)
        if name is None or (tag in _HIDDEN and not gps):
            continue
        plain = _gps_value(tag, value) if gps else _value(tag, value)
        if plain is not None and plain != "":
            found[name] = plain
    return found


def _gps_value(tag: int, value: Value) -> MetadataValue | None:
    if isinstance(value, bytes):
        return _charset_text(value) if tag in _GPS_TEXTS else _text(value)
    if tag == 0:
        return ".".join(str(int(part)) for part in value if math.isfinite(part))
    return _numbers(value)


def _value(tag: int, value: Value) -> MetadataValue | None:
    if tag in _XP_TEXT:
        raw = value if isinstance(value, bytes) else bytes(int(part) & 255 for part in value if math.isfinite(part))
        return raw.decode("utf-16-le", "ignore").split("\0", 1)[0].strip()
    if not isinstance(value, bytes):
        return _numbers(value)
    if tag == _USER_COMMENT:
        return _charset_text(value)
    if tag in _VERSIONS:
        return value.decode("ascii", "ignore").strip("\0 ")
    if len(value) <= 4 and not value.strip(b"\0").isalnum():  # FileSource, SceneType, ComponentsConfiguration
        return value[0] if len(value) == 1 else " ".join(str(part) for part in value)
    return _text(value)


def _numbers(value: tuple[int | float, ...]) -> MetadataValue | None:
    finite = [part for part in value if math.isfinite(part)]
    if len(finite) != len(value) or not finite:
        return None
    return finite[0] if len(finite) == 1 else [float(part) for part in finite]


def _text(value: bytes) -> str | None:
    raw = value.split(b"\0", 1)[0].strip()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
    # Undefined binary blobs decode to something, but not to words.
    printable = sum(letter.isprintable() or letter in "\r\n\t" for letter in text)
    return text.strip() if printable == len(text) else None


def _charset_text(value: bytes) -> str | None:
    charset = _CHARSETS.get(value[:8])
    if charset is None:
        return _text(value[8:] if value[:8] == b"\0" * 8 else value)
    return value[8:].decode(charset, "ignore").strip("\0 ")
