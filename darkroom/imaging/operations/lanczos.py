"""Lanczos for small reductions of small pictures: a filter of a few taps, then cubic interpolation.

libvips' Lanczos is exact, but building its graph and waking its thread cost 0.7 ms whatever the size: as much as decoding
a picture of 640 pixels. The taps here are fitted such that both steps together weigh pixels as Lanczos would.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from darkroom.imaging import native
from darkroom.imaging.pixels import Array

Taps: TypeAlias = NDArray[np.float64]

LARGEST = 2_000_000
"""Pixels of a source up to which this is quicker than libvips."""
STEEPEST = 2.1
"""Reduction up to which the taps follow Lanczos closely."""
# Of OpenCV's cubic interpolation.
_SHARPNESS = -0.75
_LOBES = 3
# Taps on either side of the middle one: with more the pictures are no more alike, with two they are softer.
_PAIRS = 3
# Places between two pixels at which the weights are compared.
_PHASES = 17


def serves(array: NDArray[np.generic], width: int, height: int) -> bool:
    """Whether this reduction is one for the taps."""
    rows, columns = array.shape[:2]
    reduces = width <= columns <= width * STEEPEST and height <= rows <= height * STEEPEST
    return array.dtype == np.uint8 and reduces and rows * columns <= LARGEST


def reduce(array: Array, width: int, height: int) -> Array:
    """The picture at another size; see `serves`."""
    cv2 = native.cv2()
    across, down = _taps(round(array.shape[1] / width, 3)), _taps(round(array.shape[0] / height, 3))
    soft = cv2.sepFilter2D(array, -1, across, down, borderType=cv2.BORDER_REPLICATE)
    return cv2.resize(soft, (width, height), interpolation=cv2.INTER_CUBIC)  # type: ignore[no-any-return]


@lru_cache(maxsize=512)
def _taps(ratio: float) -> Taps:
    """Symmetric weights that cubic interpolation turns into Lanczos for this reduction."""
    if ratio == 1.0:
        return np.ones(1)
    half, reach = _PAIRS, _PAIRS + 2 * _LOBES
    places = np.arange(-reach, reach + 2)
    rows, wanted = [], []
    for phase in np.linspace(0, 1, _PHASES):
        weights = _lanczos((places - phase) / ratio)
        wanted.append(weights / weights.sum())
        rows.append(_spread(_cubic(float(phase)), half, reach))
    # One more equation, of so much weight that it holds: what is flat stays as bright as it was.
    unity = np.where(np.arange(half + 1) == 0, 1.0, 2.0) * 1e3
    matrix = np.concatenate([*rows, unity[None]])
    side = np.linalg.lstsq(matrix, np.append(np.concatenate(wanted), 1e3), rcond=None)[0]
    taps = np.concatenate([side[:0:-1], side])
    return np.asarray(taps / taps.sum())


def _spread(cubic: tuple[float, ...], half: int, reach: int) -> Taps:
    """What each tap (the middle one, then pairs outwards) adds to the weight of each pixel."""
    matrix = np.zeros((2 * reach + 2, half + 1))
    for offset, weight in zip((-1, 0, 1, 2), cubic, strict=True):
        for tap in range(-half, half + 1):
            matrix[offset + tap + reach, abs(tap)] += weight
    return matrix


def _lanczos(at: Taps) -> Taps:
    inside: Taps = np.where(np.abs(at) < _LOBES, np.sinc(at) * np.sinc(at / _LOBES), 0.0)
    return inside


def _cubic(phase: float) -> tuple[float, ...]:
    """Weights of the four pixels around a place, as OpenCV has them."""
    far, near, rest = phase + 1, phase, 1 - phase
    first = ((_SHARPNESS * far - 5 * _SHARPNESS) * far + 8 * _SHARPNESS) * far - 4 * _SHARPNESS
    second = ((_SHARPNESS + 2) * near - (_SHARPNESS + 3)) * near * near + 1
    third = ((_SHARPNESS + 2) * rest - (_SHARPNESS + 3)) * rest * rest + 1
    return first, second, third, 1 - first - second - third
