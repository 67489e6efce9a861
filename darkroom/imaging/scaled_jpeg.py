"""Decodes JPEG to a fraction of its size by our own decoder, where that is built; see `compiled/scaled_jpeg.c`.

It reads neither the values nor the frequencies that the smaller picture has no use for, and so takes two fifths of the
time of libjpeg-turbo for an eighth and three fifths of it for a half. It refuses everything unusual and everything damaged.
"""

from __future__ import annotations

import ctypes
import threading
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np

from darkroom.imaging.compiled.build import library
from darkroom.imaging.pixels import Array

FACTORS = (2, 4, 8)
_KEPT = threading.local()
# Of a weight's fraction, as `compiled/reduce.h` has it.
_WEIGHT_BITS = 14
_LOBES = 3


class _Axis(ctypes.Structure):
    """How one direction is made smaller."""

    _fields_ = (
        ("size", ctypes.c_int),
        ("taps", ctypes.c_int),
        ("first", ctypes.c_void_p),
        ("weights", ctypes.c_void_p),
    )


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


def decode(data: bytes, shape: tuple[int, int, int], factor: int, size: tuple[int, int] | None = None) -> Array | None:
    """The picture at 1/factor, as stored: ceil(height / factor) x ceil(width / factor) x channels, RGB or grey.

    Args:
        data: the file.
        shape: height, width and channels (1 or 3) of the whole picture, as its header tells.
        factor: 2, 4 or 8.
        size: width and height that it is brought to from there by Lanczos, in the same go, if neither is larger.

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
    rows, columns = -(-shape[0] // factor), -(-shape[1] // factor)
    across = down = None
    if size and size[0] <= columns and size[1] <= rows:
        across, down = _axis(columns, size[0], 8), _axis(rows, size[1], 2)
        columns, rows = size
    made = np.empty((rows, columns, shape[2]), np.uint8)
    refused = decoder.run(state, data, len(data), factor, across, down, made.ctypes.data, made.nbytes)
    return None if refused else made


@lru_cache(maxsize=512)
def _axis(count: int, size: int, together: int) -> Any:
    """Lanczos with three lobes (C. E. Duchon 1979), widened by the reduction; beyond its edge a picture goes on as there.

    Args:
        count: pixels of the source.
        size: those of the result, not more.
        together: taps are a multiple of this.
    """
    ratio = count / size
    centres = (np.arange(size) + 0.5) * ratio - 0.5
    taps = -int(-2 * _LOBES * ratio // together) * together
    begin = np.floor(centres - _LOBES * ratio).astype(int) + 1
    places = begin[:, None] + np.arange(taps)
    at = (places - centres[:, None]) / ratio
    exact = np.where(np.abs(at) < _LOBES, np.sinc(at) * np.sinc(at / _LOBES), 0.0)
    weights = np.zeros((size, taps))
    first = np.clip(begin, 0, max(0, count - taps))
    np.add.at(weights, (np.arange(size)[:, None], np.clip(places, 0, count - 1) - first[:, None]), exact)
    whole = np.rint(weights / weights.sum(axis=1, keepdims=True) * (1 << _WEIGHT_BITS)).astype(np.int16)
    # What rounding left over, so that what is flat stays as bright as it was.
    whole[np.arange(size), weights.argmax(axis=1)] += ((1 << _WEIGHT_BITS) - whole.sum(axis=1)).astype(np.int16)
    starts = np.ascontiguousarray(first, np.int32)
    axis = _Axis(size, taps, starts.ctypes.data, whole.ctypes.data)
    axis.kept = starts, whole
    return axis


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
    axis = ctypes.POINTER(_Axis)
    run.argtypes = [ctypes.c_void_p, bytes_, whole, ctypes.c_int, axis, axis, ctypes.c_void_p, whole]
    return _Decoder(build, run, int(size()))


def _open(build: str) -> Any:
    path = library(build)
    try:
        return ctypes.CDLL(str(path)) if path.exists() else None
    except OSError:  # for another machine, or from a disk that nothing may be run from
        return None
