"""Decodes BMP with Pillow; libvips' wheel has no loader for it."""

from __future__ import annotations

import struct
from io import BytesIO
from typing import Any

import numpy as np

from darkroom.errors import Error
from darkroom.imaging import native
from darkroom.imaging.header import Header
from darkroom.imaging.pixels import Pixels, fit
from darkroom.imaging.sniff import Kind

_CHANNELS = {"1": 1, "L": 1, "P": 3, "RGB": 3, "RGBA": 4}
_FOREIGN = (OSError, ValueError, SyntaxError, TypeError, KeyError, IndexError, EOFError, OverflowError, struct.error)
_TRUNCATED = ("truncated", "not enough image data", "unexpected end")


def probe_bmp(data: bytes, kind: Kind, name: str) -> Header:
    """Header of a BMP.

    Raises:
        Error: `image_corrupt`.
    """
    image = _open(data, name)
    pixels = image.width * image.height
    return Header(
        kind=kind,
        width=image.width,
        height=image.height,
        bit_depth=1 if image.mode == "1" else 8,
        channels=_CHANNELS.get(image.mode, 3),
        memory_mb=(len(data) + pixels * 8) / 1e6 + 8,
    )


def decode_bmp(data: bytes, header: Header, target: int, name: str) -> Pixels:
    """Pixels at the target's size or smaller.

    Raises:
        Error: `image_corrupt`, `image_truncated` or `image_unsupported`.
    """
    image = _open(data, name)
    try:
        image.load()
        image = image.convert("RGBA" if "transparency" in image.info or image.mode == "RGBA" else "RGB")
    except _FOREIGN as error:
        words = str(error)
        code = "image_truncated" if any(phrase in words.lower() for phrase in _TRUNCATED) else "image_corrupt"
        raise Error(code, f"{name} cannot be decoded: {words}.") from error
    return Pixels(fit(np.asarray(image), target))


def _open(data: bytes, name: str) -> Any:
    try:
        return native.pillow().open(BytesIO(data), formats=("BMP", "DIB"))
    except _FOREIGN as error:
        words = str(error)
        if "Unsupported BMP" in words:
            raise Error("image_unsupported", f"{name} is an unusual BMP: {words}.") from error
        raise Error("image_corrupt", f"{name} cannot be decoded: {words}.") from error
