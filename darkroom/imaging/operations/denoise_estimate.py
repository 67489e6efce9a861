"""How noisy a picture is, measured from its own pixels and, where they are few, expected from its ISO."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from darkroom.imaging import native
from darkroom.imaging.operations.base import Array, to_float
from darkroom.imaging.operations.detail_planes import block_means, to_luma_chroma

# Differences of second differences in both directions (Immerkaer 1996): blind to edges and slopes. Divided by six,
# its answer to white noise has the noise's own spread.
_MASK = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
BLOCK = 16
"""Side of the parts in which noise is looked for, in pixels."""
_STRIP = 4 * BLOCK
CLIPPED = 0.02
"""Where a block is this near to black or white, clipping has cut the noise off."""
LEAST_BLOCKS = 4
"""Fewer tell nothing."""
_BANDS = 3
_BAND_BLOCKS = 32
# The quietest quarter of the blocks is noise; the rest is noise and texture.
_QUIET = 0.25
_ENOUGH_BLOCKS = 24
# The quietest quarter of blocks of pure noise lies a little below the mean; found on simulated noise, which is why
# it has no formula: the answers of neighbouring pixels to the mask are not independent.
_QUIET_BIAS = 1.04
# An ordinary sensor at ISO 100, after development, relative to white.
_ISO_100 = 0.004
_MEASURED_PIXELS = 4_000_000


@dataclass(frozen=True)
class Noise:
    """Standard deviations of the noise; 1 is the distance from black to white."""

    luma: float
    """Of brightness."""
    chroma: float
    """Of the two colour differences, averaged."""
    certainty: float
    """0: there was nothing to measure, the numbers are those expected of the ISO; 1: measured on many flat blocks."""


def expected_of_iso(iso: float) -> float:
    """Spread of the noise that an ordinary camera gives at that sensitivity: photon noise grows with its root."""
    return min(0.2, _ISO_100 * math.sqrt(max(iso, 25.0) / 100))


def estimate_noise(colour: Array, iso: float | None = None) -> Noise:
    """Measure the noise.

    Args:
        colour: height x width x 1 or 3 of any depth.
        iso: sensitivity of the exposure; decides where the picture is too small, too clipped or too busy to tell.
    """
    brightness, energies = _measured(_window(colour))
    found = [spread_of_quiet(energy, brightness) for energy in energies]
    luma, certainty = found[0]
    # Cr and Cb are scaled differences: 0.713 and 0.564 of what red and blue differ from the brightness.
    chroma = (found[1][0] / 0.713 + found[2][0] / 0.564) / 2 if len(found) == 3 else 0.0
    if iso is not None:
        prior = expected_of_iso(iso)
        luma = certainty * luma + (1 - certainty) * prior
        chroma = certainty * chroma + (1 - certainty) * prior if len(found) == 3 else 0.0
    return Noise(luma, chroma, certainty)


def _window(colour: Array) -> Array:
    """The middle of a large picture: four million pixels tell as much as forty."""
    height, width = colour.shape[:2]
    if height * width <= _MEASURED_PIXELS:
        return colour
    shrink = math.sqrt(_MEASURED_PIXELS / (height * width))
    rows, columns = int(height * shrink), int(width * shrink)
    top, left = (height - rows) // 2, (width - columns) // 2
    return colour[top : top + rows, left : left + columns]


def _measured(colour: Array) -> tuple[Any, list[Any]]:
    """Brightness of the blocks that lie wholly in a picture, and of each plane the mean square of what the mask answers."""
    rows, columns = colour.shape[0] // BLOCK, colour.shape[1] // BLOCK
    if not rows or not columns:
        nothing = np.empty((0, 0), np.float32)
        return nothing, [nothing] * colour.shape[2]
    brightness, energies = [], []
    # In strips that stay in the cache of a core: as one piece, fetching memory takes most of the time.
    for top in range(0, rows * BLOCK, _STRIP):
        bottom = min(top + _STRIP, rows * BLOCK)
        first = max(0, top - 1)
        planes = to_luma_chroma(to_float(colour[first : bottom + 1]))
        inner = slice(top - first, bottom - first)
        brightness.append(block_means(planes[0][inner], BLOCK))
        energies.append([block_means(_energy(plane)[inner], BLOCK) for plane in planes])
    return np.concatenate(brightness), [np.concatenate(one) for one in zip(*energies, strict=True)]


def _energy(plane: Any) -> Any:
    found = answer(plane)
    return native.cv2().multiply(found, found, dst=found)


def answer(plane: Any) -> Any:
    """What is finest in a plane; of white noise, something with the spread of the noise."""
    cv2 = native.cv2()
    return cv2.filter2D(plane, cv2.CV_32F, _MASK, borderType=cv2.BORDER_REFLECT_101)


def bands_of(brightness: Any, usable: Any) -> list[Any]:
    """Blocks of like brightness, for light adds to noise: their places, a few bands of many.

    Args:
        brightness: of each block.
        usable: places of those that count.
    """
    order = usable[np.argsort(brightness[usable], kind="stable")]
    return np.array_split(order, max(1, min(_BANDS, order.size // _BAND_BLOCKS)))


def quietest(around: Any, band: Any, share: float) -> Any:
    """Places of the quietest blocks of a band.

    Args:
        around: mean square of each block around what is smooth.
        band: places of its blocks.
        share: of them, 0 to 1; a few at least.
    """
    return band[np.argsort(around[band], kind="stable")[: max(LEAST_BLOCKS, round(share * band.size))]]


def spread_of_quiet(energy: Any, brightness: Any) -> tuple[float, float]:
    """Standard deviation in the quiet blocks, and how far to trust it.

    Args:
        energy: mean square of what is finest in each block.
        brightness: of each block, 0 to 1.
    """
    usable = energy[(brightness > CLIPPED) & (brightness < 1 - CLIPPED)]
    if usable.size < 4:
        return 0.0, 0.0
    quiet = float(np.quantile(usable, _QUIET))
    return math.sqrt(quiet) * _QUIET_BIAS, min(1.0, usable.size * _QUIET / _ENOUGH_BLOCKS)
