"""Lanczos in whole numbers for pictures of 8 bits, by what is written in C (`compiled/reduce.h`) where that is built.

libvips does the same more slowly, and for a small picture building its graph takes longer than the work.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darkroom.imaging.compiled.opened import Axis, compiled
from darkroom.imaging.pixels import Array

STEEPEST = 8.0
"""Reduction up to which it was measured to be quicker than libvips, which takes means of blocks first where it may."""
# Less high than that, and there might be fewer rows than taps.
_LOWEST = 8
# Of a weight's fraction, as `compiled/reduce.h` has it.
_WEIGHT_BITS = 14
_LOBES = 3
# Taps of a row are taken so many at a time, and rows by twos.
ACROSS, DOWN = 8, 2


def serves(array: NDArray[np.generic], width: int, height: int) -> bool:
    """Whether this reduction can be done here."""
    rows, columns = array.shape[:2]
    if not (width <= columns <= width * STEEPEST and height <= rows <= height * STEEPEST):
        return False
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] not in (1, 3):
        return False
    return height >= _LOWEST and compiled() is not None


def reduce(array: Array, width: int, height: int) -> Array:
    """The picture at another size, not larger; see `serves`."""
    found = compiled()
    assert found is not None, "asked for where it does not serve"  # noqa: S101
    rows, columns, channels = array.shape
    whole = np.ascontiguousarray(array)
    made = np.empty((height, width, channels), np.uint8)
    across, down = axis(columns, width, ACROSS), axis(rows, height, DOWN)
    if found.reduce(whole.ctypes.data, columns, rows, channels, across, down, made.ctypes.data):
        raise MemoryError
    return made


@lru_cache(maxsize=512)
def axis(count: int, size: int, together: int) -> Any:
    """Weights of Lanczos with three lobes (C. E. Duchon 1979), widened by the reduction; beyond its edge a picture goes on.

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
    made = Axis(size, taps, starts.ctypes.data, whole.ctypes.data)
    made.kept = starts, whole
    return made
