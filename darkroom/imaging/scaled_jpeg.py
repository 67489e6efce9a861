"""Decodes JPEG to a fraction of its size by our own decoder, where that is built; see `compiled/scaled_jpeg.c`.

It reads neither the values nor the frequencies that the smaller picture has no use for, and so takes two fifths of the
time of libjpeg-turbo for an eighth and three fifths of it for a half. It refuses everything unusual and everything damaged.
"""

from __future__ import annotations

import ctypes
import threading
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from darkroom.imaging.compiled.build import library
from darkroom.imaging.pixels import Array

FACTORS = (2, 4, 8)
_KEPT = threading.local()


@dataclass(frozen=True)
class _Decoder:
    """A build that was found, opened."""

    build: str
    run: Any
    state_bytes: int


def available() -> str:
    """Which build is used: `fast`, `plain`, or nothing where none was built."""
    found = _decoder()
    return found.build if found else ""


def decode(data: bytes, width: int, height: int, channels: int, factor: int) -> Array | None:
    """The picture at 1/factor, as stored: ceil(height / factor) x ceil(width / factor) x channels, RGB or grey.

    Args:
        data: the file.
        width: of the whole picture, as its header tells.
        height: likewise.
        channels: 1 or 3.
        factor: 2, 4 or 8.

    Returns:
        None where the decoder was not built, or leaves this file to another one: progressive and arithmetic coding, RGB
        or CMYK inside, and all that is not whole.
    """
    decoder = _decoder()
    if decoder is None or factor not in FACTORS:
        return None
    state = getattr(_KEPT, "state", None)
    if state is None:
        state = _KEPT.state = ctypes.create_string_buffer(decoder.state_bytes)
    made = np.empty((-(-height // factor), -(-width // factor), channels), np.uint8)
    refused = decoder.run(state, data, len(data), factor, made.ctypes.data, made.nbytes)
    return None if refused else made


@cache
def _decoder() -> _Decoder | None:
    found, build = _open("plain"), "plain"
    if found is not None and found.darkroom_jpeg_fast() and (fast := _open("fast")) is not None:
        found, build = fast, "fast"
    if found is None:
        return None
    size, run = found.darkroom_jpeg_state, found.darkroom_jpeg_scaled
    size.restype = ctypes.c_size_t
    bytes_, whole = ctypes.c_char_p, ctypes.c_size_t
    run.argtypes = [ctypes.c_void_p, bytes_, whole, ctypes.c_int, ctypes.c_void_p, whole]
    return _Decoder(build, run, int(size()))


def _open(build: str) -> Any:
    path = library(build)
    try:
        return ctypes.CDLL(str(path)) if path.exists() else None
    except OSError:  # for another machine, or from a disk that nothing may be run from
        return None
