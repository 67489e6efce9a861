"""How near pictures are to a style, and to what they show, without any network that others trained.

Style is the distribution of small patches at several scales, in colour: two pictures are of one style where their patches are
distributed alike. The distance is the sliced Wasserstein one, over random directions that are drawn anew each time (Elnekave and
Weiss, Generating Natural Images with Direct Patch Distributions Matching, 2022; Heitz et al., A Sliced Wasserstein Loss for
Neural Texture Synthesis, 2021). What a picture shows is where it is light and dark, and how its brightness goes up and down
around each place: a painter may change the contrast of that, but not what is an edge.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

_SCALES = 4
_PATCH = 7
_DIRECTIONS = 32
_MOST_PATCHES = 1024
_MOST_SIDE = 128
_WINDOW = 9
_LUMA = (0.299, 0.587, 0.114)
_FLAT = 0.02
_FAINT = 5e-4
_TINY = 1e-6


def style_distance(made: Tensor, style: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """How far each picture is from a style, 0 for the same patches; count numbers.

    Args:
        made: count x 3 x height x width, 0 to 1; sides of 64 at least for all scales.
        style: 1 x 3 x height x width.
        generator: draws the directions; PyTorch's own without it.
    """
    found: list[Tensor] = []
    for _ in range(_SCALES):
        if min(*made.shape[2:], *style.shape[2:]) < _PATCH + 1:
            break
        found.append(_sliced(made, style, generator))
        made, style = functional.avg_pool2d(made, 2), functional.avg_pool2d(style, 2)
    return torch.stack(found).mean(0)


def _sliced(made: Tensor, style: Tensor, generator: torch.Generator | None) -> Tensor:
    device = made.device
    ways = torch.randn((_DIRECTIONS, 3, _PATCH, _PATCH), generator=generator, device=device)
    ways = ways / ways.flatten(1).norm(dim=1)[:, None, None, None]
    ours, theirs = (functional.conv2d(_part(one, generator), ways).flatten(2) for one in (made, style))
    count = min(ours.shape[2], theirs.shape[2], _MOST_PATCHES)

    def some(values: Tensor) -> Tensor:
        places = torch.randperm(values.shape[2], generator=generator, device=device)[:count]
        return values[:, :, places].sort(2).values

    return (some(ours) - some(theirs)).abs().mean((1, 2))


def _part(pictures: Tensor, generator: torch.Generator | None) -> Tensor:
    """A square somewhere in large pictures: all of their patches would cost more than they tell."""
    for axis in (2, 3):
        room = pictures.shape[axis] - _MOST_SIDE
        if room > 0:
            start = int(torch.randint(room + 1, (1,), generator=generator, device=pictures.device))
            pictures = pictures.narrow(axis, start, _MOST_SIDE)
    return pictures


def luma(pictures: Tensor) -> Tensor:
    """Brightness, count x 1 x height x width."""
    return (pictures * torch.tensor(_LUMA, device=pictures.device).view(1, 3, 1, 1)).sum(1, keepdim=True)


def kept(made: Tensor, given: Tensor) -> Tensor:
    """How far each picture still shows what was given, 1 for the same: half by where it is light, half by its edges."""
    ours, theirs = luma(made), luma(given)
    return (_light(ours, theirs) + _edges(ours, theirs)) / 2


def _light(ours: Tensor, theirs: Tensor) -> Tensor:
    """Correlation of the brightness over the picture, at a quarter and a sixteenth of the size."""
    found = []
    for size in (4, 16):
        if min(ours.shape[2:]) < 2 * size:
            continue
        one, other = (functional.avg_pool2d(part, size).flatten(1) for part in (ours, theirs))
        one, other = (part - part.mean(1, keepdim=True) for part in (one, other))
        spread = (one.square().mean(1) * other.square().mean(1) + _TINY**2).sqrt()
        found.append((one * other).mean(1) / spread)
    return torch.stack(found).mean(0)


def _edges(ours: Tensor, theirs: Tensor) -> Tensor:
    """Correlation within small windows at three scales, where there is something to see."""
    found = []
    for _ in range(3):
        ours, theirs = functional.avg_pool2d(ours, 2), functional.avg_pool2d(theirs, 2)
        if min(ours.shape[2:]) < _WINDOW:
            break
        (one, spread), (other, wanted) = _local(ours), _local(theirs)
        shared = _window(one * other) / ((spread * wanted + _TINY).sqrt() + _FAINT)
        weight = wanted.sqrt() + _FLAT
        found.append((shared * weight).mean((1, 2, 3)) / weight.mean((1, 2, 3)))
    return torch.stack(found).mean(0)


def _local(plane: Tensor) -> tuple[Tensor, Tensor]:
    """By how much each place differs from its surroundings, and the mean square of that."""
    away = plane - _window(plane)
    return away, _window(away.square())


def _window(plane: Tensor) -> Tensor:
    return functional.avg_pool2d(plane, _WINDOW, 1, _WINDOW // 2, count_include_pad=False)
