"""Large pictures through a model in tiles that overlap, blended so that no seam shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from darkroom.errors import Error
from darkroom.imaging import native
from darkroom.imaging.operations.base import Floats

MAX_OUTPUT_PIXELS = 400_000_000
LEAST_SIDE = 32
"""Smaller tiles are not tried."""
# Bytes for each value: measured two to three copies in floats for plain and residual networks; dense ones keep more.
_EACH = 24
# Of what is free: others work beside it.
_SHARE = 0.5


@dataclass(frozen=True)
class Tiling:
    """How a picture is cut."""

    side: int = 256
    """Of a tile in pixels of the input."""
    overlap: int = 32
    """What two tiles share. A quarter of it at each border is thrown away, as the model saw no surroundings there."""
    multiple: int = 8
    """Sides of what the model gets are multiples of this."""
    fixed: tuple[int, int] | None = None
    """Height and width where the model takes no others."""
    grid: int = 1
    """Tiles begin at multiples of this: what a model that strides makes of a place depends on where that lies among its strides."""


def roomy(tiling: Tiling, channels: int, free: int, factor: int = 1) -> Tiling:
    """Tiles so small that a model probably has room: systems hand out more memory than there is, and end who uses it.

    Args:
        tiling: as it was asked for.
        channels: the most that the model has for a pixel.
        free: bytes that are free.
        factor: how many times larger the model makes a picture.
    """
    while (tiling.side * factor) ** 2 * channels * _EACH > free * _SHARE and tiling.side // 2 >= LEAST_SIDE:
        tiling = replace(tiling, side=tiling.side // 2, overlap=min(tiling.overlap, tiling.side // 4))
    return tiling


def run_fitting(picture: Floats, run: Callable[[Floats], Floats], tiling: Tiling, factor: int = 1) -> Floats:
    """As `run_tiled`, in tiles of half the side, and half of that, where there is no memory for larger ones.

    Raises:
        Error: as `run_tiled`; `image_out_of_memory` where even small tiles need too much.
    """
    try:
        return run_tiled(picture, run, tiling, factor)
    except Error as error:
        side = min(tiling.side, max(picture.shape[:2])) // 2
        if error.code != "image_out_of_memory" or tiling.fixed or side < LEAST_SIDE:
            raise
    # What models look at around a pixel stays the same, as far as a smaller tile has it.
    return run_fitting(picture, run, replace(tiling, side=side, overlap=min(tiling.overlap, side // 2)), factor)


def run_tiled(picture: Floats, run: Callable[[Floats], Floats], tiling: Tiling, factor: int = 1) -> Floats:
    """The model's picture of a whole picture.

    Args:
        picture: height x width x channels.
        run: the model, for one tile.
        tiling: how to cut.
        factor: how many times larger the model makes a picture.

    Raises:
        Error: `model_unusable` where the model gives another size; `image_too_many_pixels` for too large a result.
    """
    height, width = picture.shape[:2]
    if height * width * factor**2 > MAX_OUTPUT_PIXELS:
        pixels = f"{width * factor} x {height * factor}"
        raise Error("image_too_many_pixels", f"The result would be {pixels}; make the picture smaller first.")
    tall, wide = tiling.fixed or (tiling.side, tiling.side)
    rows, columns = (
        _starts(length, side, tiling.overlap, tiling.grid) for length, side in ((height, tall), (width, wide))
    )
    made: Any = None
    weights = np.zeros((height * factor, width * factor, 1), np.float32)
    for top in rows:
        for left in columns:
            tile = picture[top : top + tall, left : left + wide]
            found = _one(tile, run, tiling, factor)
            if made is None:
                made = np.zeros((height * factor, width * factor, found.shape[2]), np.float32)
            weight = _feather((top, top + tile.shape[0], height), tiling.overlap, factor)[:, None, None]
            weight = weight * _feather((left, left + tile.shape[1], width), tiling.overlap, factor)[None, :, None]
            place = (
                slice(top * factor, (top + tile.shape[0]) * factor),
                slice(left * factor, (left + tile.shape[1]) * factor),
            )
            made[place] += weight * found
            weights[place] += weight
    return np.asarray(made / weights, np.float32)


def _starts(length: int, side: int, overlap: int, grid: int = 1) -> list[int]:
    """Where tiles begin; the last one ends with the picture, or less than a step of the grid behind it."""
    if length <= side:
        return [0]
    step = max(1, (side - min(overlap, side // 2)) // grid) * grid
    count = -(-(length - side) // step)
    return [*(number * step for number in range(count)), -(-(length - side) // grid) * grid]


def _feather(span: tuple[int, int, int], overlap: int, factor: int) -> Floats:
    """Weight along one side: nothing at the very border of a tile, a ramp, one; the picture's own border counts full."""
    start, end, length = span
    places = np.arange((end - start) * factor, dtype=np.float32) / factor + 0.5 / factor
    dead, ramp = overlap / 4, max(overlap / 2, 1e-3)
    weight = np.ones_like(places)
    if start > 0:
        weight = np.minimum(weight, (places - dead) / ramp)
    if end < length:
        weight = np.minimum(weight, ((end - start) - places - dead) / ramp)
    # Never quite zero: with no overlap the tiles themselves are all there is.
    return np.clip(weight, 1e-6, 1).astype(np.float32)


def _one(tile: Floats, run: Callable[[Floats], Floats], tiling: Tiling, factor: int) -> Floats:
    """One tile, padded to what the model takes, its result cut back."""
    height, width = tile.shape[:2]
    tall, wide = tiling.fixed or tuple(-(-size // tiling.multiple) * tiling.multiple for size in (height, width))
    padded = np.ascontiguousarray(tile)
    if (tall, wide) != (height, width):
        cv2 = native.cv2()
        border = (0, tall - height, 0, wide - width)
        padded = cv2.copyMakeBorder(padded, *border, cv2.BORDER_REFLECT).reshape(tall, wide, tile.shape[2])
    found = run(padded)
    if found.shape[:2] != (tall * factor, wide * factor):
        got = f"{found.shape[1]} x {found.shape[0]} for {wide} x {tall}"
        raise Error("model_unusable", f"The model gives {got}, which is not {factor} times the size.")
    return found[: height * factor, : width * factor]
