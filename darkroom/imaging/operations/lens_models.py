"""What lenses do to a picture, as Lensfun and the DNG specification describe it: functions of the distance from the middle.

Every model says where on the picture as it was taken a place of the corrected picture is found. Distances are shares of
half the shorter side (Lensfun's distortion and colour), or of half the diagonal (its vignetting, and all of DNG).

- `poly3`: r (1 - k1 + k1 r2); `poly5`: r (1 + k1 r2 + k2 r4); `ptlens`: r (a r3 + b r2 + c r + 1 - a - b - c);
- colour: red and blue at r (v + c r + b r2) of where green is;
- `pa` vignetting: the lens leaves 1 + k1 r2 + k2 r4 + k3 r6 of the light.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Radial = Callable[[Floats], Floats]
"""Distance on the picture as it was taken, by distance on the corrected one, in shares of half the diagonal."""
_TABLE = 2048
_FARTHEST = 2.5
_ROUNDS = 12


@dataclass(frozen=True)
class Bending:
    """Where a place of the corrected picture was, for one channel.

    Args:
        stretch: r -> how much farther out it was, for a table of distances in half diagonals.
        tangential: DNG's two coefficients of a lens that is not centred.
        centre: optical centre, relative.
    """

    stretch: Floats
    tangential: tuple[float, float] = (0.0, 0.0)
    centre: tuple[float, float] = (0.5, 0.5)


def table_of(radial: Radial) -> Floats:
    """A function of the distance as numbers: what it makes of a distance over the distance."""
    distances = np.linspace(0, _FARTHEST, _TABLE)
    distances[0] = 1e-6
    found: Floats = radial(distances) / distances
    return found


def polynomial(model: str, k: tuple[float, ...]) -> Radial:
    """A distortion of Lensfun in its own unit."""
    if model == "poly3":
        return lambda r: r * (1 - k[0] + k[0] * r**2)
    if model == "poly5":
        return lambda r: r * (1 + k[0] * r**2 + k[1] * r**4)
    if model == "ptlens":
        a, b, c = k[:3]
        return lambda r: r * (a * r**3 + b * r**2 + c * r + 1 - a - b - c)
    return lambda r: r


def colour_shift(v: float, c: float, b: float) -> Radial:
    """Red or blue of Lensfun's `linear` (only v) or `poly3`, in its own unit."""
    return lambda r: r * (v + c * r + b * r**2)


def even_powers(k: tuple[float, ...]) -> Radial:
    """DNG's warp, in its unit, which is half the diagonal."""
    return lambda r: r * sum((one * r ** (2 * power) for power, one in enumerate(k)), start=np.zeros_like(r))


def after(first: Radial, second: Radial) -> Radial:
    """Both, one after the other."""
    return lambda r: second(first(r))


def in_half_diagonals(radial: Radial, width: int, height: int, ratio: float = 1.0) -> Radial:
    """The function in shares of half the diagonal.

    Args:
        radial: in shares of half the shorter side of the sensor that it was measured on.
        width: of the picture.
        height: of the picture.
        ratio: crop factor of that sensor over that of the camera.
    """
    unit = math.hypot(width, height) / min(width, height) * ratio
    return lambda r: radial(r * unit) / unit


class Warp:
    """A bending on a picture of some size."""

    def __init__(self, bending: Bending, width: int, height: int, scale: float = 1.0) -> None:
        self._bending = bending
        self._size = np.array([width, height], np.float64)
        centre = np.array(bending.centre) * self._size
        self._centre = centre
        corners = np.array([[0, 0], [width, 0], [0, height], [width, height]], np.float64) - centre
        self._unit = float(np.hypot(*corners.T).max())
        self._scale = scale

    def back(self, places: Floats) -> Floats:
        """Where places of the result (n x 2, outer corners of pixels) are found on the source."""
        x, y = ((places - self._centre) / self._scale / self._unit).T
        moved = self._moved(x, y)
        return np.stack(moved, axis=1) * self._unit + self._centre

    def grid(self, first: int, last: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The same for the centres of the pixels of some rows, as centres: what a remap wants."""
        # Python's numbers leave the type of an array as it is, numpy's make it double.
        width, middle, unit = int(self._size[0]), self._centre.tolist(), self._unit
        across = (np.arange(width, dtype=np.float32) + (0.5 - middle[0])) / (self._scale * unit)
        down = (np.arange(first, last, dtype=np.float32) + (0.5 - middle[1])) / (self._scale * unit)
        x, y = self._moved(across[None, :], down[:, None])
        return x * unit + (middle[0] - 0.5), y * unit + (middle[1] - 0.5)

    def _moved(self, x: NDArray[Any], y: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        squared = x * x + y * y
        stretch = _looked_up(self._bending.stretch, np.sqrt(squared))
        left, right = stretch * x, stretch * y
        first, second = self._bending.tangential
        if first or second:
            left = left + first * 2 * x * y + second * (squared + 2 * x * x)
            right = right + second * 2 * x * y + first * (squared + 2 * y * y)
        return left, right

    def there(self, places: Floats) -> Floats:
        """Where places of the source come to lie on the result."""
        from_centre = (places - self._centre) / self._unit
        distances = np.hypot(*from_centre.T)
        # The table read the other way round, as far as it grows.
        outward = np.linspace(0, _FARTHEST, _TABLE)
        bent = outward * self._bending.stretch
        last = int(np.argmax(np.diff(bent) <= 0)) or _TABLE - 1
        found = np.interp(distances, bent[: last + 1], outward[: last + 1])
        guess: Floats = (
            from_centre * (found / np.maximum(distances, 1e-12))[:, None] * self._unit * self._scale + self._centre
        )
        if any(self._bending.tangential):
            for _ in range(_ROUNDS):
                guess = guess + (places - self.back(guess)) * self._scale
        return guess

    def filling(self) -> float:
        """The least scale at which no place outside the source shows."""
        share = np.linspace(0, 1, 65)
        edge = np.concatenate(
            [
                np.stack(one, axis=1)
                for one in ((share, 0 * share), (share, 0 * share + 1), (0 * share, share), (0 * share + 1, share))
            ]
        )
        low, high = 0.5, 2.0
        for _ in range(24):
            middle = (low + high) / 2
            warp = Warp(self._bending, int(self._size[0]), int(self._size[1]), middle)
            found = warp.back(edge * self._size)
            inside = (found >= -1e-6).all() and (found <= self._size + 1e-6).all()
            low, high = (low, middle) if inside else (middle, high)
        return high


def _looked_up(table: Floats, distances: NDArray[Any]) -> NDArray[Any]:
    """Values of a table between its entries; the numbers stay of the type of the distances."""
    place = distances * distances.dtype.type((_TABLE - 1) / _FARTHEST)
    np.minimum(place, _TABLE - 2, out=place)
    at = place.astype(np.int32)
    values, steps = table.astype(distances.dtype), np.diff(table).astype(distances.dtype)
    found: NDArray[Any] = values[at] + steps[at] * (place - at.astype(distances.dtype))
    return found


def light_left(k: tuple[float, ...], distances: Floats) -> Floats:
    """Share of the light that a lens leaves, by distance in half diagonals: the `pa` model."""
    squared = distances**2
    lost = (one * squared ** (power + 1) for power, one in enumerate(k))
    return sum(lost, start=np.ones_like(squared))
