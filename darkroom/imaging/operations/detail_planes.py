"""Float planes of a picture and the way back: what the families of detail, effects, HDR and style share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from darkroom.imaging import native
from darkroom.imaging.operations.base import Array, Floats, Raster, from_float, to_float


def through_floats(image: Raster, change: Callable[[Floats], Any]) -> Raster:
    """The picture with its colour changed as float planes; alpha, profile and depth stay."""
    changed = change(to_float(np.ascontiguousarray(image.colour)))
    return image.with_colour(from_float(changed, image.shape.depth))


def premultiplied(image: Raster) -> tuple[Floats, Floats]:
    """Colour times alpha, and alpha (height x width x 1): what may be averaged without transparent pixels showing."""
    colour = to_float(np.ascontiguousarray(image.colour))
    if image.alpha is None:
        return colour, np.ones((*colour.shape[:2], 1), np.float32)
    alpha = to_float(np.ascontiguousarray(image.alpha))
    return colour * alpha, alpha


def with_alpha(image: Raster, colour: Array, alpha: Array) -> Raster:
    """A raster of the same depth and profile from float colour and float alpha, both straight."""
    planes = np.concatenate([colour.repeat(3, axis=2) if colour.shape[2] == 1 else colour, alpha], axis=2)
    return image.of(from_float(planes, image.shape.depth))


def averaged(image: Raster, average: Callable[[Any], Any]) -> Raster:
    """The picture with an average of neighbours taken, of alpha too; transparent pixels do not bleed into others.

    Args:
        average: takes and returns height x width x channels of any depth, and is linear.
    """
    if image.alpha is None:
        return image.of(average(np.ascontiguousarray(image.array)))
    colour, alpha = premultiplied(image)
    made = average(np.concatenate([colour, alpha], axis=2))
    shown, opacity = made[:, :, :3], made[:, :, 3:]
    straight = np.divide(shown, opacity, out=np.zeros_like(shown), where=opacity > 1e-6)
    return with_alpha(image, straight, opacity)


def luma_of(colour: Floats) -> Any:
    """Brightness, height x width."""
    cv2 = native.cv2()
    if colour.shape[2] == 1:
        return np.ascontiguousarray(colour[:, :, 0])
    return cv2.cvtColor(np.ascontiguousarray(colour), cv2.COLOR_RGB2GRAY)


def to_luma_chroma(colour: Floats) -> list[Any]:
    """Brightness and two colour differences (Y, Cr, Cb), whose noise is independent enough to be treated apart."""
    if colour.shape[2] == 1:
        return [np.ascontiguousarray(colour[:, :, 0])]
    cv2 = native.cv2()
    return list(cv2.split(cv2.cvtColor(np.ascontiguousarray(colour), cv2.COLOR_RGB2YCrCb)))


def from_luma_chroma(planes: list[Any]) -> Floats:
    """The way back."""
    if len(planes) == 1:
        return planes[0][:, :, None]  # type: ignore[no-any-return]
    cv2 = native.cv2()
    return cv2.cvtColor(cv2.merge(planes), cv2.COLOR_YCrCb2RGB)  # type: ignore[no-any-return]


def blurred(plane: Any, radius: float) -> Any:
    """Gaussian blur of floats; a radius too small to matter changes nothing."""
    cv2 = native.cv2()
    return plane if radius < 0.1 else cv2.GaussianBlur(plane, (0, 0), radius, borderType=cv2.BORDER_REFLECT_101)


def area_resized(plane: Any, width: int, height: int) -> Any:
    """A smaller copy whose pixels are averages."""
    return native.cv2().resize(plane, (max(1, width), max(1, height)), interpolation=native.cv2().INTER_AREA)


def block_means(plane: Any, side: int) -> Any:
    """Means of the square blocks that lie wholly in a plane; of one that has no whole block, of what there is."""
    rows, columns = max(1, plane.shape[0] // side), max(1, plane.shape[1] // side)
    return area_resized(plane[: rows * side, : columns * side], columns, rows)


def stretched(plane: Any, width: int, height: int) -> Any:
    """A larger copy, interpolated linearly."""
    return native.cv2().resize(plane, (width, height), interpolation=native.cv2().INTER_LINEAR)
