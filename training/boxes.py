"""Boxes as numbers: how much two share, which of several tell of one thing, and where they go when a picture moves.

A box is left, top, right, bottom; places of dataset and of models are shares of the picture's width and height.
"""

from __future__ import annotations

import torch
from torch import Tensor

_LEAST_SEEN = 0.25
"""Share of a box that must stay in the picture for it to count as being there."""


def area(boxes: Tensor) -> Tensor:
    """Sizes of boxes; nothing for those turned inside out."""
    return (boxes[..., 2] - boxes[..., 0]).clamp(min=0) * (boxes[..., 3] - boxes[..., 1]).clamp(min=0)


def overlap(one: Tensor, other: Tensor) -> Tensor:
    """Intersection over union of boxes that stand side by side (shapes broadcast)."""
    low = torch.maximum(one[..., :2], other[..., :2])
    high = torch.minimum(one[..., 2:], other[..., 2:])
    shared = (high - low).clamp(min=0).prod(-1)
    return shared / (area(one) + area(other) - shared).clamp(min=1e-9)


def generalised_overlap(one: Tensor, other: Tensor) -> Tensor:
    """Overlap that also tells how far apart boxes are which share nothing, from -1 to 1.

    Rezatofighi et al., Generalized Intersection over Union, 2019.
    """
    low = torch.minimum(one[..., :2], other[..., :2])
    high = torch.maximum(one[..., 2:], other[..., 2:])
    around = (high - low).clamp(min=0).prod(-1).clamp(min=1e-9)
    found = overlap(one, other)
    union = (area(one) + area(other)) / (1 + found)
    return found - (around - union) / around


def suppressed(boxes: Tensor, scores: Tensor, classes: Tensor, limit: float = 0.6) -> Tensor:
    """Places of those boxes that are not outdone by a surer one of the same class which shares more than `limit` with it.

    Args:
        boxes: count x 4.
        scores: count.
        classes: count.
        limit: overlap from which two boxes tell of one thing.
    """
    order = scores.argsort(descending=True, stable=True)
    boxes, classes = boxes[order], classes[order]
    shared = overlap(boxes[:, None], boxes[None]) * (classes[:, None] == classes[None])
    outdone = (shared > limit).triu(1)
    kept = torch.ones(len(boxes), dtype=torch.bool, device=boxes.device)
    for place in range(len(boxes)):
        if kept[place]:
            kept &= ~outdone[place]
    return order[kept]


def moved(boxes: Tensor, present: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
    """Boxes of pictures that were moved by `affine_grid`, cut to the picture, and which of them can still be seen.

    Args:
        boxes: count x most x 4.
        present: count x most; false where a row is filling only.
        places: count x 2 x 3, from places in the new picture to places in the old one, both from -1 to 1.
    """
    left, top, right, bottom = (boxes * 2 - 1).unbind(-1)
    corners = torch.stack(
        [torch.stack(one, -1) for one in ((left, top), (right, top), (left, bottom), (right, bottom))], 2
    )
    turned, shift = places[:, :, :2], places[:, :, 2]
    back = torch.linalg.inv(turned.float())
    found = torch.einsum("nij,nmkj->nmki", back, corners - shift[:, None, None])
    whole = torch.cat([found.amin(2), found.amax(2)], -1)
    inside = whole.clamp(-1, 1)
    seen = present & (area(inside) >= _LEAST_SEEN * area(whole).clamp(min=1e-9)) & (area(inside) > 0)
    return (inside + 1) / 2, seen
