"""What people say of a picture, as XMP and IPTC hold it: read into the library's fields, and written from them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Literal

from darkroom.domain.edit import LABELS, MAX_TAGS, Label, salvaged_tag, salvaged_text
from darkroom.domain.image import ImageRecord, Metadata, MetadataValue
from darkroom.domain.located import Location
from darkroom.imaging.metadata import capture_of
from darkroom.imaging.xmp import read_xmp

SUFFIX = ".xmp"
"""What the name of a sidecar ends with."""
MEDIA_TYPE = "application/rdf+xml"
"""Of a sidecar."""

_TEXTS = {
    "title": (("xmp", "dc:title"), ("xmp", "photoshop:Headline"), ("iptc", "ObjectName"), ("iptc", "Headline")),
    "caption": (("xmp", "dc:description"), ("iptc", "Caption-Abstract")),
    "creator": (("xmp", "dc:creator"), ("iptc", "By-line")),
    "copyright": (("xmp", "dc:rights"), ("iptc", "CopyrightNotice")),
}
"""Where each text stands, the best place first."""
PROPERTIES = (
    "dc:title", "dc:description", "dc:creator", "dc:rights", "dc:subject", "xmp:Rating", "xmp:Label",
    "lr:hierarchicalSubject", "digiKam:TagsList",
)  # fmt: skip
"""Fields of XMP that `Words.properties` writes."""
_TIMES = ("exif:DateTimeOriginal", "exif:DateTimeDigitized", "photoshop:DateCreated", "xmp:CreateDate")
_POSITIONS = ("exif:GPSLatitude", "exif:GPSLongitude", "exif:GPSAltitude", "exif:GPSAltitudeRef")
_OUTSIDE = ("taken_at", "location")
_TOLD = 2
"""How time and place are told in copies: told otherwise, they are other copies."""
_DARKTABLE = LABELS
_BETWEEN = "; "
"""What stands between several creators in the one line that the library has for them."""
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SEAL = re.compile(rb"<!-- darkroom (?P<picture>[0-9a-f]{64}) (?P<digest>[0-9a-f]{64}) -->\n")
_END = b"<?xpacket end"


@dataclass(frozen=True)
class Words:
    """What is said of a picture; each field has the name and meaning it has in `ImageRecord`."""

    title: str | None = None
    caption: str | None = None
    creator: str | None = None
    copyright: str | None = None
    rating: int = 0
    label: Label | None = None
    tags: tuple[str, ...] = ()
    taken_at: datetime | Literal["none"] | None = None
    """When, where that is not what the file says; `none` where somebody took it away."""
    location: Location | Literal["none"] | None = None
    """Where, likewise."""
    zoned: bool = False
    """Whether the file tells the offset of its time, so that the time is UTC."""

    @classmethod
    def of(cls, record: ImageRecord) -> Words:
        """What the library says of a picture."""
        plain: dict[str, Any] = {name: getattr(record, name) for name in _SAID}
        file = capture_of(record.metadata)
        # Nothing is there because somebody took it away, or because an earlier Darkroom did not read it.
        otherwise = "none" if record.edited_at else None
        for name in _OUTSIDE:
            if getattr(record, name) != getattr(file, name):
                plain[name] = getattr(record, name) or otherwise
        return cls(**plain, zoned=len(plain) > len(_SAID) and "OffsetTimeOriginal" in record.metadata.exif)

    def over(self, other: Words) -> Words:
        """These, and the other's where these say nothing."""
        return Words(**{one.name: getattr(self, one.name) or getattr(other, one.name) for one in fields(self)})

    def plain(self) -> dict[str, Any]:
        """Field of a record -> value, without what is not said."""
        return {name: value for name in _SAID if (value := getattr(self, name))}

    @property
    def digest(self) -> str:
        """Different for other words; nothing for none."""
        said = self.plain() | {name: str(value) for name in _OUTSIDE if (value := getattr(self, name))}
        if self.taken_at or self.location:
            said["told"] = _TOLD
        return hashlib.sha256(json.dumps(said, sort_keys=True, default=list).encode()).hexdigest() if said else ""

    @property
    def replaces(self) -> tuple[str, ...]:
        """Fields of XMP in whose place these come."""
        return (*PROPERTIES, *(_TIMES if self.taken_at else ()), *(_POSITIONS if self.location else ()))

    def properties(self) -> dict[str, MetadataValue]:
        """As XMP: tags as keywords for everybody, and with their levels for Lightroom and digiKam."""
        found: dict[str, MetadataValue | None] = {
            "dc:title": self.title,
            "dc:description": self.caption,
            "dc:creator": self.creator.split(_BETWEEN) if self.creator else None,
            "dc:rights": self.copyright,
            "xmp:Rating": self.rating or None,
            "xmp:Label": self.label.capitalize() if self.label else None,
            "dc:subject": list(dict.fromkeys(tag.rpartition("/")[2] for tag in self.tags)),
            "lr:hierarchicalSubject": [tag.replace("/", "|") for tag in self.tags],
            "digiKam:TagsList": list(self.tags),
            **self._when_and_where(),
        }
        return {name: _writable(value) for name, value in found.items() if value}

    def _when_and_where(self) -> dict[str, MetadataValue | None]:
        found: dict[str, MetadataValue | None] = {}
        if isinstance(self.taken_at, datetime):
            moment = self.taken_at.replace(tzinfo=None).isoformat(timespec="milliseconds").removesuffix(".000")
            found |= dict.fromkeys(("exif:DateTimeOriginal", "photoshop:DateCreated"), moment + "Z" * self.zoned)
        if isinstance(self.location, Location):
            found["exif:GPSLatitude"] = _degrees(self.location.latitude, "NS")
            found["exif:GPSLongitude"] = _degrees(self.location.longitude, "EW")
            if (height := self.location.altitude) is not None:
                found["exif:GPSAltitude"] = f"{round(abs(height) * 100)}/100"
                found["exif:GPSAltitudeRef"] = "1" if height < 0 else "0"
        return found


