"""Exposures brought over each other: by threshold bitmaps first, then to fractions of a pixel."""

from __future__ import annotations

import math
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from darkroom.errors import Error
from darkroom.imaging import native
from darkroom.imaging.operations.base import Raster, from_float, to_float
from darkroom.imaging.operations.detail_planes import area_resized, luma_of
from darkroom.imaging.operations.resample import to_light, warp

Method: TypeAlias = Literal["shift", "turn", "perspective"]
# Correlation finds a hundredth of a pixel, so a picture of that many pixels is enough.
_PIXELS = 800_000
# Bitmaps smaller than this say nothing: the pyramid ends there, which limits the shift to a fortieth of the side.
_SMALLEST_SIDE = 30
# The bitmaps know a shift to the pixel: what is added to it is less, or has followed something else.
_PART = 1.5
# A shift this near to whole pixels is one: moved by whole pixels a picture stays as sharp as it was.
_WHOLE = 0.05
# More pixels than that take long to transform and place the peak no better.
_FOURIER_PIXELS = 2_000_000
_STEEP = 0.2
# Grids around the peak: their step in pixels, and how many steps to each side.
_CLOSER = ((0.2, 8), (0.02, 12))


def transform(reference: Raster, other: Raster, method: Method) -> NDArray[np.float64]:
    """The 3 x 3 matrix between centres of pixels that brings the other picture over the reference.

    Args:
        reference: what stays.
        other: of the same size; its exposure may differ.
        method: all begin with Ward's median threshold bitmaps (whole pixels, up to a fortieth of the shorter side) and go on
            to fractions of a pixel: `shift` by upsampled correlation, `turn` and `perspective` by enhanced correlation (Evangelidis and Psarakis 2008).

    Raises:
        Error: `invalid_parameter` where the pictures have nothing in common.
    """
    planes = [_plane(one) for one in (reference, other)]
    first, second = (from_float(plane, "uint8") for plane in planes)
    if first.shape != second.shape:
        raise Error("invalid_parameter", "Exposures must have the same size to be aligned.")
    if min(first.shape) < 2 * _SMALLEST_SIDE:
        return np.eye(3)
    cv2 = native.cv2()
    levels = min(6, int(math.log2(min(first.shape) / _SMALLEST_SIDE)))
    shift = cv2.createAlignMTB(levels).calculateShift(first, second)
    found = np.array([[1, 0, shift[0]], [0, 1, shift[1]], [0, 0, 1.0]])
    return _shifted(planes[0], planes[1], found) if method == "shift" else _refined(first, second, found, method)


def _plane(image: Raster) -> Any:
    return np.clip(luma_of(to_float(np.ascontiguousarray(image.colour))), 0, 1)


def _shifted(first: Any, second: Any, whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """A shift to a fiftieth of a pixel: correlation by Fourier transforms, its peak looked at ever closer."""
    height, width = first.shape
    shrink = max(1.0, math.sqrt(height * width / _FOURIER_PIXELS))
    size = (round(width / shrink), round(height / shrink))
    still, moved = (np.fft.fft2(_slopes(area_resized(plane, *size))) for plane in (first, second))
    both = still * np.conj(moved)
    if np.abs(both).max() == 0:
        return whole
    place = whole[:2, 2] / shrink
    for step, steps in _CLOSER:
        place = _peak(both, place, step, steps)
    found, rounded = place * shrink, np.round(place * shrink)
    if np.abs(found - whole[:2, 2]).max() > _PART * shrink:
        return whole
    found = rounded if np.abs(found - rounded).max() < _WHOLE else found
    return np.array([[1, 0, found[0]], [0, 1, found[1]], [0, 0, 1.0]])


def _slopes(plane: Any) -> NDArray[np.complex128]:
    """Which way stops of light rise, strong slopes and weak ones alike: that is the same whatever the exposure."""
    stops = np.log2(to_light(plane) + 1e-3)
    down, across = np.gradient(native.cv2().GaussianBlur(stops, (0, 0), 1.0))
    slope = across + 1j * down
    fading = np.outer(np.hanning(plane.shape[0]), np.hanning(plane.shape[1]))
    found: NDArray[np.complex128] = slope / (np.abs(slope) + _STEEP) * fading
    return found


def _peak(both: Any, near: NDArray[np.float64], step: float, steps: int) -> NDArray[np.float64]:
    """Where two pictures are most alike around a place, by a part of the transform alone (Guizar-Sicairos 2008)."""
    offsets = np.arange(-steps, steps + 1) * step
    height, width = both.shape
    rows = np.exp(2j * np.pi * np.outer(near[1] + offsets, np.fft.fftfreq(height)))
    columns = np.exp(2j * np.pi * np.outer(np.fft.fftfreq(width), near[0] + offsets))
    row, column = np.unravel_index(np.abs(rows @ both @ columns).argmax(), (len(offsets), len(offsets)))
    return np.array([near[0] + offsets[column], near[1] + offsets[row]])


def _refined(first: Any, second: Any, start: NDArray[np.float64], method: str) -> NDArray[np.float64]:
    cv2 = native.cv2()
    height, width = first.shape
    shrink = max(1.0, math.sqrt(height * width / _PIXELS))
    size = (round(width / shrink), round(height / shrink))
    small = [cv2.equalizeHist(area_resized(plane, *size)) for plane in (first, second)]
    to_small = np.diag([size[0] / width, size[1] / height, 1.0])
    # OpenCV wants the way from the reference to the other picture.
    guess = np.linalg.inv(to_small @ start @ np.linalg.inv(to_small)).astype(np.float32)
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 60, 1e-5)
    kind = cv2.MOTION_EUCLIDEAN if method == "turn" else cv2.MOTION_HOMOGRAPHY
    begin = guess[:2] if method == "turn" else guess
    try:
        _, matrix = cv2.findTransformECC(*small, np.ascontiguousarray(begin), kind, stop, None, 5)
    except cv2.error as error:
        raise Error(
            "invalid_parameter",
            "The exposures have too little in common to be aligned.",
            remedy="Leave out the picture that does not belong to them, or align by `shift` only.",
        ) from error
    whole = np.vstack([matrix, [0, 0, 1]]) if method == "turn" else matrix
    found: NDArray[np.float64] = np.linalg.inv(to_small) @ np.linalg.inv(whole.astype(np.float64)) @ to_small
    found /= found[2, 2]
    return found


def aligned(reference: Raster, other: Raster, method: Method) -> Raster:
    """The other picture brought over the reference; its edge is repeated where it does not reach."""
    matrix = transform(reference, other, method)
    if np.abs(matrix - np.eye(3)).max() < 1e-9:
        return other
    return warp(other, matrix, reference.shape.width, reference.shape.height, None)
