"""Decodes with Pillow what libvips' wheel cannot: BMP, and TIFF of unusual depth or compression."""

from __future__ import annotations

import struct
from io import BytesIO
from typing import Any

import numpy as np

from darkroom.errors import Error
from darkroom.imaging import native
from darkroom.imaging.colour import to_srgb
from darkroom.imaging.header import Header
from darkroom.imaging.metadata import Blocks
from darkroom.imaging.pixels import Array, Pixels, fit, upright
from darkroom.imaging.sniff import Kind

_FORMATS = {"bmp": ("BMP", "DIB"), "tiff": ("TIFF",)}
_CHANNELS = {"1": 1, "L": 1, "P": 3, "RGB": 3, "RGBA": 4, "LA": 2, "LAB": 3, "CMYK": 4, "YCbCr": 3}
_DEEP = {"I;16": 16, "I;16B": 16, "I": 32, "F": 32}
_FOREIGN = (OSError, ValueError, SyntaxError, TypeError, KeyError, IndexError, EOFError, OverflowError, struct.error)
_TRUNCATED = ("truncated", "not enough image data", "unexpected end", "buffer is not large enough")
_ORIENTATION = 0x0112


def probe_fallback(data: bytes, kind: Kind, name: str) -> Header:
    """Header of what Pillow reads.

    Raises:
        Error: `image_corrupt` or `image_unsupported`.
    """
    image = _open(data, kind, name)
    pixels = image.width * image.height
    turn = image.getexif().get(_ORIENTATION, 1) if kind.format == "tiff" else 1
    return Header(
        kind=kind,
        width=image.width,
        height=image.height,
        frames=max(1, int(getattr(image, "n_frames", 1))),
        bit_depth=1 if image.mode == "1" else _DEEP.get(image.mode, 8),
        channels=_CHANNELS.get(image.mode, 1 if image.mode in _DEEP else 3),
        orientation=turn if turn in range(1, 9) else 1,
        icc=bytes(image.info.get("icc_profile") or b""),
        blocks=Blocks(data) if kind.format == "tiff" else Blocks(),
        memory_mb=(len(data) + pixels * 12) / 1e6 + 8,
    )


def decode_fallback(data: bytes, header: Header, target: int, name: str) -> Pixels:
    """Pixels at the target's size or smaller.

    Raises:
        Error: `image_corrupt`, `image_truncated` or `image_unsupported`.
    """
    image = _open(data, header.kind, name)
    try:
        image.load()
        array = _eight_bits(image)
    except _FOREIGN as error:
        words = str(error)
        code = "image_truncated" if any(phrase in words.lower() for phrase in _TRUNCATED) else "image_corrupt"
        raise Error(code, f"{name} cannot be decoded: {words}.") from error
    colour = to_srgb(array, header.icc) if array.shape[2] == 3 else array
    return Pixels(upright(fit(colour, target), header.orientation))


def _eight_bits(image: Any) -> Array:
    if image.mode in _DEEP:
        # The range of such files is not written anywhere: what is there is spread over black to white.
        deep = np.nan_to_num(np.asarray(image).astype(np.float64))
        low, high = float(deep.min()), float(deep.max())
        full = 65535.0 if image.mode.startswith("I;16") else high - low or 1.0
        grey = np.clip((deep - (0.0 if full == 65535.0 else low)) * (255 / full), 0, 255).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)
    if image.mode == "LAB":
        from PIL import ImageCms

        to_rgb = ImageCms.buildTransform(ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB")
        return np.asarray(ImageCms.applyTransform(image, to_rgb))
    has_alpha = "transparency" in image.info or image.mode in ("RGBA", "LA", "PA")
    return np.asarray(image.convert("RGBA" if has_alpha else "RGB"))


def _open(data: bytes, kind: Kind, name: str) -> Any:
    try:
        return native.pillow().open(BytesIO(data), formats=_FORMATS[kind.format])
    except _FOREIGN as error:
        words = str(error).split("<_io", 1)[0].strip()
        if "nsupported" in words or "unknown pixel mode" in words:
            raise Error("image_unsupported", f"{name} is an unusual {kind.format.upper()}: {words}.") from error
        raise Error("image_corrupt", f"{name} cannot be decoded: {words}.") from error