_SAID = ("title", "caption", "creator", "copyright", "rating", "label", "tags")


def said(metadata: Metadata) -> Words:
    """What a file says of itself, as far as the library has fields for it."""
    texts: dict[str, Any] = {name: _text(name, metadata, places) for name, places in _TEXTS.items()}
    rating, label = metadata.xmp.get("xmp:Rating"), str(metadata.xmp.get("xmp:Label", "")).strip().casefold()
    return Words(
        **texts, rating=_rating(rating), label=next((one for one in LABELS if one == label), None) or _darktable(metadata),
        tags=_tags(metadata),
    )  # fmt: skip


def read_sidecar(data: bytes) -> Words:
    """What a sidecar says; nothing where it cannot be read."""
    metadata = Metadata.model_construct(exif={}, iptc={}, xmp=read_xmp(data))
    capture = capture_of(metadata)
    return replace(said(metadata), taken_at=capture.taken_at, location=capture.location)


def sidecar(picture: str, words: Words) -> bytes:
    """A sidecar, sealed so that a change by anybody else shows.

    Args:
        picture: id of the picture.
        words: what the library says of it.
    """
    from darkroom.imaging.formats.metadata import xmp_edit  # with all encoders, which whoever reads need not load

    packet = xmp_edit.document(words.properties())
    head, end = packet[: (at := packet.rindex(_END))], packet[at:]
    digest = hashlib.sha256(packet).hexdigest()
    return head + f"<!-- darkroom {picture} {digest} -->\n".encode() + end


def sealed(data: bytes) -> str | None:
    """Id of the picture whose sidecar this is, if it is still as `sidecar` wrote it."""
    found = _SEAL.search(data)
    if found is None:
        return None
    packet = data[: found.start()] + data[found.end() :]
    return found["picture"].decode() if hashlib.sha256(packet).hexdigest().encode() == found["digest"] else None


def _text(field: str, metadata: Metadata, places: Iterable[tuple[str, str]]) -> str | None:
    for group, name in places:
        value = getattr(metadata, group).get(name)
        parts = [str(one) for one in value] if isinstance(value, list) else [str(value or "")]
        if found := salvaged_text(field, _BETWEEN.join(part for part in parts if part)):
            return found
    return None


def _degrees(value: float, signs: str) -> str:
    """Degrees and minutes with the direction, as XMP has them: a hundredth of a millimetre."""
    whole, minutes = divmod(round(abs(value) * 60, 8), 60)
    return f"{int(whole)},{minutes:.8f}{signs[value < 0]}"


def _rating(value: MetadataValue | None) -> int:
    """Stars; Adobe's -1 for rejected pictures is none."""
    try:
        stars = float(value) if isinstance(value, str | int | float) else 0.0
    except ValueError:
        return 0
    return int(stars) if 1 <= stars <= 5 else 0


def _darktable(metadata: Metadata) -> Label | None:
    """The first colour label of darktable, which counts them."""
    first = next(iter(_list(metadata.xmp.get("darktable:colorlabels"))), "")
    return _DARKTABLE[int(first)] if first in {"0", "1", "2", "3", "4"} else None


def _tags(metadata: Metadata) -> tuple[str, ...]:
    """Tags with their levels where a program wrote them, and keywords that are no level of one of those."""
    deep = {tag for one in _with_levels(metadata.xmp) if (tag := salvaged_tag(one))}
    levels = {level.casefold() for tag in deep for level in tag.split("/")}
    flat = [*_list(metadata.xmp.get("dc:subject")), *_list(metadata.iptc.get("Keywords"))]
    plain = {tag for one in flat if (tag := salvaged_tag(one)) and tag.casefold() not in levels}
    return tuple(sorted(deep | plain)[:MAX_TAGS])


def _with_levels(xmp: dict[str, MetadataValue]) -> Iterator[str]:
    if "digiKam:TagsList" in xmp:
        yield from _list(xmp["digiKam:TagsList"])
    else:
        yield from (one.replace("|", "/") for one in _list(xmp.get("lr:hierarchicalSubject")))


def _list(value: MetadataValue | None) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)] if value else []


def _writable(value: MetadataValue) -> MetadataValue:
    """The value without characters that XML does not know."""
    if isinstance(value, list):
        return [_UNWRITABLE.sub("", str(one)) for one in value]
    return _UNWRITABLE.sub("", value) if isinstance(value, str) else value
