"""Puts metadata blocks into files without touching their pixels: JPEG, PNG, WebP, JPEG 2000, JPEG XL."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from darkroom.errors import Error
from darkroom.imaging.formats.metadata import iptc_edit

_SEGMENT = 65_533
_XMP_MARK = b"http://ns.adobe.com/xap/1.0/\0"
_PHOTOSHOP_MARK = b"Photoshop 3.0\0"
_PNG_MARK = b"\x89PNG\r\n\x1a\n"
_HEX_LINE = 72
_JXL_BARE = b"\xff\x0a"
_JXL_BEGIN = b"\0\0\0\x0cJXL \r\n\x87\n" + b"\0\0\0\x14ftypjxl \0\0\0\0jxl "
_EXIF_UUID = b"JpgTiffExif->JP2"
_XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")


@dataclass(frozen=True)
class Payload:
    """Blocks ready to be put into a file."""

    exif: bytes = b""
    """A TIFF structure."""
    xmp: bytes = b""
    """A packet."""
    iptc: bytes = b""
    """IIM."""

    def __bool__(self) -> bool:
        return bool(self.exif or self.xmp or self.iptc)


def into_jpeg(data: bytes, payload: Payload) -> tuple[bytes, list[str]]:
    """A JPEG with the blocks as segments behind its start (and behind JFIF's)."""
    notes: list[str] = []
    segments = b""
    if payload.exif:
        segments += _segment(0xE1, b"Exif\0\0" + payload.exif, "Exif", notes)
    if payload.xmp:
        segments += _segment(0xE1, _XMP_MARK + payload.xmp, "XMP", notes)
    if payload.iptc:
        block = iptc_edit.photoshop(payload.iptc)
        room = _SEGMENT - len(_PHOTOSHOP_MARK)
        parts = [block[at : at + room] for at in range(0, len(block), room)]
        segments += b"".join(_segment(0xED, _PHOTOSHOP_MARK + part, "IPTC", notes) for part in parts)
    at = 2
    if data[2:4] == b"\xff\xe0":
        at = 4 + int.from_bytes(data[4:6], "big")
    return data[:at] + segments + data[at:], notes


def _segment(marker: int, content: bytes, title: str, notes: list[str]) -> bytes:
    if len(content) > _SEGMENT:
        notes.append(f"{title} of {len(content):,} bytes does not fit into a JPEG")
        return b""
    return bytes((0xFF, marker)) + (len(content) + 2).to_bytes(2, "big") + content


def into_png(data: bytes, payload: Payload) -> tuple[bytes, list[str]]:
    """A PNG with the blocks as chunks before its pixels; IPTC in the form that ImageMagick began and all others read."""
    chunks = b""
    if payload.exif:
        chunks += png_chunk(b"eXIf", payload.exif)
    if payload.xmp:
        chunks += png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + payload.xmp)
    if payload.iptc:
        block = iptc_edit.photoshop(payload.iptc)
        digits = block.hex()
        lines = "\n".join(digits[at : at + _HEX_LINE] for at in range(0, len(digits), _HEX_LINE))
        text = f"\niptc\n{len(block):8d}\n{lines}\n".encode()
        chunks += png_chunk(b"zTXt", b"Raw profile type iptc\0\0" + zlib.compress(text))
    behind_header = len(_PNG_MARK) + 25
    return data[:behind_header] + chunks + data[behind_header:], []


def png_chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk with its length and checksum."""
    return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")


def into_webp(data: bytes, payload: Payload) -> tuple[bytes, list[str]]:
    """A WebP in the extended form with the blocks behind its pixels; there is no place for IPTC."""
    chunks = list(_riff(data))
    flags, canvas = _canvas(chunks)
    kept = [(kind, content) for kind, content in chunks if kind not in (b"VP8X", b"EXIF", b"XMP ")]
    if payload.exif:
        flags |= 0x08
        kept.append((b"EXIF", payload.exif))
    if payload.xmp:
        flags |= 0x04
        kept.append((b"XMP ", payload.xmp))
    body = b"WEBP" + _chunk(b"VP8X", bytes((flags, 0, 0, 0)) + canvas)
    body += b"".join(_chunk(kind, content) for kind, content in kept)
    return b"RIFF" + len(body).to_bytes(4, "little") + body, []


def _chunk(kind: bytes, content: bytes) -> bytes:
    return kind + len(content).to_bytes(4, "little") + content + bytes(len(content) % 2)


def _riff(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        yield data[at : at + 4], data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _canvas(chunks: list[tuple[bytes, bytes]]) -> tuple[int, bytes]:
    """Flags and size as the extended header has them, from that header or from the pixels'."""
    kind, content = chunks[0] if chunks else (b"", b"")
    if kind == b"VP8X":
        return content[0], content[4:10]
    if kind == b"VP8L":
        bits = int.from_bytes(content[1:5], "little")
        width, height, alpha = bits & 0x3FFF, bits >> 14 & 0x3FFF, bits >> 28 & 1
    elif kind == b"VP8 ":
        width = (int.from_bytes(content[6:8], "little") & 0x3FFF) - 1
        height = (int.from_bytes(content[8:10], "little") & 0x3FFF) - 1
        alpha = 0
    else:
        raise Error("encode_failed", "What was written is no WebP.")
    return alpha << 4, width.to_bytes(3, "little") + height.to_bytes(3, "little")


def into_jp2(data: bytes, payload: Payload) -> tuple[bytes, list[str]]:
    """A JPEG 2000 with the blocks in boxes at its end."""
    boxes = b""
    for mark, content in ((_EXIF_UUID, payload.exif), (_XMP_UUID, payload.xmp)):
        if content:
            boxes += (24 + len(content)).to_bytes(4, "big") + b"uuid" + mark + content
    return data + boxes, []


def into_jxl(data: bytes, payload: Payload) -> tuple[bytes, list[str]]:
    """A JPEG XL with the blocks in boxes behind its pixels; bare ones are put into a container first."""
    if data[:2] == _JXL_BARE:
        data = _JXL_BEGIN + _box(b"jxlc", data)
    if payload.exif:
        data += _box(b"Exif", bytes(4) + payload.exif)
    if payload.xmp:
        data += _box(b"xml ", payload.xmp)
    return data, []


def _box(kind: bytes, content: bytes) -> bytes:
    return (8 + len(content)).to_bytes(4, "big") + kind + content
