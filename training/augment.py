"""Changes whole batches of pictures at random, on whichever device they lie; the same seed gives the same changes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from training.config import AugmentConfig

# What the eye takes for brightness (ITU-R BT.601), and the mean and spread of photographs.
_LUMA = (0.299, 0.587, 0.114)
MEAN = (0.485, 0.456, 0.406)
SPREAD = (0.229, 0.224, 0.225)


@dataclass
class Dice:
    """Random numbers for a batch.

    Args:
        count: pictures in the batch.
        generator: where the numbers come from; on the device of the pictures.
    """

    count: int
    generator: torch.Generator

    def share(self, channels: int = 1) -> Tensor:
        """Between 0 and 1, one for each picture (and channel), shaped to be multiplied with pictures."""
        shape = (self.count, channels, 1, 1)
        return torch.rand(shape, generator=self.generator, device=self.generator.device)

    def between(self, low: float, high: float, channels: int = 1) -> Tensor:
        """Between two bounds."""
        return low + (high - low) * self.share(channels)

    def around(self, reach: float, channels: int = 1) -> Tensor:
        """Around 0, at most `reach` away."""
        return self.between(-reach, reach, channels)

    def hits(self, chance: float) -> Tensor:
        """True for about so large a share of the pictures."""
        return self.share() < chance


def normalise(pictures: Tensor) -> Tensor:
    """From 0 to 1 to what networks like: mean 0, spread 1."""
    mean = torch.tensor(MEAN, device=pictures.device).view(1, 3, 1, 1)
    spread = torch.tensor(SPREAD, device=pictures.device).view(1, 3, 1, 1)
    return (pictures - mean) / spread


def augment(pictures: Tensor, size: int, config: AugmentConfig, generator: torch.Generator) -> Tensor:
    """Changed pictures, normalised.

    Args:
        pictures: bytes, count x 3 x height x width.
        size: side of what comes out.
        config: what may happen.
        generator: decides what does.
    """
    return augment_moved(pictures, size, config, generator)[0]


def augment_moved(
    pictures: Tensor, size: int, config: AugmentConfig, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Changed pictures, normalised, and for each the affine map (2 x 3) from places in it to places in what it was.

    Places go from -1 to 1, as those of `affine_grid`; what is said of places in a picture moves along by them.
    """
    dice = Dice(len(pictures), generator)
    places = _places(config, dice)
    grid = functional.affine_grid(places, [len(pictures), 3, size, size], align_corners=False)
    moved = functional.grid_sample(pictures.float() / 255, grid, padding_mode="reflection", align_corners=False)
    changed = normalise(_grain(_colour(_blur(moved, config, dice), config, dice), config, dice))
    if config.cutout:
        changed = changed.masked_fill(_cutout(size, config, dice), 0.0)
    return changed, places


def mix(pictures: Tensor, targets: Tensor, config: AugmentConfig, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Pictures mixed with their neighbours in the batch, and targets in the same shares."""
    if not config.mixup and not config.cutmix:
        return pictures, targets
    dice = Dice(len(pictures), generator)
    draw = dice.share()
    other = pictures.roll(1, 0)
    centred = dice.around(1)
    # Shares near 0 and 1 are likelier than those between, as of a Beta distribution.
    share = 0.5 + 0.5 * centred.sign() * centred.abs() ** 0.4
    share = torch.where(draw < config.mixup, share, torch.ones_like(share))
    mixed = pictures * share + other * (1 - share)
    if config.cutmix:
        chosen = (draw >= config.mixup) & (draw < config.mixup + config.cutmix)
        side = dice.share().sqrt()
        window = _window(pictures.shape[-1], dice, side, side) & chosen
        mixed = torch.where(window, other, mixed)
        share = share * (1 - window.float().mean((1, 2, 3), keepdim=True))
    share = share.view(-1, 1)
    return mixed, targets * share + targets.roll(1, 0) * (1 - share)


def _places(config: AugmentConfig, dice: Dice) -> Tensor:
    scale = dice.between(config.zoom_from, config.zoom_to).sqrt()
    stretch = dice.around(config.stretch).exp()
    turn = dice.around(math.radians(config.rotate))
    mirror = torch.where(dice.hits(config.flip), -1.0, 1.0)
    wide, high = scale * stretch, scale / stretch
    if config.flip_down:
        high = high * torch.where(dice.hits(config.flip_down), -1.0, 1.0)
    room = (1 - scale).abs() + config.shift
    rows = [
        (turn.cos() * wide * mirror, (dice.around(config.shear) - turn.sin()) * high, dice.around(1) * room),
        (turn.sin() * wide * mirror, turn.cos() * high, dice.around(1) * room),
    ]
    return torch.cat([torch.cat(row, 3) for row in rows], 2).squeeze(1)


# What is off draws no random numbers, so that a policy from before it was there gives the pictures that it gave.
def _blur(pictures: Tensor, config: AugmentConfig, dice: Dice) -> Tensor:
    if not config.blur:
        return pictures
    count, channels, side, _ = pictures.shape
    spread = dice.between(0, config.blur * side).clamp(min=0.05).view(count, 1)
    reach = max(1, min(side - 1, math.ceil(2.5 * config.blur * side)))
    away = torch.arange(-reach, reach + 1, device=pictures.device)
    weights = (-0.5 * (away / spread).square()).exp()
    kernel = (weights / weights.sum(1, keepdim=True)).repeat_interleave(channels, 0).view(-1, 1, 1, 2 * reach + 1)
    rows = functional.pad(pictures, (reach, reach, reach, reach), mode="reflect").view(
        1, count * channels, -1, side + 2 * reach
    )
    rows = functional.conv2d(rows, kernel, groups=count * channels)
    return functional.conv2d(rows, kernel.transpose(2, 3), groups=count * channels).view_as(pictures)


def _grain(pictures: Tensor, config: AugmentConfig, dice: Dice) -> Tensor:
    if not config.noise:
        return pictures
    spread = dice.between(0, config.noise)
    grain = torch.randn(pictures.shape, generator=dice.generator, device=dice.generator.device)
    return (pictures + grain * spread).clamp(0, 1)


def _colour(pictures: Tensor, config: AugmentConfig, dice: Dice) -> Tensor:
    brightness, contrast, saturation = (dice.between(1 - config.colour, 1 + config.colour) for _ in range(3))
    saturation = saturation.masked_fill(dice.hits(config.grey), 0.0)
    pictures = pictures * brightness * dice.around(config.tint, 3).exp()
    mean = pictures.mean((1, 2, 3), keepdim=True)
    pictures = (pictures - mean) * contrast + mean
    luma = torch.tensor(_LUMA, device=pictures.device).view(1, 3, 1, 1)
    grey = (pictures * luma).sum(1, keepdim=True)
    return ((pictures - grey) * saturation + grey).clamp(0, 1)


def _cutout(size: int, config: AugmentConfig, dice: Dice) -> Tensor:
    high, wide = dice.between(0.1, config.cutout_side), dice.between(0.1, config.cutout_side)
    return _window(size, dice, high, wide) & dice.hits(config.cutout)


def _window(size: int, dice: Dice, high: Tensor, wide: Tensor) -> Tensor:
    """True inside a rectangle somewhere in each picture."""
    place = torch.arange(size, device=high.device) / size
    inside_rows = (place.view(1, 1, size, 1) - dice.share()).abs() < high / 2
    return inside_rows & ((place.view(1, 1, 1, size) - dice.share()).abs() < wide / 2)
