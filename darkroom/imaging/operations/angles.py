"""Finds how far a picture leans: by its lines, or by its rows of text."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from darkroom.imaging import native
from darkroom.imaging.operations.base import Array, Raster, from_float

_LINES_SIDE = 512
_TEXT_SIDE = 800
_STEP = 0.1
# A line counts from this share of the shorter side on.
_SHORTEST = 0.3


def grey_copy(image: Raster, long_side: int) -> NDArray[np.uint8]:
    """A small grey copy of eight bits, for finding things."""
    cv2 = native.cv2()
    height, width = image.array.shape[:2]
    factor = min(1.0, long_side / max(width, height))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    small: Any = cv2.resize(image.colour, size, interpolation=cv2.INTER_AREA) if factor < 1 else image.colour
    eight = small if small.dtype == np.uint8 else from_float(_unit(small, image.white), "uint8")
    if eight.ndim == 3 and eight.shape[2] == 3:
        eight = cv2.cvtColor(np.ascontiguousarray(eight), cv2.COLOR_RGB2GRAY)
    return np.ascontiguousarray(eight).reshape(size[1], size[0])


def _unit(array: Array, white: float) -> Array:
    return np.asarray(np.clip(array.astype(np.float32) / np.float32(white), 0, 1))


def of_lines(image: Raster, limit: float) -> float:
    """Degrees, clockwise, that level the horizon and upright lines; 0 where no direction stands out."""
    cv2 = native.cv2()
    grey = cv2.GaussianBlur(grey_copy(image, _LINES_SIDE), (0, 0), 1.2)
    if min(grey.shape) < 16:
        return 0.0
    strength = np.hypot(cv2.Scharr(grey, cv2.CV_32F, 1, 0), cv2.Scharr(grey, cv2.CV_32F, 0, 1))
    high = max(float(np.percentile(strength, 95)) / 3.4, 25.0)
    edges = cv2.Canny(grey, high / 2, high)
    edges[:2], edges[-2:], edges[:, :2], edges[:, -2:] = 0, 0, 0, 0  # edges of the picture are no lines of it
    # Any line crosses that many edges by chance.
    chance = float((edges > 0).mean()) * max(grey.shape)
    shortest = int(_SHORTEST * min(grey.shape) + 1.5 * chance)
    level = _lines(edges, limit, shortest)
    # In the mirrored picture upright lines are level, and lean the other way.
    upright = [(-lean, votes) for lean, votes in _lines(np.ascontiguousarray(edges.T), limit, shortest)]
    found = np.array(level + upright).reshape(-1, 2)
    if not len(found):
        return 0.0
    bins = np.arange(-limit - _STEP / 2, limit + _STEP, _STEP)
    counts, _ = np.histogram(found[:, 0], bins, weights=np.square(found[:, 1]))
    best = int(np.argmax(np.convolve(counts, np.hanning(9), "same")))
    return -round(float(bins[best] + _STEP / 2), 2) + 0.0


def _lines(edges: Array, limit: float, shortest: int) -> list[tuple[float, float]]:
    """Nearly level straight lines: degrees that they lean clockwise, and how many pixels lie on them."""
    middle, reach = np.pi / 2, np.radians(limit)
    found = native.cv2().HoughLinesWithAccumulator(
        edges, 1, np.radians(_STEP), shortest, min_theta=middle - reach, max_theta=middle + reach
    )
    lines = [] if found is None else found.reshape(-1, 3)[:50]
    return [(float(np.degrees(theta - middle)), float(votes)) for _, theta, votes in lines]


def of_text(image: Raster, limit: float) -> float:
    """Degrees, clockwise, that level rows of text; 0 where rows do not stand out."""
    cv2 = native.cv2()
    grey = grey_copy(image, _TEXT_SIDE)
    if min(grey.shape) < 16:
        return 0.0
    # Ink against the paper around it, whichever of the two is darker.
    paper = cv2.GaussianBlur(grey, (0, 0), 15)
    ink = cv2.absdiff(grey, paper)
    ink[ink < 12] = 0
    if not ink.any():
        return 0.0
    coarse = np.arange(-limit, limit + 0.5, 0.5)
    scores = [_rows_apart(ink, angle) for angle in coarse]
    if max(scores) < 1.1 * float(np.median(scores)):
        return 0.0
    about = float(coarse[int(np.argmax(scores))])
    fine = [about + step * _STEP for step in range(-6, 7) if abs(about + step * _STEP) <= limit]
    return round(max(fine, key=lambda angle: _rows_apart(ink, angle)), 2) + 0.0


def _rows_apart(ink: Array, angle: Any) -> float:
    """How much rows of a turned page differ from their neighbours: most when text is level."""
    cv2 = native.cv2()
    height, width = ink.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -angle, 1.0)
    rows = cv2.warpAffine(ink, matrix, (width, height), flags=cv2.INTER_LINEAR).sum(axis=1, dtype=np.float64)
    return float(np.square(np.diff(rows)).sum())
