"""Runs functions of a pixel's colour over a picture: in strips that stay in the cache, or as one matrix."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darkroom.imaging import native
from darkroom.imaging.operations.base import Array, Floats, Raster, from_float, to_float
from darkroom.imaging.pixels import fit

LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""What red, green and blue weigh in brightness (Rec. 709)."""
_STRIP = 1 << 16
_SMALL = 384


def strips(image: Raster, change: Callable[[Floats], Array], *, channels: int | None = None) -> Raster:
    """The picture with its colour changed, some rows at a time.

    Args:
        image: the picture.
        change: gets n x width x channels as float32 of 0..1 and returns as many pixels; it may write into what it gets.
        channels: of the result, where they differ from those of the picture: 3 makes grey pictures coloured.
    """
    colour = image.colour
    height, width, given = colour.shape
    made = np.empty((height, width, channels or given), colour.dtype)
    rows = max(1, _STRIP // width)
    for top in range(0, height, rows):
        part = colour[top : top + rows]
        values = part.copy() if part.dtype == np.float32 else to_float(part)
        if channels == 3 and given == 1:
            values = values.repeat(3, axis=2)
        changed = change(values)
        made[top : top + rows] = from_float(changed if changed.ndim == 3 else changed[:, :, None], colour.dtype.name)
    return image.with_colour(made)


def matrix(image: Raster, weights: NDArray[np.float64], *, offset: NDArray[np.float64] | None = None) -> Raster:
    """The picture with each colour multiplied by a 3 x 3 matrix; a grey one becomes coloured.

    Args:
        image: the picture.
        weights: rows are what red, green and blue of the result are made of.
        offset: added, 0..1.
    """
    shift = np.zeros(3) if offset is None else np.asarray(offset) * image.white
    full = np.concatenate([weights, shift[:, None]], axis=1)
    if image.shape.channels == 1:
        full = np.concatenate([weights.sum(axis=1, keepdims=True), shift[:, None]], axis=1)
    if image.shape.channels == 4:
        full = np.insert(np.concatenate([full, [[0, 0, 0, 0]]]), 3, [0, 0, 0, 1], axis=1)
    found: Any = native.cv2().transform(np.ascontiguousarray(image.array), full)
    return image.of(np.maximum(found, 0) if found.dtype == np.float32 else found)


def luma(values: Array) -> Array:
    """Brightness of float colour, height x width x 1."""
    return values if values.shape[2] == 1 else np.asarray((values @ LUMA)[:, :, None])


def small_colour(image: Raster, long_side: int = _SMALL) -> Floats:
    """A small copy for statistics, three channels, 0..1, without what is transparent."""
    colour = fit(np.ascontiguousarray(image.colour), long_side)
    values = to_float(colour).reshape(*colour.shape[:2], -1)
    values = values.repeat(3, axis=2) if values.shape[2] == 1 else values
    if image.alpha is None:
        return values
    clear = fit(np.ascontiguousarray(image.alpha), long_side).reshape(-1)
    seen = values.reshape(-1, 3)[clear > image.white / 2]
    return seen[None] if len(seen) else values


def soft_luma(image: Raster, radius: float) -> Floats:
    """Brightness blurred by a large radius, height x width x 1, made at a small size where nothing is lost by it."""
    cv2 = native.cv2()
    height, width = image.array.shape[:2]
    step = max(1, min(8, int(radius // 4)))
    size = (max(1, width // step), max(1, height // step))
    colour = np.ascontiguousarray(image.colour)
    small = cv2.resize(colour, size, interpolation=cv2.INTER_AREA) if step > 1 else colour
    bright = luma(to_float(small).reshape(size[1], size[0], -1))
    soft = cv2.GaussianBlur(np.ascontiguousarray(bright), (0, 0), max(0.5, radius / step))
    found: Any = cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(found.reshape(height, width, 1))


def with_rows(image: Raster, plane: Array, change: Callable[[Floats, Array], Array]) -> Raster:
    """Like `strips`, with the same rows of a plane as large as the picture."""
    top = 0

    def next_rows(values: Floats) -> Array:
        nonlocal top
        rows = plane[top : top + values.shape[0]]
        top += values.shape[0]
        return change(values, rows)

    return strips(image, next_rows)
