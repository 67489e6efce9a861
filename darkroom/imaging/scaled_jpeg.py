"""Decodes JPEG to a fraction of its size by our own decoder, where that is built; see `compiled/scaled_jpeg.c`.

It reads neither the values nor the frequencies that the smaller picture has no use for, and so takes two fifths of the
time of libjpeg-turbo for an eighth and three fifths of it for a half, of progressive ones a third to a half. It refuses everything unusual and everything damaged.
"""

from __future__ import annotations

import ctypes
import threading

import numpy as np

from darkroom.imaging.compiled.opened import compiled
from darkroom.imaging.lanczos import ACROSS, DOWN, axis
from darkroom.imaging.pixels import Array

FACTORS = (2, 4, 8)
_KEPT = threading.local()


def available() -> str:
    """Which build is used: `fast`, `plain`, or nothing where none was built."""
    found = compiled()
    return found.build if found else ""


def decode(data: bytes, shape: tuple[int, int, int], factor: int, size: tuple[int, int] | None = None) -> Array | None:
    """The picture at 1/factor, as stored: ceil(height / factor) x ceil(width / factor) x channels, RGB or grey.

    Args:
        data: the file.
        shape: height, width and channels (1 or 3) of the whole picture, as its header tells.
        factor: 2, 4 or 8.
        size: width and height that it is brought to from there by Lanczos, in the same go, if neither is larger.

    Returns:
        None where the decoder was not built, or leaves this file to another one: arithmetic coding, RGB or CMYK inside, and all
        that is not whole.
    """
    decoder = compiled()
    if decoder is None or factor not in FACTORS:
        return None
    state = getattr(_KEPT, "state", None)
    if state is None:
        state = _KEPT.state = ctypes.create_string_buffer(decoder.state_bytes)
    rows, columns = -(-shape[0] // factor), -(-shape[1] // factor)
    across = down = None
    if size and size[0] <= columns and size[1] <= rows:
        across, down = axis(columns, size[0], ACROSS), axis(rows, size[1], DOWN)
        columns, rows = size
    made = np.empty((rows, columns, shape[2]), np.uint8)
    refused = decoder.decode(state, data, len(data), factor, across, down, made.ctypes.data, made.nbytes)
    return None if refused else made
