"""Reads the segments of a JPEG: what it is, what it costs, and the metadata it carries. No pixels."""

from __future__ import annotations

from dataclasses import dataclass, field

from darkroom.errors import Error

_FRAMES = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
_PLAIN_FRAMES = {0xC0, 0xC1, 0xC2}
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_ICC = b"ICC_PROFILE\0"
_PHOTOSHOP = b"Photoshop 3.0\0"
MAX_SEGMENTS = 10_000


@dataclass
class JpegInfo:
    """What stands before the pixels."""

    width: int = 0
    height: int = 0
    components: int = 0
    bit_depth: int = 8
    frame: int = 0
    """Marker of the frame: baseline, extended, progressive, lossless, arithmetic."""
    adobe_transform: int | None = None
    exif: bytes = b""
    xmp: bytes = b""
    photoshop: bytes = b""
    icc: bytes = b""
    scan_at: int = 0
    """Offset of the first scan."""
    _icc_parts: dict[int, bytes] = field(default_factory=dict)
    _photoshop_parts: list[bytes] = field(default_factory=list)

    @property
    def progressive(self) -> bool:
        """Whether all coefficients stay in memory until the end."""
        return self.frame == 0xC2

    @property
    def plain(self) -> bool:
        """Whether the fast decoder reads it: Huffman-coded, 8 bits, grey or three components."""
        return self.frame in _PLAIN_FRAMES and self.bit_depth == 8 and self.components in (1, 3)


def read_jpeg(data: bytes, name: str) -> JpegInfo:
    """The segments up to the first scan.

    Raises:
        Error: `image_truncated` when the file ends before the scan, `image_corrupt` when it makes no sense.
    """
    info = JpegInfo()
    at, end = 2, len(data)
    for _ in range(MAX_SEGMENTS):
        at = data.find(b"\xff", at)
        while 0 <= at < end - 1 and data[at + 1] == 0xFF:  # fill bytes
            at += 1
        if at < 0 or at + 4 > end:
            raise Error("image_truncated", f"{name} ends before its pixels begin.")
        marker = data[at + 1]
        if marker == 0xDA:
            info.scan_at = at
            return _checked(info, name)
        if marker in {0, 1} or 0xD0 <= marker <= 0xD8:
            at += 2
            continue
        if marker == 0xD9:
            raise Error("image_corrupt", f"{name} has no pixels.")
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if length < 2:
            raise Error("image_corrupt", f"{name} has a segment of impossible length.")
        _segment(info, marker, data, at + 4, min(at + 2 + length, end))
        at += 2 + length
    raise Error("image_corrupt", f"{name} has more segments than any camera writes.")


def _checked(info: JpegInfo, name: str) -> JpegInfo:
    if not info.width or not info.height or not info.components:
        raise Error("image_corrupt", f"{name} does not say how large it is.")
    info.icc = b"".join(part for _, part in sorted(info._icc_parts.items()))
    info.photoshop = b"".join(info._photoshop_parts)
    return info


def _segment(info: JpegInfo, marker: int, data: bytes, start: int, stop: int) -> None:
    if marker in _FRAMES:
        if stop - start >= 6 and not info.frame:
            info.frame = marker
            info.bit_depth = data[start]
            info.height = int.from_bytes(data[start + 1 : start + 3], "big")
            info.width = int.from_bytes(data[start + 3 : start + 5], "big")
            info.components = data[start + 5]
    elif marker == 0xE1:
        if data.startswith(b"Exif\0", start) and not info.exif:
            info.exif = data[start + 6 : stop]
        elif data.startswith(_XMP, start) and not info.xmp:
            info.xmp = data[start + len(_XMP) : stop]
    elif marker == 0xE2 and data.startswith(_ICC, start):
        info._icc_parts.setdefault(data[start + 12] if start + 14 <= stop else 0, data[start + 14 : stop])
    elif marker == 0xED and data.startswith(_PHOTOSHOP, start):
        info._photoshop_parts.append(data[start + len(_PHOTOSHOP) : stop])
    elif marker == 0xEE and data.startswith(b"Adobe", start) and stop - start >= 12:
        info.adobe_transform = data[start + 11]


def count_scans(data: bytes, info: JpegInfo) -> int:
    """How often the pixels are gone over: a progressive file of few bytes can ask for thousands of scans."""
    return data.count(b"\xff\xda", info.scan_at)


def is_complete(data: bytes, info: JpegInfo) -> bool:
    """Whether an end marker follows the pixels; entropy-coded bytes cannot contain one."""
    return data.rfind(b"\xff\xd9") > info.scan_at
