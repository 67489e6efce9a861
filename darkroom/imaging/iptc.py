"""Reads IPTC-IIM, the captions and keywords that newsrooms write into pictures."""

from __future__ import annotations

from darkroom.domain.image import MetadataValue

_IIM_RESOURCE = 0x0404
_NAMES = {
    5: "ObjectName",
    7: "EditStatus",
    10: "Urgency",
    15: "Category",
    20: "SupplementalCategories",
    22: "FixtureIdentifier",
    25: "Keywords",
    26: "ContentLocationCode",
    27: "ContentLocationName",
    30: "ReleaseDate",
    35: "ReleaseTime",
    40: "SpecialInstructions",
    55: "DateCreated",
    60: "TimeCreated",
    62: "DigitalCreationDate",
    63: "DigitalCreationTime",
    65: "OriginatingProgram",
    70: "ProgramVersion",
    80: "By-line",
    85: "By-lineTitle",
    90: "City",
    92: "Sub-location",
    95: "Province-State",
    100: "Country-PrimaryLocationCode",
    101: "Country-PrimaryLocationName",
    103: "OriginalTransmissionReference",
    105: "Headline",
    110: "Credit",
    115: "Source",
    116: "CopyrightNotice",
    118: "Contact",
    120: "Caption-Abstract",
    122: "Writer-Editor",
}
_REPEATABLE = {20, 25, 26, 27, 80, 85, 118, 122}
MAX_DATASETS = 2_000


def iim_of_photoshop(data: bytes) -> bytes:
    """The IIM block among Photoshop's image resources, or nothing."""
    at = 0
    while at + 12 <= len(data) and data[at : at + 4] == b"8BIM":
        resource = int.from_bytes(data[at + 4 : at + 6], "big")
        name = data[at + 6] + 1
        start = at + 6 + name + name % 2 + 4
        size = int.from_bytes(data[start - 4 : start], "big")
        if resource == _IIM_RESOURCE:
            return data[start : start + size]
        at = start + size + size % 2
    return b""


def read_iptc(data: bytes) -> dict[str, MetadataValue]:
    """IPTC fields of an IIM block, or of the Photoshop resources that hold one; what cannot be read is left out."""
    if data.startswith(b"8BIM"):
        data = iim_of_photoshop(data)
    is_utf8 = b"\x1b%G" in data[:64]
    found: dict[str, MetadataValue] = {}
    lists: dict[str, list[str]] = {}
    at = data.find(b"\x1c")
    for _ in range(MAX_DATASETS):
        if at < 0 or at + 5 > len(data) or data[at] != 0x1C:
            break
        record, number = data[at + 1], data[at + 2]
        size = int.from_bytes(data[at + 3 : at + 5], "big")
        if size & 0x8000:  # extended datasets hold pictures, not words
            break
        name = _NAMES.get(number)
        if record == 2 and name:
            text = _text(data[at + 5 : at + 5 + size], is_utf8)
            if number in _REPEATABLE and text:
                lists.setdefault(name, []).append(text)
            elif text:
                found.setdefault(name, text)
        at += 5 + size
    return {**found, **lists}


def _text(raw: bytes, is_utf8: bool) -> str:
    raw = raw.strip(b"\0 ")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("utf-8" if is_utf8 else "cp1252", "replace")
