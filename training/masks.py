"""Outlines as pixels and back: which class each pixel of a picture belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from darkroom.datasets.placing import Thing, things
from darkroom.domain.dataset import Example
from darkroom.domain.marks import Mark, outline_mark
from darkroom.imaging import native

REST, UNKNOWN = 0, 255
"""Pixels of no class, and those of which nobody says what they are."""
# Corners are placed to a 16th of a pixel.
_SHIFT = 4
_CORNERS = 200
_LEAST_AREA = 4.0

Mask = NDArray[np.uint8]


def drawn(example: Example, place: dict[str, int], side: int) -> Mask:
    """What is said of a picture as a square of classes, counted from 1; smaller things lie on larger ones.

    A thing with a box alone makes the pixels in it unknown: something of its class is there, but nobody says which of them.

    Args:
        example: with outlines.
        place: of each class, from 0.
        side: of the square in pixels.
    """
    found = np.zeros((side, side), np.uint8)
    said = things(example)
    for one in sorted(said, key=lambda thing: (bool(thing.outlines), -thing.box.width * thing.box.height)):
        _fill(found, one, place[one.label] + 1)
    return found


def _fill(mask: Mask, thing: Thing, value: int) -> None:
    side, box = len(mask), thing.box
    if not thing.outlines:
        left, top = (max(0, round(edge * side)) for edge in (box.x, box.y))
        mask[top : round((box.y + box.height) * side), left : round((box.x + box.width) * side)] = UNKNOWN
    for outline in thing.outlines:
        # Corners of a picture are those of its outer pixels, whose middles are what the filler counts in.
        corners = (np.asarray(outline, np.float64) * side - 0.5) * 2**_SHIFT
        native.cv2().fillPoly(mask, [np.round(corners).astype(np.int32)], value, shift=_SHIFT)


def moved(masks: Tensor, places: Tensor, size: int) -> Tensor:
    """Masks of pictures that were moved by `affine_grid`, and reflected at the edges as they were.

    Args:
        masks: bytes, count x height x width.
        places: count x 2 x 3, from places in the new picture to places in the old one.
        size: side of what comes out.
    """
    grid = functional.affine_grid(places, [len(masks), 1, size, size], align_corners=False)
    found = functional.grid_sample(
        masks[:, None].float(), grid, mode="nearest", padding_mode="reflection", align_corners=False
    )
    return found[:, 0].round().to(torch.uint8)


def scaled(masks: Tensor, size: int) -> Tensor:
    """Masks at another size, each pixel of the class in the middle of it."""
    return functional.interpolate(masks[:, None].float(), (size, size), mode="nearest-exact")[:, 0].to(torch.uint8)


def outlines(mask: Mask, labels: tuple[str, ...], *, found: bool, wrong: frozenset[int] = frozenset()) -> list[Mark]:
    """The outlines of what a mask shows, the largest of each class first.

    Args:
        mask: classes, counted from 1.
        labels: their names.
        found: whether a model says so.
        wrong: classes that are not there.
    """
    return [
        outline_mark(label, corners, found=found, right=at not in wrong)
        for at, label in enumerate(labels, 1)
        for corners in _contours(mask == at)
    ]


def _contours(inside: NDArray[np.bool_]) -> Iterator[NDArray[Any]]:
    """Corners of each region, as shares; small ones and small bends are left out."""
    cv2 = native.cv2()
    # Twice as large, so that the line runs between pixels, not through their middles.
    large = inside.astype(np.uint8).repeat(2, 0).repeat(2, 1)
    traced = cv2.findContours(large, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]
    for one in sorted(traced, key=cv2.contourArea, reverse=True):
        bend = 0.75
        corners = cv2.approxPolyDP(one, bend, True)
        while len(corners) > _CORNERS:
            bend *= 1.5
            corners = cv2.approxPolyDP(one, bend, True)
        if len(corners) >= 3 and cv2.contourArea(one) >= _LEAST_AREA:
            yield (corners[:, 0].astype(np.float64) + 0.5) / len(large)
