"""How near a model comes to what pictures are to become: PSNR and SSIM, before and after."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from darkroom.domain.base import Model
from training.config import EvalConfig

_SPREAD = 1.96
# A picture that is met exactly would have no end of decibels.
_MOST = 100.0
_WINDOW = 11
_SIGMA = 1.5
_C1, _C2 = 0.01**2, 0.03**2


class Measured(Model):
    """A mean with the interval that holds the true one in 95 of 100 cases."""

    value: float
    """What was measured."""
    low: float
    """Lower end."""
    high: float
    """Upper end."""


class NearPicture(Model):
    """How near one picture comes."""

    key: str
    """Content hash of what it was."""
    psnr_before: float
    """Decibels between what it was and what it is to become."""
    psnr: float
    """Decibels between what was made of it and that; more is better."""
    ssim: float
    """Likeness of the two, at most 1."""


class EnhanceEvaluation(Model):
    """A model that makes pictures of pictures, on a part of a dataset."""

    psnr: Measured
    """Mean over the pictures, in decibels."""
    psnr_before: float
    """The same of what they were."""
    ssim: Measured
    """Mean likeness."""
    ssim_before: float
    """The same of what they were."""
    better: float = Field(ge=0, le=1)
    """Share of the pictures that came nearer."""
    mistakes: tuple[NearPicture, ...]
    """Those that came least near, worst first."""


def evaluate_pictures(
    made: Tensor, given: Tensor, wanted: Tensor, keys: Sequence[str], config: EvalConfig
) -> EnhanceEvaluation:
    """Judge what a model made.

    Args:
        made: count x 3 x height x width, 0 to 1.
        given: what it was made of.
        wanted: what it should be.
        keys: content hashes of what was given; a picture may have several parts, which are averaged.
        config: how many pictures are named.
    """
    figures = torch.stack([psnr(given, wanted), psnr(made, wanted), ssim(given, wanted), ssim(made, wanted)], 1)
    names = list(dict.fromkeys(keys))
    place = {name: number for number, name in enumerate(names)}
    owner = torch.tensor([place[key] for key in keys])
    sums = torch.zeros(len(names), 4).index_add_(0, owner, figures.float())
    means = sums / torch.bincount(owner, minlength=len(names))[:, None]
    order = (means[:, 1] - means[:, 0]).argsort(stable=True)[: config.mistakes].tolist()
    worst = tuple(
        NearPicture(key=names[at], psnr_before=float(means[at, 0]), psnr=float(means[at, 1]), ssim=float(means[at, 3]))
        for at in order
    )
    return EnhanceEvaluation(
        psnr=interval(means[:, 1]), psnr_before=float(means[:, 0].mean()), ssim=interval(means[:, 3]),
        ssim_before=float(means[:, 2].mean()), better=float((means[:, 1] > means[:, 0]).float().mean()), mistakes=worst,
    )  # fmt: skip


def psnr(one: Tensor, other: Tensor) -> Tensor:
    """Peak signal to noise ratio of each picture, in decibels; 100 at most."""
    error = (one - other).square().mean((1, 2, 3))
    return (-10 * error.clamp(min=1e-12).log10()).clamp(max=_MOST)


def ssim(one: Tensor, other: Tensor) -> Tensor:
    """Structural similarity of each picture (Wang et al., Image Quality Assessment, 2004): Gaussian window of 11, inside alone."""
    away = torch.arange(_WINDOW, dtype=torch.float32, device=one.device) - _WINDOW // 2
    line = torch.exp(-away.square() / (2 * _SIGMA**2))
    window = (line[:, None] * line[None, :] / line.sum() ** 2).expand(3, 1, -1, -1)

    def mean(pictures: Tensor) -> Tensor:
        return functional.conv2d(pictures, window, groups=3)

    first, second = mean(one), mean(other)
    spread, other_spread = mean(one * one) - first**2, mean(other * other) - second**2
    shared = mean(one * other) - first * second
    above = (2 * first * second + _C1) * (2 * shared + _C2)
    below = (first**2 + second**2 + _C1) * (spread + other_spread + _C2)
    return (above / below).mean((1, 2, 3))


def interval(values: Tensor) -> Measured:
    """The mean of figures, with how sure one may be of it."""
    value = float(values.mean())
    away = _SPREAD * float(values.std()) / math.sqrt(len(values)) if len(values) > 1 else 0.0
    return Measured(value=value, low=value - away, high=value + away)
