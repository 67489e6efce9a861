"""Puts one picture onto another: fits it, places it, turns it, repeats it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from darkroom.imaging import native
from darkroom.imaging.operations.base import Floats, Raster, from_float, to_float
from darkroom.imaging.operations.compose_modes import composed
from darkroom.imaging.operations.resample import scale as scaled

Place: TypeAlias = Literal[
    "top_left", "top", "top_right", "left", "centre", "right", "bottom_left", "bottom", "bottom_right"
]
Fit: TypeAlias = Literal["stretch", "fill", "fit", "centre"]
_ACROSS = {"left": 0.0, "centre": 0.5, "right": 1.0, "top": 0.5, "bottom": 0.5}


@dataclass(frozen=True)
class Layer:
    """Something to lay over a picture: straight colour (3 channels) and alpha (height x width x 1), float."""

    colour: Floats
    alpha: Floats

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return int(self.alpha.shape[1]), int(self.alpha.shape[0])


def layer_of(image: Raster) -> Layer:
    """A picture as a layer."""
    colour = to_float(np.ascontiguousarray(image.colour))
    alpha = np.ones((*colour.shape[:2], 1), np.float32) if image.alpha is None else to_float(image.alpha)
    return Layer(colour.repeat(3, axis=2) if colour.shape[2] == 1 else colour, np.ascontiguousarray(alpha))


def fitted(image: Raster, width: int, height: int, fit: Fit) -> tuple[Raster, int, int]:
    """A picture scaled to meet a box, and where its corner then lies in the box.

    Args:
        fit: `stretch` to the box, `fill` it and cut what is over, `fit` inside it, or leave the size (`centre`).
    """
    if fit == "centre":
        made = image
    else:
        across, down = width / image.shape.width, height / image.shape.height
        if fit != "stretch":
            across = down = max(across, down) if fit == "fill" else min(across, down)
        size = (max(1, round(image.shape.width * across)), max(1, round(image.shape.height * down)))
        made = image if size == (image.shape.width, image.shape.height) else scaled(image, *size)
    left, top = (width - made.shape.width) // 2, (height - made.shape.height) // 2
    cut = made.array[max(0, -top) : max(0, -top) + height, max(0, -left) : max(0, -left) + width]
    return made.of(np.ascontiguousarray(cut)), max(0, left), max(0, top)


def turned(layer: Layer, angle: float) -> Layer:
    """The layer turned anticlockwise by degrees, on a canvas that holds all of it."""
    if angle % 360 == 0:
        return layer
    cv2 = native.cv2()
    width, height = layer.size
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), angle, 1.0)
    across = math.ceil(round(abs(matrix[0, 0]) * width + abs(matrix[0, 1]) * height, 6))
    down = math.ceil(round(abs(matrix[0, 1]) * width + abs(matrix[0, 0]) * height, 6))
    matrix[:, 2] += ((across - width) / 2, (down - height) / 2)
    mixed = np.concatenate([layer.colour * layer.alpha, layer.alpha], axis=2)
    made = cv2.warpAffine(mixed, matrix, (across, down), flags=cv2.INTER_LINEAR)
    alpha = np.ascontiguousarray(made[:, :, 3:])
    colour = np.divide(made[:, :, :3], alpha, out=np.zeros_like(made[:, :, :3]), where=alpha > 1e-6)
    return Layer(colour, np.clip(alpha, 0, 1))


def corner(place: Place, room: tuple[int, int], size: tuple[int, int], margin: int) -> tuple[int, int]:
    """Left and top of something of that size placed in a room of that size."""
    across = _ACROSS[place.rsplit("_", maxsplit=1)[-1]]
    down = 0.0 if place.startswith("top") else 1.0 if place.startswith("bottom") else 0.5
    spare = (room[0] - size[0], room[1] - size[1])
    left = margin if across == 0 else spare[0] - margin if across == 1 else spare[0] // 2
    top = margin if down == 0 else spare[1] - margin if down == 1 else spare[1] // 2
    return left, top


def laid(image: Raster, layer: Layer, at: tuple[int, int], mode: str = "normal", opacity: float = 1.0) -> Raster:
    """The picture with a layer on it; what lies beyond the picture's borders is cut, the rest of it stays exact."""
    height, width = image.shape.height, image.shape.width
    left, top = at
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(width, left + layer.size[0]), min(height, top + layer.size[1])
    if x1 <= x0 or y1 <= y0 or opacity == 0:
        return image
    part = np.ascontiguousarray(image.array[y0:y1, x0:x1])
    cut = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
    above, cover = layer.colour[cut], layer.alpha[cut] * np.float32(opacity)
    values = to_float(part)
    below, below_alpha = (values[:, :, :3], values[:, :, 3:]) if part.shape[2] == 4 else (values, 1.0)
    if part.shape[2] == 1:
        above = native.cv2().cvtColor(np.ascontiguousarray(above), native.cv2().COLOR_RGB2GRAY)[:, :, None]
    colour, alpha = composed(mode, below, below_alpha, above, cover)
    found = from_float(np.concatenate([colour, alpha], axis=2) if part.shape[2] == 4 else colour, image.shape.depth)
    # Rounding must not touch what the layer does not.
    made = image.array.copy()
    made[y0:y1, x0:x1] = np.where(cover > 0, found, part)
    return image.of(made)


def mask_of(mask: Raster, width: int, height: int) -> Floats:
    """Opacity from a mask picture, height x width x 1: its alpha if that says anything, else its brightness."""
    if mask.alpha is not None and bool((mask.alpha != mask.white).any()):
        plane: Any = to_float(np.ascontiguousarray(mask.alpha))
    else:
        colour = to_float(np.ascontiguousarray(mask.colour))
        cv2 = native.cv2()
        plane = colour if colour.shape[2] == 1 else cv2.cvtColor(colour, cv2.COLOR_RGB2GRAY)
    plane = np.clip(plane.reshape(plane.shape[:2]), 0, 1)
    if plane.shape != (height, width):
        shrinks = plane.shape[0] > height and plane.shape[1] > width
        cv2 = native.cv2()
        plane = cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return plane.reshape(height, width, 1)  # type: ignore[no-any-return]
