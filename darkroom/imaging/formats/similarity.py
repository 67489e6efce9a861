"""How alike two pictures look: structural similarity (Wang et al., 2004) of their brightness, on a fair sample."""

from __future__ import annotations

from typing import Any

import numpy as np

from darkroom.imaging import native
from darkroom.imaging.formats.frames import AnyArray, Frames
from darkroom.imaging.formats.prepare import flattened, with_depth

TILE = 256
TILES = 4
"""Tiles of the sample in each direction; a picture of no more pixels is taken whole."""
_GRID = 16
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_WHITE = (255, 255, 255)


def sampled(frames: Frames) -> Frames:
    """Sixteen tiles from all over a large picture put together as a smaller one; small ones as they are.

    Tiles begin where the blocks of the encoders begin, so what is true of the sample is nearly true of the whole.
    """
    pixels = frames.pixels
    if pixels.shape[0] * pixels.shape[1] <= (TILE * TILES) ** 2 * 1.5 or min(pixels.shape[:2]) < TILE:
        return Frames(pixels, frames.icc)
    rows, columns = (_places(length) for length in pixels.shape[:2])
    strips = [np.concatenate([pixels[y : y + TILE, x : x + TILE] for x in columns], axis=1) for y in rows]
    return Frames(np.ascontiguousarray(np.concatenate(strips, axis=0)), frames.icc)


def _places(length: int) -> list[int]:
    if length < TILE * TILES:
        return list(range(0, length - TILE + 1, TILE))
    room = length - TILE
    return [room * index // (TILES - 1) // _GRID * _GRID for index in range(TILES)]


def luma(frames: Frames) -> AnyArray:
    """Brightness in eight bits, transparent parts on white."""
    eight = with_depth(frames, 8)
    flat = flattened(eight, _WHITE) if eight.has_alpha else eight
    if flat.channels == 1:
        return flat.pixels[:, :, 0]
    grey: AnyArray = native.cv2().cvtColor(flat.pixels, native.cv2().COLOR_RGB2GRAY)
    return grey


def ssim(one: AnyArray, other: AnyArray) -> float:
    """Similarity of two pictures of brightness (uint8, the same size): 1 when they are the same."""
    cv2 = native.cv2()
    x, y = one.astype(np.float32), other.astype(np.float32)

    def blur(array: Any) -> Any:
        return cv2.GaussianBlur(array, (11, 11), 1.5)

    mean_x, mean_y = blur(x), blur(y)
    square_x, square_y, product = mean_x * mean_x, mean_y * mean_y, mean_x * mean_y
    variance = blur(x * x) - square_x + blur(y * y) - square_y
    covariance = blur(x * y) - product
    likeness = (2 * product + _C1) * (2 * covariance + _C2) / ((square_x + square_y + _C1) * (variance + _C2))
    return float(likeness.mean())


def similarity(one: Frames, other: Frames) -> float:
    """Similarity of two pictures of the same size, on the sample."""
    return ssim(luma(sampled(one)), luma(sampled(other)))
