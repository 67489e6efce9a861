"""Exif blocks and XMP packets that are wrong in one way each; none of them may cost the picture that carries it."""

from __future__ import annotations

import math
import random
import struct

from tests.hostile_parts import ifd, xmp_packet

_ASCII, _SHORT, _LONG, _RATIONAL, _UNDEFINED, _FLOAT, _DOUBLE = 2, 3, 4, 5, 7, 11, 12
_EXIF, _GPS, _ORIENTATION, _TITLE = 0x8769, 0x8825, 0x0112, 0x9C9B
_HEAD = b"II*\0\x08\0\0\0"
# Numbers that cameras write as rationals or integers, and text where a number does not belong.
_NUMERIC = (0x829A, 0x829D, 0x8827, 0x920A, 0x9201, 0xA405)
_TEXTS = (0x010F, 0x0110, 0x0132, 0x9003, 0x9004, 0x9010, 0x9291, 0xA434)


def _long(value: int) -> bytes:
    return struct.pack("<I", value)


def _with(tags: tuple[int, ...], kind: int, values: bytes, count: int, *, below: int = _EXIF) -> bytes:
    """Tags that all have the same values, in a directory below the first."""
    second = 8 + 2 + 12 + 4
    values_at = second + 2 + 12 * len(tags) + 4
    first = ifd([(below, _LONG, 1, _long(second))])
    small = len(values) <= 4
    entries = [(tag, kind, count, values if small else _long(values_at)) for tag in tags]
    return _HEAD + first + ifd(entries) + values


def exif_blocks(chance: random.Random) -> dict[str, bytes]:
    """Blocks by name."""
    zero_by_zero = bytes(8)
    gps = (0x0002, 0x0004, 0x0006, 0x0000, 0x0005)
    vast = struct.pack("<dd", 1e308, -1e308)
    shared = b"The same words again and again. " * 2048
    found = {
        "empty": b"",
        "header-only": _HEAD,
        "noise": chance.randbytes(5000),
        "noise-behind-header": _HEAD + chance.randbytes(5000),
        "offset-nowhere": b"II*\0\xff\xff\xff\xff",
        "offset-into-header": b"II*\0\x02\0\0\0" + bytes(50),
        "other-order": b"MM\0*\x08\0\0\0" + ifd([(_ORIENTATION, _SHORT, 1, b"\6\0")]),
        "count-lies": _HEAD + b"\xff\xff" + bytes(40),
        "next-is-itself": _HEAD + ifd([(_ORIENTATION, _SHORT, 1, b"\1\0")], 8),
        "below-is-itself": _HEAD + ifd([(_EXIF, _LONG, 1, _long(8)), (_GPS, _LONG, 1, _long(8))]),
        "below-nowhere": _HEAD + ifd([(_EXIF, _LONG, 1, _long(2**32 - 1)), (_GPS, _LONG, 1, _long(3))]),
        "below-not-a-number": _HEAD + ifd([(_EXIF, _FLOAT, 1, struct.pack("<f", math.nan))]),
        "below-infinite": _HEAD + ifd([(_GPS, _FLOAT, 1, struct.pack("<f", math.inf))]),
        "sub-directories-circle": _HEAD + ifd([(0x014A, _LONG, 1, _long(8))] * 300, 8),
        "counts-huge": _HEAD + ifd([(tag, _ASCII, 2**32 - 1, _long(8)) for tag in _TEXTS]),
        "counts-zero": _HEAD + ifd([(tag, _ASCII, 0, b"") for tag in _TEXTS]),
        "types-unknown": _HEAD + ifd([(tag, 99, 1, b"1234") for tag in _TEXTS]),
        "zero-by-zero": _with(_NUMERIC, _RATIONAL, zero_by_zero, 1),
        "one-by-zero": _with(_NUMERIC, _RATIONAL, struct.pack("<II", 1, 0), 1),
        "largest-rational": _with(_NUMERIC, _RATIONAL, struct.pack("<II", 2**32 - 1, 1), 1),
        "not-numbers": _with(_NUMERIC, _FLOAT, struct.pack("<f", math.nan), 1),
        "infinite": _with(_NUMERIC, _DOUBLE, struct.pack("<d", -math.inf), 1),
        "vast": _with(_NUMERIC, _DOUBLE, vast, 2),
        "numbers-as-text": _with(_NUMERIC, _ASCII, b"f/\xb2\0", 4),
        "texts-as-rationals": _with(_TEXTS, _RATIONAL, zero_by_zero, 1),
        "texts-not-utf8": _with(_TEXTS, _ASCII, b"\xff\xfe\x80\xed\xa0\x80 words\0", 13),
        "texts-of-controls": _with(_TEXTS, _ASCII, bytes(range(1, 32)), 31),
        "texts-of-spaces": _with(_TEXTS, _ASCII, b"\xc2\xa0 ,. \xe2\x80\x83\0", 9),
        "date-of-superscripts": _with(_TEXTS, _ASCII, "²²²²:²²:²² ²²:²²:²²\0".encode(), 34),
        "date-zero": _with(_TEXTS, _ASCII, b"0000:00:00 00:00:00\0", 20),
        "date-late": _with(_TEXTS, _ASCII, b"2199:12:31 24:61:61\0", 20),
        "zone-late": _with((0x9003, 0x9011), _ASCII, b"+99:99\0", 7),
        "title-not-a-number": _with((_TITLE, 0x9C9C, 0x9C9F), _RATIONAL, zero_by_zero, 1),
        "title-infinite": _with((_TITLE,), _DOUBLE, struct.pack("<d", math.inf), 1),
        "title-half-a-pair": _with((_TITLE,), 1, b"\0\xd8\0\xd8A\0", 6),
        "comment-half-a-pair": _with((0x9286,), _UNDEFINED, b"UNICODE\0\0\xd8\0\xd8", 12),
        "comment-jis": _with((0x9286,), _UNDEFINED, b"JIS\0\0\0\0\0\x1b$B\xff\xff\x1b", 14),
        "place-zero-by-zero": _with(gps, _RATIONAL, zero_by_zero * 3, 3, below=_GPS),
        "place-far-out": _with(gps, _RATIONAL, struct.pack("<II", 2**32 - 1, 1) * 3, 3, below=_GPS),
        "place-vast": _with(gps, _DOUBLE, struct.pack("<d", 1e308) * 3, 3, below=_GPS),
        "place-in-words": _with(gps, _ASCII, b"here\0", 5, below=_GPS),
        "turn-not-a-number": _HEAD + ifd([(_ORIENTATION, _RATIONAL, 1, _long(26))]) + zero_by_zero,
        "turn-in-words": _HEAD + ifd([(_ORIENTATION, _ASCII, 2, b"6\0")]),
        "thumbnail-nowhere": _HEAD + ifd([], 14) + ifd([(0x0201, _LONG, 1, _long(2**32 - 1))]),
        "one-text-in-500-tags": _with(tuple(range(0x9000, 0x9000 + 0x1000, 1))[:500], _ASCII, shared, len(shared)),
    }
    from PIL.ExifTags import TAGS

    named = tuple(sorted(TAGS))[:500]
    found["one-text-in-all-tags"] = _with(named, _ASCII, shared, len(shared))
    return found


