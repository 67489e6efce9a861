"""Scales and warps pixels of every depth, with the fastest part for each case; alpha never bleeds into colour."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from darkroom.errors import Error
from darkroom.imaging import lanczos, native
from darkroom.imaging.operations.base import MAX_SIDE, Array, Raster, from_float, to_float
from darkroom.imaging.pixels import fit

Filter = Literal["lanczos", "linear", "area", "nearest"]
_WARP_SIDE = 32_000
"""Longest side that OpenCV warps."""
_VIPS_FORMATS = {"uint8": "uchar", "uint16": "ushort", "float32": "float"}


def check_size(width: int, height: int, limit: int = MAX_SIDE) -> None:
    """Refuse a result that would be too large.

    Raises:
        Error: `image_too_many_pixels`.
    """
    if max(width, height) > limit or width * height > 2**31:
        remedy = f"Choose a smaller size: at most {limit:,} pixels a side."
        raise Error("image_too_many_pixels", f"The result would be {width} x {height} pixels.", remedy=remedy)


def scale(image: Raster, width: int, height: int, how: Filter = "lanczos", *, linear_light: bool = False) -> Raster:
    """The picture at another size.

    Args:
        image: the picture.
        width: of the result.
        height: of the result.
        how: `lanczos` is sharpest; `linear` and `area` are several times faster and softer; `nearest` mixes nothing.
        linear_light: average light instead of values, which keeps fine bright detail as bright as it was; slower.
    """
    if (width, height) == (image.shape.width, image.shape.height):
        return image
    check_size(width, height)
    if how == "nearest":
        return image.of(_cv2_resize(image.array, width, height, "nearest"))

    def resize(array: Array) -> Array:
        return _resize(array, width, height, how)

    return _mixed(image, resize, linear_light=linear_light)


def warp(image: Raster, matrix: NDArray[np.float64], width: int, height: int, fill: tuple[float, ...] | None) -> Raster:
    """The picture through a 3 x 3 matrix between centres of pixels.

    Args:
        image: the picture.
        matrix: from source to result.
        width: of the result.
        height: of the result.
        fill: value of each channel where the picture does not reach; None repeats its edge.
    """
    check_size(width, height, _WARP_SIDE)
    check_size(image.shape.width, image.shape.height, _WARP_SIDE)
    cv2 = native.cv2()
    border = cv2.BORDER_REPLICATE if fill is None else cv2.BORDER_CONSTANT
    # Cubic looks at 4 x 4 pixels: beside Lanczos nothing is lost that an eye sees, at a quarter of the time.
    flags = cv2.INTER_CUBIC

    def turn(array: Array) -> Array:
        value = fill or (0.0,)
        if array.dtype == np.float32 and image.array.dtype != np.float32:  # alpha was multiplied in, at 0..1
            value = tuple(one / image.white for one in value)
        if fill and image.alpha is not None:
            value = (*(one * value[3] / (image.white if array is image.array else 1.0) for one in value[:3]), value[3])
        found: Any = cv2.warpPerspective(
            array, matrix, (width, height), flags=flags, borderMode=border, borderValue=value
        )
        return found  # type: ignore[no-any-return]

    return _mixed(image, turn)


Grid = Callable[[int, int], tuple[NDArray[np.float32], NDArray[np.float32]]]
"""Where the centres of the pixels of some rows of a result lie on the source: columns and rows."""


def bent(image: Raster, grids: Sequence[Grid], rows: int) -> Raster:
    """The picture pulled over other places; beyond it its edge is repeated.

    Args:
        image: the picture.
        grids: one for all channels, or those of red, green (which grey and alpha follow) and blue.
        rows: of the result that are worked on at a time, so that places take little memory.
    """
    check_size(image.shape.width, image.shape.height, _WARP_SIDE)
    cv2 = native.cv2()
    height = image.shape.height

    def pull(array: Array) -> Array:
        array = _three(array)
        channels = array.shape[2]
        follow = [0] * channels if len(grids) == 1 else [[1], [], [0, 1, 2], [0, 1, 2, 1]][channels - 1]
        together = len(set(follow)) == 1
        # Three planes are gone over one by one, each in a piece of memory of its own.
        planes = [array] if together else [np.ascontiguousarray(array[:, :, one]) for one in range(channels)]
        made = np.empty_like(array, order="C")
        for first in range(0, height, rows):
            last = min(first + rows, height)
            places = {one: grids[one](first, last) for one in set(follow)}
            for index, plane in enumerate(planes):
                found: Any = cv2.remap(
                    plane, *places[follow[index]], interpolation=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
                )
                target = made[first:last] if together else made[first:last, :, index]
                target[...] = found.reshape(target.shape)
        return made

    return _mixed(image, pull)


def _mixed(image: Raster, change: Callable[[Array], Array], *, linear_light: bool = False) -> Raster:
    """Mix pixels such that transparent ones lend no colour, in light rather than values where that is asked for."""
    if image.alpha is None and not linear_light:
        return image.of(change(image.array))
    depth = image.array.dtype.name
    values = to_float(image.array)
    colour = values[:, :, :3] if image.alpha is not None else values
    if linear_light:
        colour = to_light(colour)
    if image.alpha is None:
        made = _three(change(np.ascontiguousarray(colour)))
    else:
        alpha = values[:, :, 3:]
        mixed = change(np.concatenate([colour * alpha, alpha], axis=2))
        clear = np.clip(mixed[:, :, 3:], 0, 1)
        made = np.concatenate([mixed[:, :, :3] / np.maximum(clear, 1e-6) * (clear > 1e-6), clear], axis=2)
    if linear_light:
        made[:, :, :3] = from_light(made[:, :, :3])
    return image.of(from_float(np.maximum(made, 0), depth))


def to_light(values: Array) -> Array:
    """sRGB values, 0..1, as linear light."""
    low = values / 12.92
    high = np.power((np.maximum(values, 0) + 0.055) / 1.055, 2.4)
    return np.where(values <= 0.04045, low, high).astype(np.float32)


def from_light(light: Array) -> Array:
    """Linear light as sRGB values."""
    low = light * 12.92
    high = 1.055 * np.power(np.maximum(light, 0), 1 / 2.4) - 0.055
    return np.where(light <= 0.0031308, low, high).astype(np.float32)


def _three(array: Array) -> Array:
    return array if array.ndim == 3 else array[:, :, None]


def _resize(array: Array, width: int, height: int, how: Filter) -> Array:
    rows, columns = array.shape[:2]
    if how == "lanczos" and lanczos.serves(array, width, height):
        return lanczos.reduce(array, width, height)
    if how == "lanczos" and width <= columns and height <= rows:
        return _lanczos(array, width, height)
    if how == "lanczos":
        return _clipped(_cv2_resize(array, width, height, "lanczos"))
    if how == "linear" and width <= columns and height <= rows and array.dtype == np.uint8:
        near = fit(array, max(width, height))  # halves first, so that no detail is skipped
        return _cv2_resize(near, width, height, "linear")
    return _cv2_resize(array, width, height, "area" if width <= columns and height <= rows else "linear")


def _lanczos(array: Array, width: int, height: int) -> Array:
    """libvips' Lanczos, with the window that a reduction needs; OpenCV's has none and would alias."""
    rows, columns = array.shape[:2]
    channels = array.shape[2] if array.ndim == 3 else 1
    flat = np.ascontiguousarray(array)
    image = native.pyvips().Image.new_from_memory(flat.data, columns, rows, channels, _VIPS_FORMATS[array.dtype.name])
    made = image.resize(width / columns, vscale=height / rows, kernel="lanczos3")
    if (made.width, made.height) != (width, height):  # it rounds sizes by its own rule
        return _cv2_resize(array, width, height, "area")
    found = np.ndarray(buffer=made.write_to_memory(), dtype=array.dtype, shape=(height, width, channels))
    return _clipped(found)


def _clipped(array: Array) -> Array:
    """Without the negative values that sharp filters leave beside edges in float pictures."""
    return np.maximum(array, 0) if array.dtype == np.float32 else array


def _cv2_resize(array: Array, width: int, height: int, how: str) -> Array:
    cv2 = native.cv2()
    flag = {
        "nearest": cv2.INTER_NEAREST_EXACT,
        "linear": cv2.INTER_LINEAR,
        "area": cv2.INTER_AREA,
        "lanczos": cv2.INTER_LANCZOS4,
    }[how]
    found: Any = cv2.resize(array, (width, height), interpolation=flag)
    return found  # type: ignore[no-any-return]
