"""Moves what lies on a picture (boxes, points, masks) along with its pixels.

A motion is a 3 x 3 matrix in relative coordinates: (0, 0) is the outer corner of the first pixel, (1, 1) the outer
corner of the last one. What no matrix says, as the bent lines of a lens, a bend says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darkroom.imaging import native
from darkroom.imaging.operations.base import Array, Motion, Region, Shape

STAY: Motion = np.eye(3)
"""Nothing moves."""
_ALONG = np.linspace(0, 1, 17)
VISIBLE = 0.05
"""A box of which less than this share of the area is left is gone."""


@dataclass(frozen=True)
class Bend:
    """Where relative places (n x 2) go in an operation that bends lines."""

    there: Callable[[Array], Array]
    """From the picture to the result."""
    back: Callable[[Array], Array]
    """From the result to the picture."""


def cropped(left: float, top: float, right: float, bottom: float) -> Motion:
    """What a crop to a relative box does; a box beyond 0..1 pads."""
    width, height = right - left, bottom - top
    return np.array([[1 / width, 0, -left / width], [0, 1 / height, -top / height], [0, 0, 1.0]])


def between(pixels: NDArray[np.float64], source: Shape, target: Shape) -> Motion:
    """The motion for a 3 x 3 matrix between outer corners of pixels."""
    into = np.diag([source.width, source.height, 1.0])
    out = np.diag([1 / target.width, 1 / target.height, 1.0])
    found: Motion = out @ pixels @ into
    return found


def in_pixels(motion: Motion, source: Shape, target: Shape) -> NDArray[np.float64]:
    """The motion as a matrix between centres of pixels, as OpenCV's warps want it."""
    to_corner = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])
    into = np.diag([1 / source.width, 1 / source.height, 1.0]) @ to_corner
    out = np.linalg.inv(to_corner) @ np.diag([target.width, target.height, 1.0])
    found: NDArray[np.float64] = out @ motion @ into
    return found


def move_points(points: Iterable[tuple[float, float]], motion: Motion) -> NDArray[np.float64]:
    """Relative places on the result; they may lie beyond it."""
    places = np.array([(x, y, 1.0) for x, y in points], np.float64).reshape(-1, 3)
    moved = places @ motion.T
    return np.asarray(moved[:, :2] / moved[:, 2:3])


def move_regions(regions: Iterable[Region], motion: Motion) -> tuple[Region, ...]:
    """The boxes on the result, clipped to it; those of which less than `VISIBLE` is left are dropped."""
    found = []
    for region in regions:
        left, top, right, bottom = region.left, region.top, region.right, region.bottom
        corners = move_points([(left, top), (right, top), (right, bottom), (left, bottom)], motion)
        found.append(_around(region, corners))
    return tuple(one for one in found if one)


def _around(region: Region, places: Array) -> Region | None:
    """The region around its moved outline, if enough of it is left."""
    (x0, y0), (x1, y1) = places.min(axis=0), places.max(axis=0)
    whole = (x1 - x0) * (y1 - y0)
    x0, y0, x1, y1 = (float(min(1.0, max(0.0, value))) for value in (x0, y0, x1, y1))
    if whole <= 0 or (x1 - x0) * (y1 - y0) < VISIBLE * whole:
        return None
    return replace(region, left=x0, top=y0, right=x1, bottom=y1)


def bend_regions(regions: Iterable[Region], bend: Bend) -> tuple[Region, ...]:
    """As `move_regions`; sides that become curves lie within the box."""
    found = []
    for region in regions:
        across = region.left + (region.right - region.left) * _ALONG
        down = region.top + (region.bottom - region.top) * _ALONG
        sides = [(across, np.full_like(across, y)) for y in (region.top, region.bottom)]
        sides += [(np.full_like(down, x), down) for x in (region.left, region.right)]
        outline = np.concatenate([np.stack(side, axis=1) for side in sides])
        found.append(_around(region, bend.there(outline)))
    return tuple(one for one in found if one)


def bend_mask(mask: Array, bend: Bend, target: Shape) -> Array:
    """As `move_mask`."""
    cv2 = native.cv2()
    rows, columns = np.mgrid[: target.height, : target.width]
    places = np.stack([(columns.ravel() + 0.5) / target.width, (rows.ravel() + 0.5) / target.height], axis=1)
    source = bend.back(places) * (mask.shape[1], mask.shape[0]) - 0.5
    x, y = source.astype(np.float32).T.reshape(2, target.height, target.width)
    moved: Any = cv2.remap(mask, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT)
    return moved  # type: ignore[no-any-return]


def move_mask(mask: Array, motion: Motion, target: Shape) -> Array:
    """The mask (height x width, any integer or float type) on the result; what was outside is 0."""
    cv2 = native.cv2()
    source = Shape(mask.shape[1], mask.shape[0])
    matrix = in_pixels(motion, source, target)
    size = (target.width, target.height)
    moved: Any = cv2.warpPerspective(mask, matrix, size, flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT)
    return moved  # type: ignore[no-any-return]
