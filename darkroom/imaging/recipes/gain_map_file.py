"""Where a gain map lies in a JPEG: a second JPEG behind the first, named by the segments of the first."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

import numpy as np

from darkroom.errors import Error
from darkroom.imaging import turbo
from darkroom.imaging.formats.metadata.xmp_edit import told_of_gain_map, without_gain_map
from darkroom.imaging.ifd import TiffReader
from darkroom.imaging.jpeg import MAX_SEGMENTS, read_jpeg
from darkroom.imaging.pixels import upright
from darkroom.imaging.recipes.gain_map import ADOBE, ISO, XMP, GainMap, only_meaning, segment

_MPF = b"MPF\0"
_ENTRIES = 0xB002
_ENTRY = struct.Struct(">IIIHH")
_PRIMARY = 0x030000
_MARK = b"\xff\xd8\xff"
_MOST_IMAGES = 16
_MOST_SEGMENT = 65_533
# Finer than the eye: a map is smooth, and its steps would show in the sky.
_QUALITY = 92


def read_gain_map(data: bytes, name: str, orientation: int = 1) -> GainMap | None:
    """The map of a JPEG, upright; None where it has none.

    Raises:
        Error: an `image_*` code for a map that is larger than its picture or cannot be decoded.
    """
    found = next((part for part in _behind(data) if _is_gain_map(part)), None)
    if found is None:
        return None
    picture, info = read_jpeg(data, name), read_jpeg(found, f"the gain map of {name}")
    if not info.plain or info.width * info.height > picture.width * picture.height:
        raise Error("image_unsupported", f"The gain map of {name} is none that can be read.")
    try:
        pixels = turbo.decode_scaled(found, info, 1, strict=True)
    except ValueError as error:
        raise Error("image_corrupt", f"The gain map of {name} cannot be decoded: {error}.") from error
    turned = upright(pixels, orientation)
    told = [(marker, found[at:end]) for marker, at, end in _segments(found) if _tells(marker, found[at:end])]
    kept = b"".join(
        segment(marker, XMP + only_meaning(content[len(XMP) :]) if marker == 0xE1 else content)
        for marker, content in told
    )
    return GainMap(turned if turned.ndim == 3 else turned[:, :, None], kept)


def _tells(marker: int, content: bytes) -> bool:
    """Whether a segment says how the numbers of a map are meant."""
    return (marker == 0xE1 and content.startswith(XMP) and ADOBE in content) or (
        marker == 0xE2 and content.startswith(ISO)
    )


def _is_gain_map(part: bytes) -> bool:
    contents = [part[at:end] for marker, at, end in _segments(part) if _tells(marker, part[at:end])]
    return any(b"GainMapMax" in one or len(one) > len(ISO) + 4 for one in contents)


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, begin and end of the contents of every segment before the pixels."""
    at = 2
    for _ in range(MAX_SEGMENTS):
        if at + 4 > len(data) or data[at] != 0xFF or data[at + 1] in (0xDA, 0xD9):
            return
        if data[at + 1] == 0xFF:  # a fill byte
            at += 1
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if length < 2 or at + 2 + length > len(data):
            return
        yield data[at + 1], at + 4, at + 2 + length
        at += 2 + length


def _behind(data: bytes) -> Iterator[bytes]:
    """The JPEGs behind the first one, as its segments name them: by the multi-picture format, or by their length."""
    lengths: list[int] = []
    for marker, at, end in _segments(data):
        if marker == 0xE2 and data.startswith(_MPF, at):
            for offset, size in _listed(data[at + 4 : end]):
                part = data[at + 4 + offset : at + 4 + offset + size]
                if part.startswith(_MARK):
                    yield part
        elif marker == 0xE1 and data.startswith(XMP, at):
            lengths = [int(one) for one in re.findall(rb"Item:Length\s*=\s*[\"'](\d{1,10})[\"']", data[at:end])]
    for index in range(min(len(lengths), _MOST_IMAGES)):
        begin = len(data) - sum(lengths[index:])
        if begin > 0 and data.startswith(_MARK, begin):
            yield data[begin : begin + lengths[index]]


def _listed(block: bytes) -> Iterator[tuple[int, int]]:
    """Offset and size of every picture but the first that a multi-picture block names."""
    reader = TiffReader(block)
    entries = reader.read(reader.first).tags.get(_ENTRIES)
    if not isinstance(entries, bytes):
        return
    order = "<" if block[:2] == b"II" else ">"
    for at in range(_ENTRY.size, min(len(entries), _MOST_IMAGES * _ENTRY.size) - _ENTRY.size + 1, _ENTRY.size):
        _, size, offset, _, _ = struct.unpack_from(f"{order}IIIHH", entries, at)
        yield offset, size


def with_gain_map(data: bytes, gain_map: GainMap) -> bytes:
    """A JPEG with a map behind it, which viewers that know nothing of it show as before.

    Args:
        data: the picture with all of its metadata.
        gain_map: of the same picture, upright.
    """
    import simplejpeg

    grey = gain_map.pixels.shape[2] == 1
    plain: bytes = simplejpeg.encode_jpeg(
        np.ascontiguousarray(gain_map.pixels),
        quality=_QUALITY,
        colorspace="GRAY" if grey else "RGB",
        colorsubsampling="Gray" if grey else "444",
    )
    behind = plain[:2] + gain_map.segments + plain[2:]
    head, packet, rest = _parted(data)
    told = XMP + told_of_gain_map(packet, len(behind))
    xmp = segment(0xE1, told if len(told) <= _MOST_SEGMENT else XMP + packet)
    iso = segment(0xE2, ISO + bytes(4)) if ISO in gain_map.segments else b""
    front = head + xmp + iso
    listed = len(segment(0xE2, _MPF + _list(0, 0, 0)))
    first = len(front) + listed + len(rest)
    # Offsets count from behind the name of the block.
    block = _list(first, len(behind), first - (len(front) + 4 + len(_MPF)))
    return front + segment(0xE2, _MPF + block) + rest + behind


def _parted(data: bytes) -> tuple[bytes, bytes, bytes]:
    """The start of a file with JFIF and Exif, its XMP packet, and everything else."""
    begin, packet, taken = 2, b"", (0, 0)
    for marker, at, end in _segments(data):
        if marker == 0xE0 or (marker == 0xE1 and data.startswith(b"Exif\0", at)):
            begin = end
        elif marker == 0xE1 and data.startswith(XMP, at):
            packet, taken = without_gain_map(data[at + len(XMP) : end]), (at - 4, end)
    if not packet:
        return data[:begin], b"", data[begin:]
    return data[:begin], packet, data[begin : taken[0]] + data[taken[1] :]


def _list(first: int, second: int, offset: int) -> bytes:
    """The block of the multi-picture format that names two pictures."""
    entries = _ENTRY.pack(_PRIMARY, first, 0, 0, 0) + _ENTRY.pack(0, second, offset, 0, 0)
    begin = 8 + 2 + 3 * 12 + 4
    fields = struct.pack(">HHI4s", 0xB000, 7, 4, b"0100") + struct.pack(">HHII", 0xB001, 4, 1, 2)
    fields += struct.pack(">HHII", _ENTRIES, 7, len(entries), begin)
    return b"MM\0\x2a\0\0\0\x08" + struct.pack(">H", 3) + fields + bytes(4) + entries
