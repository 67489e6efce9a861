"""Style without weights: statistics of a style picture given to another one, scale by scale."""

from __future__ import annotations

from typing import Any

import numpy as np

from darkroom.imaging import native
from darkroom.imaging.operations.base import Floats

_QUANTILES = 257
_STRONGEST = 4.0
"""Contrast of a scale grows at most so many times: else a flat picture's noise would become the texture."""


def _moments(colours: Any) -> tuple[Any, Any]:
    flat = colours.reshape(-1, 3).astype(np.float64)
    centred = flat - flat.mean(axis=0)
    return flat.mean(axis=0), centred.T @ centred / len(flat) + 1e-6 * np.eye(3)


def _root(matrix: Any, *, inverse: bool = False) -> Any:
    values, vectors = np.linalg.eigh(matrix)
    values = np.sqrt(np.maximum(values, 1e-12))
    return (vectors * (1 / values if inverse else values)) @ vectors.T


def colour_statistics(colour: Floats, style: Floats) -> Floats:
    """Mean and covariance of the colours become the style's, by the map that moves colours least.

    The Monge-Kantorovitch linear map (Pitie and Kokaram 2007): one 3 x 3 matrix.
    """
    mean, spread = _moments(colour)
    wanted_mean, wanted = _moments(style)
    root, inverse = _root(spread), _root(spread, inverse=True)
    matrix = inverse @ _root(root @ wanted @ root) @ inverse
    offset = wanted_mean - matrix @ mean
    both = np.hstack([matrix, offset[:, None]]).astype(np.float32)
    return native.cv2().transform(np.ascontiguousarray(colour), both)  # type: ignore[no-any-return]


def matched(plane: Any, style: Any) -> Any:
    """The plane with the distribution of values of the style's (histogram matching through quantiles)."""
    places = np.linspace(0, 1, _QUANTILES)
    # A quarter of a large picture tells its distribution as well as all of it.
    steps = [2 if one.size > 400_000 else 1 for one in (plane, style)]
    ours, theirs = (np.quantile(one[::by, ::by], places) for one, by in zip((plane, style), steps, strict=True))
    # Equal quantiles of flat parts would make a step: the smallest slope keeps order.
    ours = np.maximum.accumulate(ours + np.arange(_QUANTILES) * 1e-7)
    return np.interp(plane, ours, theirs).astype(np.float32)


def _pyramid(plane: Any, levels: int) -> list[Any]:
    """Differences from scale to scale, and what is left."""
    cv2 = native.cv2()
    found = []
    for _ in range(levels):
        small = cv2.pyrDown(plane)
        found.append(plane - cv2.pyrUp(small, dstsize=(plane.shape[1], plane.shape[0])))
        plane = small
    return [*found, plane]


def levels_for(*planes: Any) -> int:
    """How many scales all of the planes have, at most six."""
    least = min(min(plane.shape[:2]) for plane in planes)
    return int(np.clip(np.log2(max(least, 1) / 8), 0, 6))


def textured(plane: Any, style: Any, texture: float) -> Any:
    """The plane with the style's light, and its contrast in each scale: coarse strokes, fine grain or calm.

    Args:
        plane: brightness.
        style: brightness of the style picture, of any size.
        texture: 0 takes over the distribution of light alone, 1 the contrast of all scales.
    """
    cv2 = native.cv2()
    levels = levels_for(plane, style)
    ours, theirs = _pyramid(plane, levels), _pyramid(style, levels)
    made = matched(ours[-1], theirs[-1])
    for mine, other in zip(reversed(ours[:-1]), reversed(theirs[:-1]), strict=True):
        gain = min(_STRONGEST, float(other.std()) / max(1e-4, float(mine.std())))
        grown = cv2.pyrUp(made, dstsize=(mine.shape[1], mine.shape[0]))
        made = grown + mine * np.float32(1 + texture * (gain - 1))
    return matched(made, style)
