"""Where on a picture words may stand: the place that draws the eye least and covers nothing that was found."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from darkroom.imaging.operations.base import Raster, Region
from darkroom.imaging.operations.compose_layers import Place, corner
from darkroom.imaging.operations.saliency import find_subject

# Where two are as calm as each other, the one that people expect.
_ORDER: tuple[Place, ...] = (
    "bottom_right", "bottom_left", "top_right", "top_left", "bottom", "top", "right", "left", "centre",
)  # fmt: skip
_REGION_WEIGHT = 8.0


def calmest(image: Raster, size: tuple[int, int], margin: int, regions: Iterable[Region] = ()) -> Place:
    """The calmest of the nine places for something of that size.

    Args:
        image: what it is laid on.
        size: width and height of what is laid, in pixels.
        margin: distance from the border, in pixels.
        regions: what must not be covered, faces say.
    """
    weight = find_subject(image, "attention").weight
    rows, columns = weight.shape
    room = (image.shape.width, image.shape.height)

    def disturbed(place: Place) -> float:
        left, top = corner(place, room, size, margin)
        x0, x1 = (min(max(one / room[0], 0.0), 1.0) for one in (left, left + size[0]))
        y0, y1 = (min(max(one / room[1], 0.0), 1.0) for one in (top, top + size[1]))
        across = slice(int(x0 * columns), max(int(x0 * columns) + 1, round(x1 * columns)))
        down = slice(int(y0 * rows), max(int(y0 * rows) + 1, round(y1 * rows)))
        covered = sum(
            max(0.0, min(x1, one.right) - max(x0, one.left)) * max(0.0, min(y1, one.bottom) - max(y0, one.top))
            for one in regions
        )
        # Per area: a place at the border loses a part of what is laid, and would seem calm for that alone.
        seen = float(np.mean(weight[down, across])) * weight.size
        return seen + _REGION_WEIGHT * covered / max((x1 - x0) * (y1 - y0), 1e-9)

    return min(_ORDER, key=disturbed)