def xmp_packets() -> dict[str, bytes]:
    """Packets by name."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    laughs = f'<!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]>'
    external = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    attributes = " ".join(f'exif:A{n}="{n}"' for n in range(20_000))
    nested = "<dc:x>" * 100_000 + "</dc:x>" * 100_000
    descriptions = "<rdf:Description><dc:y>" * 2_000 + "</dc:y></rdf:Description>" * 2_000
    items = "<dc:subject><rdf:Bag>" + "<rdf:li>k</rdf:li>" * 100_000 + "</rdf:Bag></dc:subject>"
    by_zero = "<exif:FNumber>5/0.00</exif:FNumber><exif:ExposureTime>1/00</exif:ExposureTime>"
    digits = f"<exif:FNumber>{'9' * 5000}/{'9' * 5000}</exif:FNumber><exif:ISOSpeedRatings>1e999</exif:ISOSpeedRatings>"
    return {
        "empty": b"",
        "one-bracket": b"<",
        "noise": bytes(range(256)) * 20,
        "billion-laughs": xmp_packet(before=laughs, text="&l11;"),
        "external-entity": xmp_packet(before=external, text="&e;"),
        "external-entity-utf16": xmp_packet(before=external, text="&e;").decode().encode("utf-16"),
        "unknown-entity": xmp_packet(text="&nothing;"),
        "unknown-encoding": xmp_packet(before='<?xml version="1.0" encoding="klingon"?>'),
        "python-encoding": xmp_packet(before='<?xml version="1.0" encoding="rot13"?>'),
        "utf7": xmp_packet(before='<?xml version="1.0" encoding="utf-7"?>+ADw-+ACE-DOCTYPE x+AD4-'),
        "not-utf8": xmp_packet(text="caf\xe9").decode().encode("latin-1"),
        "cut": xmp_packet(text="words")[:-40],
        "never-closed": xmp_packet(text="words", inside="<dc:z>" * 500),
        "nested": xmp_packet(inside=nested),
        "descriptions-nested": xmp_packet(inside=descriptions),
        "attributes": xmp_packet(attributes=attributes),
        "items": xmp_packet(inside=items),
        "no-namespace": xmp_packet(inside="<plain>words</plain>"),
        "dots-and-dollars": xmp_packet(inside='<q:$.a xmlns:q="urn:q">1</q:$.a>'),
        "dotted-name": xmp_packet(inside='<q.r:a.b xmlns:q.r="urn:q">1</q.r:a.b>'),
        "by-zero": xmp_packet(inside=by_zero),
        "digits": xmp_packet(inside=digits),
        "date-late": xmp_packet(inside="<exif:DateTimeOriginal>2200-12-31T23:59:59-14:59</exif:DateTimeOriginal>"),
        "long-name": xmp_packet(inside=f"<dc:{'n' * 300_000}>1</dc:{'n' * 300_000}>"),
    }
