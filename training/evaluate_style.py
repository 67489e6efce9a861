"""How near a painter comes to its style, and how much of what it was given can still be seen."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from darkroom.domain.base import Model
from training.config import EvalConfig
from training.evaluate_pictures import Measured, interval
from training.strokes import kept, style_distance

_ROUNDS = 4


class Painted(Model):
    """What became of one picture."""

    key: str
    """Content hash of what it was."""
    style: float
    """Share of the way to the style that was gone; 1 is all of it."""
    kept: float
    """How much of what it shows can still be seen, at most 1."""


class StyleEvaluation(Model):
    """A model that paints, on a part of a dataset."""

    likeness: Measured
    """Harmonic mean of the two below, over the pictures."""
    style: Measured
    """Share of the way from a photograph to the style; 1 is all of it."""
    kept: Measured
    """How much of what the pictures show can still be seen."""
    mistakes: tuple[Painted, ...]
    """Those that came out worst, worst first."""


def evaluate_style(
    made: Tensor, given: Tensor, style: Tensor, keys: Sequence[str], config: EvalConfig
) -> StyleEvaluation:
    """Judge what a painter made.

    Args:
        made: count x 3 x height x width, 0 to 1.
        given: what it was made of.
        style: 1 x 3 x height x width.
        keys: content hashes of what was given.
        config: how many pictures are named.
    """
    near, far = (_distance(one, style) for one in (made, given))
    gone = (1 - near / far.clamp(min=1e-6)).clamp(-1, 1)
    shown = kept(made, given).clamp(-1, 1)
    low = torch.minimum(gone, shown)
    both = torch.where(low > 0, 2 * gone * shown / (gone + shown).clamp(min=1e-6), low)
    worst = both.argsort(stable=True)[: config.mistakes].tolist()
    return StyleEvaluation(
        likeness=interval(both),
        style=interval(gone),
        kept=interval(shown),
        mistakes=tuple(Painted(key=keys[at], style=float(gone[at]), kept=float(shown[at])) for at in worst),
    )


def _distance(pictures: Tensor, style: Tensor) -> Tensor:
    """The same directions for all, so that figures can be compared."""
    draw = torch.Generator(pictures.device)
    return torch.stack([style_distance(pictures, style, draw.manual_seed(seed)) for seed in range(_ROUNDS)]).mean(0)
