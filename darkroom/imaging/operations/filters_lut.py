"""Learns a look from a picture before and after: a table of colours that makes the one of the other."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darkroom.errors import Error
from darkroom.imaging import native
from darkroom.imaging.operations.base import Floats, Raster, to_float
from darkroom.imaging.operations.cube import Cube, look_up

_SAMPLES = 60_000
_CORNERS = [(red, green, blue) for blue in (0, 1) for green in (0, 1) for red in (0, 1)]


def samples(before: Raster, after: Raster) -> tuple[Floats, Floats]:
    """Colours at the same places of both, n x 3 each.

    Raises:
        Error: `invalid_parameter` where the pictures have different sizes or no colour.
    """
    if before.array.shape[:2] != after.array.shape[:2]:
        sizes = " and ".join(f"{one.shape.width} x {one.shape.height}" for one in (before, after))
        raise Error("invalid_parameter", f"Before and after must be the same picture; they have {sizes} pixels.")
    cv2 = native.cv2()
    found = []
    for image in (before, after):
        colour = to_float(np.ascontiguousarray(image.colour))
        colour = colour.repeat(3, axis=2) if colour.shape[2] == 1 else colour
        height, width = colour.shape[:2]
        shrink = max(1.0, np.sqrt(height * width / _SAMPLES))
        # Averages take noise and the blocks of JPEG out of both alike.
        size = (max(1, round(width / shrink)), max(1, round(height / shrink)))
        small = cv2.resize(colour, size, interpolation=cv2.INTER_AREA) if shrink > 1 else colour
        found.append(np.clip(small.reshape(-1, 3), 0, 1).astype(np.float32))
    return found[0], found[1]


def fit_table(before: Floats, after: Floats, size: int = 17, smoothness: float = 0.3) -> NDArray[np.float32]:
    """The table (blue, green, red) that takes the colours before to those after.

    The whole is first a 3 x 4 matrix, so that colours which do not occur go the way of their neighbours; the table
    holds what the matrix leaves. It minimises squared errors plus squared second differences along the three axes,
    solved by conjugate gradients.

    Args:
        before: n x 3 colours, 0 to 1.
        after: what they became.
        size: points along each axis.
        smoothness: weight of the second differences; more follows noise and contradictions less.
    """
    ones = np.ones((len(before), 1), np.float32)
    # A little of the identity keeps a picture of few colours from tilting all the others.
    pull = np.sqrt(0.002 * len(before)) * np.eye(4, dtype=np.float32)
    target = np.concatenate([after, pull @ np.eye(4, 3, dtype=np.float32)])
    matrix, *_ = np.linalg.lstsq(np.concatenate([np.hstack([before, ones]), pull]), target, rcond=None)
    places = np.linspace(0, 1, size, dtype=np.float32)
    blue, green, red = np.meshgrid(places, places, places, indexing="ij")
    plain = np.stack([red, green, blue], axis=3)
    base = plain @ matrix[:3] + matrix[3]
    left = after - (before @ matrix[:3] + matrix[3])
    correction = _solve(_Normal(before, left, size, smoothness))
    return np.asarray(base + correction, np.float32)


class _Normal:
    """The normal equations, kept as the 27 neighbours that share a cell with each point of the table."""

    def __init__(self, colours: Floats, wanted: Floats, size: int, smoothness: float) -> None:
        self.size = size
        at = colours * (size - 1)
        first = np.minimum(at.astype(np.int64), size - 2)
        part = (at - first).astype(np.float64)
        indices, weights = [], []
        for corner in _CORNERS:
            place = first + np.array(corner)
            indices.append((place[:, 2] * size + place[:, 1]) * size + place[:, 0])
            weights.append(np.prod([part[:, one] if corner[one] else 1 - part[:, one] for one in range(3)], axis=0))
        count = size**3
        self.right = np.stack(
            [
                sum(
                    np.bincount(index, weight * wanted[:, band], count)
                    for index, weight in zip(indices, weights, strict=True)
                )
                for band in range(3)
            ],
            axis=1,
        ).reshape(size, size, size, 3)
        self.neighbours: dict[tuple[int, int, int], Any] = {}
        for one, corner in enumerate(_CORNERS):
            for other, far in enumerate(_CORNERS):
                way = (far[0] - corner[0], far[1] - corner[1], far[2] - corner[2])
                sums = np.bincount(indices[one], weights[one] * weights[other], count).reshape(size, size, size)
                self.neighbours[way] = self.neighbours.get(way, 0) + sums
        # Smoothness in proportion to the samples, so that its meaning does not depend on their number.
        self.smooth = smoothness * len(colours) / count

    def __call__(self, table: Any) -> Any:
        """The matrix times a table."""
        made = np.zeros_like(table)
        size = self.size
        for (red, green, blue), weight in self.neighbours.items():
            here = tuple(slice(max(0, -way), size - max(0, way)) for way in (blue, green, red))
            there = tuple(slice(max(0, way), size - max(0, -way)) for way in (blue, green, red))
            made[here] += weight[here][..., None] * table[there]
        for axis in range(3):
            bent = np.diff(table, 2, axis=axis)
            pad = [(0, 0)] * 4
            pad[axis] = (2, 2)
            made += self.smooth * np.diff(np.pad(bent, pad), 2, axis=axis)
        return made + 1e-3 * self.smooth * table


def _solve(normal: _Normal, steps: int = 80) -> Any:
    """Conjugate gradients, for the three channels at once."""
    table = np.zeros_like(normal.right)
    rest = normal.right.copy()
    way = rest.copy()
    energy = (rest**2).sum(axis=(0, 1, 2))
    enough = 1e-8 * np.maximum(energy, 1e-20)
    for _ in range(steps):
        if (energy <= enough).all():
            break
        pushed = normal(way)
        length = energy / np.maximum((way * pushed).sum(axis=(0, 1, 2)), 1e-30)
        table += length * way
        rest -= length * pushed
        after = (rest**2).sum(axis=(0, 1, 2))
        way = rest + after / np.maximum(energy, 1e-30) * way
        energy = after
    return table


def learn_look(before: Raster, after: Raster, size: int = 17, smoothness: float = 0.3) -> tuple[Cube, float]:
    """The table that makes one picture of the other, and how far it misses: the mean error, 1 is black to white.

    Raises:
        Error: `invalid_parameter` where the pictures do not belong together.
    """
    colours, wanted = samples(before, after)
    return _learned(colours.tobytes(), wanted.tobytes(), size, smoothness)


@lru_cache(maxsize=4)
def _learned(before: bytes, after: bytes, size: int, smoothness: float) -> tuple[Cube, float]:
    """Kept for the next picture of a batch: looking a table up takes a thousandth of the time of learning it."""
    colours, wanted = (np.frombuffer(data, np.float32).reshape(-1, 3) for data in (before, after))
    cube = Cube(fit_table(colours, wanted, size, smoothness))
    missed = float(np.abs(look_up(colours, cube, tetrahedral=False) - wanted).mean())
    return cube, missed
