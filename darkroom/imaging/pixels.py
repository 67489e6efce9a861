"""Pixels on their way from a decoder to the renditions: 8-bit sRGB, upright, perhaps with alpha."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from darkroom.imaging import native

Array: TypeAlias = NDArray[np.uint8]

# What makes a picture upright, by Exif orientation: OpenCV's flip codes, and its quarter turns, which go over the
# pixels in one pass where transposing and flipping take two and a second array.
_FLIPS = {2: 1, 3: -1, 4: 0}
_TURNS = {6: 0, 8: 2}


@cache
def _name(kind: np.dtype[Any]) -> str:
    return kind.name


def sample_kind(array: NDArray[Any]) -> str:
    """Name of the type of its samples: `uint8`, `uint16`, `float32`; numpy builds the word anew each time it is asked."""
    return _name(array.dtype)


@dataclass(frozen=True)
class Pixels:
    """A decoded picture.

    Args:
        colour: height x width x 3, or x 4 with straight alpha.
        damaged: the decoder complained, but there is a picture.
    """

    colour: Array
    damaged: bool = False

    @property
    def has_alpha(self) -> bool:
        """Whether parts may be transparent."""
        return bool(self.colour.shape[2] == 4)


def upright(array: Array, orientation: int) -> Array:
    """The picture turned as its Exif orientation asks."""
    cv2 = native.cv2()
    turned: Any = array
    if orientation in _FLIPS:
        turned = cv2.flip(array, _FLIPS[orientation])
    elif orientation in _TURNS:
        turned = cv2.rotate(array, _TURNS[orientation])
    elif orientation in (5, 7):
        turned = cv2.transpose(array if orientation == 5 else cv2.flip(array, -1))
    return turned  # type: ignore[no-any-return]


def fit(array: Array, long_side: int) -> Array:
    """The picture scaled down so that its long side fits; never scaled up."""
    height, width = array.shape[:2]
    longest = max(height, width)
    if longest <= long_side:
        return array
    scale = long_side / longest
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    cv2 = native.cv2()
    # Halving is many times faster than any other ratio, and averages just as well.
    while width >= 2 * size[0] and height >= 2 * size[1]:
        height, width = height // 2, width // 2
        array = cv2.resize(array[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)
    if (width, height) == size:
        return array
    # What is left is less than a halving: there two neighbours in each direction are all that an average needs.
    return cv2.resize(array, size, interpolation=cv2.INTER_LINEAR)  # type: ignore[no-any-return]


def opaque(array: Array) -> Array:
    """The picture on white, for measures that know no transparency."""
    if array.shape[2] == 3:
        return array
    alpha = array[:, :, 3:4].astype(np.uint16)
    blended = (array[:, :, :3] * alpha + 255 * (255 - alpha) + 127) // 255
    return blended.astype(np.uint8)
