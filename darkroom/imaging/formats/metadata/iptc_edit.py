"""IPTC-IIM blocks: reduced to credits, put into Photoshop's resources, and told again as XMP."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from darkroom.domain.image import MetadataValue
from darkroom.imaging.iptc import iim_of_photoshop, read_iptc

_CREDITS = {80, 85, 110, 115, 116, 118}
# Coded character set, and the version of the records: without them nothing can be read.
_ENVELOPE = {(1, 90), (2, 0)}
_APPLICATION = 2
WORDS = (5, 25, 80, 116, 120)
"""What people say of a picture: name, keywords, by-line, copyright, caption."""
TIMES = (55, 60, 62, 63)
"""When it was taken: date and time of creation and of digitisation."""
# Where the standard of the IPTC says that each field stands in XMP.
XMP_NAMES = {
    "ObjectName": "dc:title",
    "Headline": "photoshop:Headline",
    "Caption-Abstract": "dc:description",
    "Keywords": "dc:subject",
    "By-line": "dc:creator",
    "By-lineTitle": "photoshop:AuthorsPosition",
    "Credit": "photoshop:Credit",
    "Source": "photoshop:Source",
    "CopyrightNotice": "dc:rights",
    "City": "photoshop:City",
    "Sub-location": "Iptc4xmpCore:Location",
    "Province-State": "photoshop:State",
    "Country-PrimaryLocationName": "photoshop:Country",
    "Country-PrimaryLocationCode": "Iptc4xmpCore:CountryCode",
    "SpecialInstructions": "photoshop:Instructions",
    "OriginalTransmissionReference": "photoshop:TransmissionReference",
    "Category": "photoshop:Category",
    "SupplementalCategories": "photoshop:SupplementalCategories",
    "Writer-Editor": "photoshop:CaptionWriter",
}


def iim(block: bytes) -> bytes:
    """The IIM itself, from wherever it lies."""
    return iim_of_photoshop(block) if block.startswith(b"8BIM") else block


def photoshop(block: bytes) -> bytes:
    """The IIM as the one resource of a Photoshop block: thumbnails and copies of Exif are not taken along."""
    return b"8BIM\x04\x04\0\0" + len(block).to_bytes(4, "big") + block + bytes(len(block) % 2)


def datasets(block: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Record, number and the whole bytes of each dataset."""
    at = block.find(b"\x1c")
    while 0 <= at <= len(block) - 5 and block[at] == 0x1C:
        size = int.from_bytes(block[at + 3 : at + 5], "big")
        if size & 0x8000:
            return
        yield block[at + 1], block[at + 2], block[at : at + 5 + size]
        at += 5 + size


def credits_only(block: bytes) -> bytes:
    """The block with nothing but who made the picture and whose it is."""
    kept = [raw for record, number, raw in datasets(block) if (record, number) in _ENVELOPE or number in _CREDITS]
    return b"".join(kept) if any(raw[2] in _CREDITS for raw in kept) else b""


def without(block: bytes, numbers: Collection[int]) -> bytes:
    """The block without some datasets of the application record; nothing where only its frame is left."""
    kept = [raw for record, number, raw in datasets(block) if record != _APPLICATION or number not in numbers]
    return b"".join(kept) if any((raw[1], raw[2]) not in _ENVELOPE for raw in kept) else b""


def as_xmp(block: bytes) -> dict[str, MetadataValue]:
    """The fields under the names that they have in XMP."""
    found = read_iptc(block)
    return {XMP_NAMES[name]: value for name, value in found.items() if name in XMP_NAMES}
