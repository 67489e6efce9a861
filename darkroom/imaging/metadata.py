"""Brings what Exif, IPTC and XMP say of a picture into one form: all fields by name, and how it was taken."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from darkroom.domain.image import Capture, Metadata, MetadataValue
from darkroom.domain.located import Location
from darkroom.imaging.exif import NOTED_LENS, read_exif
from darkroom.imaging.iptc import read_iptc
from darkroom.imaging.xmp import read_xmp

_DATE = re.compile(
    r"^(\d{4})[:/.-](\d{1,2})[:/.-](\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6}))?)?)?\s*(Z|[+-]\d{2}:?\d{2})?"
)
_OFFSET = re.compile(r"^([+-])(\d{2}):?(\d{2})$")
_COMPANY = re.compile(
    r"[\s,]+(corporation|corp\.?|company|co\.?,?\s*ltd\.?|ltd\.?|inc\.?|imaging|optical|electronics|technologies|ag)(?=[\s,.]|$)",
    re.IGNORECASE,
)
# All fields together: far more than any camera writes, and far less than the 16 MB of a document in MongoDB.
MAX_BYTES = 1_000_000
_XMP_DEGREES = re.compile(r"^\s*(\d{1,3}),(\d{1,2}(?:\.\d+)?)(?:,(\d{1,2}(?:\.\d+)?))?\s*([NSEWnsew])\s*$")
_NUMBER = re.compile(r"^\s*(-?\d+(?:\.\d+)?)(?:\s*/\s*(\d+(?:\.\d+)?))?")


@dataclass(frozen=True)
class Blocks:
    """Raw metadata blocks as they lie in a file."""

    exif: bytes = b""
    """A TIFF structure, with or without `Exif` in front."""
    iptc: bytes = b""
    """IIM, or Photoshop resources that hold it."""
    xmp: bytes = b""
    """An XMP packet."""
    more_exif: tuple[bytes, ...] = ()
    """Further TIFF structures, as CR3 has."""


def read_metadata(blocks: Blocks) -> tuple[Metadata, Capture]:
    """All fields of all blocks, and how the picture was taken; what cannot be read is left out."""
    exif: dict[str, MetadataValue] = {}
    for block in (blocks.exif, *blocks.more_exif):
        exif.update(read_exif(block, 6 if block[:5] == b"Exif\0" else 0))
    iptc = read_iptc(blocks.iptc) if blocks.iptc else {}
    xmp = read_xmp(blocks.xmp) if blocks.xmp else {}
    exif, iptc, xmp = _fitting(exif, iptc, xmp)
    metadata = Metadata.model_construct(exif=exif, iptc=iptc, xmp=xmp)
    return metadata, capture_of(metadata)


def _fitting(*groups: dict[str, MetadataValue]) -> Iterator[dict[str, MetadataValue]]:
    """The same fields without those for which there is no room."""
    room = MAX_BYTES
    for fields in groups:
        kept: dict[str, MetadataValue] = {}
        for name, value in fields.items():
            size = _size(name) + (sum(map(_size, value)) if isinstance(value, list) else _size(value))
            if size <= room:
                kept[name] = value
                room -= size
        yield kept


def _size(value: str | float) -> int:
    """Bytes in a document, with what surrounds a value there."""
    return 16 + (len(value.encode("utf-8", "replace")) if isinstance(value, str) else 8)


def capture_of(metadata: Metadata) -> Capture:
    """How the picture was taken, as its metadata tell."""
    exif, xmp = metadata.exif, metadata.xmp
    if not exif and not xmp and not metadata.iptc:
        return Capture()
    return Capture(
        taken_at=_taken_at(metadata),
        camera=_camera(
            _words(exif.get("Make") or xmp.get("tiff:Make")), _words(exif.get("Model") or xmp.get("tiff:Model"))
        ),
        lens=_lens(exif, xmp),
        iso=_positive(exif.get("PhotographicSensitivity") or xmp.get("exif:ISOSpeedRatings")),
        aperture=_positive(exif.get("FNumber") or xmp.get("exif:FNumber")),
        exposure=_positive(exif.get("ExposureTime") or xmp.get("exif:ExposureTime")),
        focal_length=_positive(exif.get("FocalLength") or xmp.get("exif:FocalLength")),
        location=_location(exif) or _location_of_xmp(xmp),
    )


def _words(value: MetadataValue | None) -> str | None:
    text = " ".join(str(value).split()) if isinstance(value, str) else ""
    return text[:120] or None


def _lens(exif: dict[str, MetadataValue], xmp: dict[str, MetadataValue]) -> str | None:
    """The name of the lens; cameras without one attached write dashes."""
    found = (exif.get("LensModel"), xmp.get("aux:Lens"), xmp.get("exifEX:LensModel"), exif.get(NOTED_LENS))
    named = (_words(one) for one in found)
    return next((one for one in named if one and any(map(str.isalnum, one))), None)


def _camera(make: str | None, model: str | None) -> str | None:
    """Maker and model without the maker twice: `NIKON CORPORATION`, `NIKON D90` is `NIKON D90`."""
    maker = _COMPANY.sub("", make).strip(" ,.") if make else ""
    if not maker or not model:
        return model or maker or None
    brand = maker.split()[0].casefold()
    return model if brand in model.casefold() else f"{maker} {model}"


def _positive(value: MetadataValue | None) -> float | None:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, str):
        parts = _NUMBER.match(value)
        divisor = float(parts[2] or 1) if parts else 0.0
        if not parts or divisor == 0:
            return None
        value = float(parts[1]) / divisor
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if math.isfinite(value) and 0 < value < 1e9 else None


def _dates(metadata: Metadata) -> Iterator[tuple[MetadataValue | None, MetadataValue | None, MetadataValue | None]]:
    """Date, offset and fraction of a second, the best source first."""
    exif, xmp, iptc = metadata.exif, metadata.xmp, metadata.iptc
    yield exif.get("DateTimeOriginal"), exif.get("OffsetTimeOriginal"), exif.get("SubsecTimeOriginal")
    yield xmp.get("exif:DateTimeOriginal"), None, None
    yield exif.get("DateTimeDigitized"), exif.get("OffsetTimeDigitized"), exif.get("SubsecTimeDigitized")
    yield xmp.get("photoshop:DateCreated"), None, None
    yield xmp.get("xmp:CreateDate"), None, None
    day, time = str(iptc.get("DateCreated", "")), str(iptc.get("TimeCreated", ""))
    if re.fullmatch(r"\d{8}", day):
        clock = f" {time[:2]}:{time[2:4]}:{time[4:6]}" if re.match(r"\d{6}", time) else ""
        yield f"{day[:4]}:{day[4:6]}:{day[6:]}{clock}", time[6:], None
    yield exif.get("DateTime"), exif.get("OffsetTime"), exif.get("SubsecTime")


def _taken_at(metadata: Metadata) -> datetime | None:
    for date, offset, fraction in _dates(metadata):
        if isinstance(date, str) and (found := _date(date, offset, fraction)):
            return found
    return None


def _date(text: str, offset: MetadataValue | None, fraction: MetadataValue | None) -> datetime | None:
    parts = _DATE.match(text.strip())
    if not parts:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in parts.groups()[:6])
    digits = parts[7] or (fraction.strip() if isinstance(fraction, str) and fraction.strip().isdigit() else "0")
    zone = _zone(parts[8] or (offset if isinstance(offset, str) else ""))
    # Cameras whose clock was never set write zeros, or years before photography.
    if not 1826 <= year <= 2200:
        return None
    try:
        # MongoDB keeps milliseconds.
        micro = int(f"{digits:0<6}"[:3]) * 1000
        return datetime(year, month, day, hour, minute, min(second, 59), micro, zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _zone(text: str) -> timezone:
    parts = _OFFSET.match(text.strip())
    if not parts or int(parts[2]) > 14 or int(parts[3]) > 59:
        return UTC
    delta = timedelta(hours=int(parts[2]), minutes=int(parts[3]))
    return timezone(-delta if parts[1] == "-" else delta)


def _degrees(value: MetadataValue | None, reference: MetadataValue | None, negative: str) -> float | None:
    if not isinstance(value, list) or not 1 <= len(value) <= 3:
        return None
    parts = [part for part in value if isinstance(part, int | float)]
    degrees = sum((part / 60.0**power for power, part in enumerate(parts)), 0.0)
    return -degrees if isinstance(reference, str) and reference.strip().upper().startswith(negative) else degrees


def _location(exif: dict[str, MetadataValue]) -> Location | None:
    latitude = _degrees(exif.get("GPSLatitude"), exif.get("GPSLatitudeRef"), "S")
    longitude = _degrees(exif.get("GPSLongitude"), exif.get("GPSLongitudeRef"), "W")
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    altitude = exif.get("GPSAltitude")
    height = float(altitude) if isinstance(altitude, int | float) else None
    if height is not None and exif.get("GPSAltitudeRef") in (1, "1", "\x01"):
        height = -height
    return Location(latitude=latitude, longitude=longitude, altitude=height)


def _location_of_xmp(xmp: dict[str, MetadataValue]) -> Location | None:
    latitude, longitude = (_xmp_degrees(xmp.get(f"exif:GPS{name}")) for name in ("Latitude", "Longitude"))
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    height = _positive(xmp.get("exif:GPSAltitude"))
    if height is not None and str(xmp.get("exif:GPSAltitudeRef", "")).strip() == "1":
        height = -height
    return Location(latitude=latitude, longitude=longitude, altitude=height)


def _xmp_degrees(value: MetadataValue | None) -> float | None:
    """`59,54.78N` or `59,54,46.8N`."""
    parts = _XMP_DEGREES.match(value) if isinstance(value, str) else None
    if parts is None:
        return None
    degrees = float(parts[1]) + float(parts[2]) / 60 + float(parts[3] or 0) / 3600
    return -degrees if parts[4].upper() in "SW" else degrees
