"""Reads JPEG at full quality: the fast decoder keeps the profile that an ingest would have converted."""

from __future__ import annotations

from darkroom.errors import Error
from darkroom.imaging import turbo
from darkroom.imaging.formats.frames import Frames
from darkroom.imaging.formats.read_vips import read_vips
from darkroom.imaging.header import Header
from darkroom.imaging.jpeg import is_complete
from darkroom.imaging.jpeg import read_jpeg as read_segments


def read_jpeg(
    data: bytes, header: Header, name: str, target: int | None, size: tuple[int, int] | None = None
) -> Frames:
    """The picture as stored, not yet turned.

    Args:
        data: the file.
        header: what it says of itself.
        name: for messages.
        target: long side that is needed.
        size: width and height, as stored, that it may have instead; see `LoadOptions`.

    Raises:
        Error: `image_truncated`, `image_corrupt` or `image_unsupported` (12 bits and other rarities).
    """
    info = header.segments or read_segments(data, name)
    if info.bit_depth != 8:
        raise Error(
            "image_unsupported",
            f"{name} is a JPEG of {info.bit_depth} bits a sample; only those of 8 bits can be read.",
            remedy="Convert it to TIFF or PNG with the program that wrote it, then retry.",
        )
    if not info.plain:
        return read_vips(data, header, name, target)
    factor = turbo.factor_for(info, target)
    try:
        array, sound = turbo.decode_scaled(data, info, factor, strict=True, size=size), True
    except ValueError as error:
        if "ICC marker" in str(error):
            return read_vips(data, header, name, target)
        if not is_complete(data, info):
            raise Error("image_truncated", f"{name} ends in the middle of its pixels.") from error
        array, sound = turbo.decode_damaged(data, info, factor, name), False
    return Frames(array, info.icc, sound=sound)
