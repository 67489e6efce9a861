"""Decodes HEIC with libheif; libvips' wheel has no HEVC."""

from __future__ import annotations

from typing import Any

import numpy as np

from darkroom.errors import Error
from darkroom.imaging import native, vips
from darkroom.imaging.cicp import cicp_of, widened
from darkroom.imaging.header import Header
from darkroom.imaging.isobmff import boxes
from darkroom.imaging.metadata import Blocks
from darkroom.imaging.pixels import Pixels, fit, upright
from darkroom.imaging.sniff import Kind

_CHANNELS = {"L": 1, "L;16": 1, "I;16": 1, "LA": 2, "LA;16": 2, "RGB": 3, "RGB;16": 3, "RGBA": 4, "RGBA;16": 4}
_CHANNELS |= {"RGBa": 4, "RGBa;16": 4, "BGR": 3, "BGRA": 4}
_TRUNCATED = ("end of file", "truncated", "end of data")
# libheif names what it cannot do apart from what is broken.
_UNSUPPORTED = (
    "unsupported",
    "not been built in",
    "not supported",
    "no decoding plugin",
    "not implemented",
    "no decoder",
)
_FOREIGN = (OSError, ValueError, RuntimeError, EOFError, KeyError, TypeError, IndexError, SyntaxError)


def probe_heif(data: bytes, kind: Kind, name: str) -> Header:
    """Header of a HEIC, its transformations applied.

    Raises:
        Error: `image_corrupt`, `image_truncated` or `image_unsupported`.
    """
    image, frames = _open(data, name)
    width, height = image.size
    info = image.info
    channels = _CHANNELS.get(image.mode, 3)
    pixels = width * height
    icc = bytes(info.get("icc_profile") or b"")
    told = None if icc else cicp_of(data)
    return Header(
        kind=kind,
        width=width,
        height=height,
        frames=frames,
        bit_depth=int(info.get("bit_depth", 8)),
        channels=channels,
        icc=told.profile if told else icc,
        light=told if told and told.is_light else None,
        blocks=Blocks(exif=bytes(info.get("exif") or b""), xmp=bytes(info.get("xmp") or b"")),
        memory_mb=(len(data) * 2 + pixels * (channels * (2 if info.get("bit_depth", 8) > 8 else 1) * 2 + 4)) / 1e6 + 32,
    )


def decode_heif(data: bytes, header: Header, target: int, name: str) -> Pixels:
    """Pixels in sRGB at the target's size or smaller; libheif has turned them upright.

    Raises:
        Error: `image_corrupt`, `image_truncated` or `image_unsupported`.
    """
    array = pixels_of(data, name)
    try:
        if header.light:
            colour = vips.shown_light(array, header, target)
        else:
            colour = vips.from_memory(array, header.icc, target)
    except native.pyvips().Error as error:
        raise vips.mapped(error, name) from error
    return Pixels(upright(fit(colour, target), header.orientation))


def pixels_of(data: bytes, name: str) -> Any:
    """Pixels of the primary picture at their own depth, height x width x channels.

    Raises:
        Error: `image_corrupt`, `image_truncated` or `image_unsupported`.
    """
    image, _ = _open(data, name)
    try:
        raw = image.data
        array = np.asarray(image) if raw is None else _array(image, raw)
    except _FOREIGN as error:
        raise _mapped(error, name) from error
    shaped = array if array.ndim == 3 else array[:, :, None]
    told = cicp_of(data)
    return widened(shaped, int(image.info.get("bit_depth", 8))) if told and told.narrow_grey else shaped


def _array(image: Any, raw: Any) -> Any:
    """Pixels without the padding at the ends of lines."""
    width, height = image.size
    channels = _CHANNELS.get(image.mode, 3)
    wide = ";16" in image.mode
    lines: Any = np.frombuffer(raw, dtype=np.uint16 if wide else np.uint8).reshape(height, -1)
    return lines[:, : width * channels].reshape(height, width, channels)


def _open(data: bytes, name: str) -> tuple[Any, int]:
    import pillow_heif

    try:
        file = pillow_heif.open_heif(data, convert_hdr_to_8bit=False)
        if len(file) == 0:
            raise _without_pictures(data, name)
        return file[file.primary_index], len(file)
    except _FOREIGN as error:
        raise _mapped(error, name) from error


def _without_pictures(data: bytes, name: str) -> Error:
    """A sound container whose pictures use a coding that libheif here was built without, or a broken one."""
    found = list(boxes(data, 0, len(data)))
    if found and found[-1][2] == len(data) and any(kind == b"meta" for kind, _, _ in found):
        return Error("image_unsupported", f"{name} holds pictures in a coding of HEIF that cannot be read here.")
    return Error("image_corrupt", f"{name} holds no picture that can be found.")


def _mapped(error: BaseException, name: str) -> Error:
    words = " ".join(str(error).split())[:300] or type(error).__name__
    low = words.lower()
    if any(phrase in low for phrase in _UNSUPPORTED):
        return Error("image_unsupported", f"{name} uses a feature of HEIF that cannot be read here: {words}.")
    if any(phrase in low for phrase in _TRUNCATED):
        return Error("image_truncated", f"{name} ends too early: {words}.")
    return Error("image_corrupt", f"{name} cannot be decoded: {words}.")
