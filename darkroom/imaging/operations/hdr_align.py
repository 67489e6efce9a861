"""Exposures brought over each other: shifts by threshold bitmaps, turns and tilts by correlation."""

from __future__ import annotations

import math
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from darkroom.errors import Error
from darkroom.imaging import native
from darkroom.imaging.operations.base import Raster, from_float, to_float
from darkroom.imaging.operations.detail_planes import area_resized, luma_of
from darkroom.imaging.operations.resample import warp

Method: TypeAlias = Literal["shift", "turn", "perspective"]
# Correlation finds a hundredth of a pixel, so a picture of that many pixels is enough.
_PIXELS = 800_000
# Bitmaps smaller than this say nothing: the pyramid ends there, which limits the shift to a fortieth of the side.
_SMALLEST_SIDE = 30


def transform(reference: Raster, other: Raster, method: Method) -> NDArray[np.float64]:
    """The 3 x 3 matrix between centres of pixels that brings the other picture over the reference.

    Args:
        reference: what stays.
        other: of the same size; its exposure may differ.
        method: `shift` is fastest (Ward's median threshold bitmaps, whole pixels, up to a fortieth
            of the shorter side); `turn` and `perspective`
            refine it by enhanced correlation (Evangelidis and Psarakis 2008) to fractions of a pixel.

    Raises:
        Error: `invalid_parameter` where the pictures have nothing in common.
    """
    first, second = _grey(reference), _grey(other)
    if first.shape != second.shape:
        raise Error("invalid_parameter", "Exposures must have the same size to be aligned.")
    if min(first.shape) < 2 * _SMALLEST_SIDE:
        return np.eye(3)
    cv2 = native.cv2()
    levels = min(6, int(math.log2(min(first.shape) / _SMALLEST_SIDE)))
    shift = cv2.createAlignMTB(levels).calculateShift(first, second)
    found = np.array([[1, 0, shift[0]], [0, 1, shift[1]], [0, 0, 1.0]])
    return found if method == "shift" else _refined(first, second, found, method)


def _grey(image: Raster) -> Any:
    plane = luma_of(to_float(np.ascontiguousarray(image.colour)))
    return from_float(np.clip(plane, 0, 1), "uint8")


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
