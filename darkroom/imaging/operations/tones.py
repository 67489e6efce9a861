"""Functions of one channel, run as tables: however many follow each other, the picture is passed over once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from darkroom.imaging import native
from darkroom.imaging.operations.base import Array, Raster

Values: TypeAlias = NDArray[np.float64]
Tone: TypeAlias = Callable[[Any, Any], Any]
Curve: TypeAlias = Callable[[Any], Any]
"""Values (one axis) to as many values, or to n x 3."""

_LEVELS = {"uint8": 256, "uint16": 65536}
# What red, green and blue weigh where three curves meet a picture with one channel.
_WEIGHTS = np.array([0.299, 0.587, 0.114])
_STRIP = 1 << 16


def apply(image: Raster, curves: Sequence[Curve]) -> Raster:
    """The picture with all curves applied, one after the other, rounded once."""
    colour = image.colour
    depth = colour.dtype.name
    if depth == "float32":
        return image.with_colour(_on_floats(colour, curves))
    table = _table(curves, _LEVELS[depth], colour.shape[2])
    table = np.clip(np.rint(table * image.white), 0, image.white).astype(depth)
    return image.of(_look_up(image.array, table))


def to_light(values: Any) -> Values:
    """sRGB values as linear light."""
    low, high = values / 12.92, np.power((np.maximum(values, 0) + 0.055) / 1.055, 2.4)
    return np.asarray(np.where(values <= 0.04045, low, high))


def from_light(light: Any) -> Values:
    """Linear light as sRGB values."""
    low, high = light * 12.92, 1.055 * np.power(np.maximum(light, 0), 1 / 2.4) - 0.055
    return np.asarray(np.where(light <= 0.0031308, low, high))


def _table(curves: Sequence[Curve], levels: int, channels: int) -> Values:
    """What each level becomes: one axis, or levels x 3."""
    return _chain(np.linspace(0.0, 1.0, levels), curves, channels)


def _chain(values: Values, curves: Sequence[Curve], channels: int) -> Values:
    found = values
    for curve in curves:
        if found.ndim == 1:
            found = np.asarray(curve(found), np.float64)
        else:  # the channels differ already: each goes through its own curve
            parts = [np.asarray(curve(found[:, index]), np.float64) for index in range(3)]
            found = np.stack([part if part.ndim == 1 else part[:, index] for index, part in enumerate(parts)], axis=1)
    return np.asarray(found @ _WEIGHTS) if found.ndim == 2 and channels == 1 else found


def _look_up(array: Array, table: Array) -> Array:
    channels = array.shape[2]
    if channels == 1 and table.ndim == 1:
        return _lut(array, table)
    if channels == 4:
        colour = table if table.ndim == 2 else table[:, None].repeat(3, axis=1)
        alpha = np.arange(len(table), dtype=table.dtype)[:, None]
        table = np.concatenate([colour, alpha], axis=1)
    return _lut(array, table)


def _lut(array: Array, table: Array) -> Array:
    shaped = table if table.ndim == 1 else np.ascontiguousarray(table)[None]
    found: Any = native.cv2().LUT(np.ascontiguousarray(array), shaped)
    return found  # type: ignore[no-any-return]


def _on_floats(colour: Array, curves: Sequence[Curve]) -> Array:
    """Each value by itself: a table would lose what is beyond white and between its levels."""
    height, width, channels = colour.shape
    found = np.empty_like(colour)
    rows = max(1, _STRIP // width)
    for top in range(0, height, rows):
        for index in range(channels):
            strip = colour[top : top + rows, :, index].reshape(-1).astype(np.float64)
            made = _chain(strip, curves, channels)
            shown = made if made.ndim == 1 else made[:, index]
            found[top : top + rows, :, index] = shown.reshape(-1, width)
    return found
