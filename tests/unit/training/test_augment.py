from __future__ import annotations

import pytest
import torch

from training.augment import MEAN, SPREAD, augment, mix, normalise
from training.config import AugmentConfig

PICTURES = torch.randint(0, 256, (6, 3, 40, 40), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))


def dice(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_the_same_seed_gives_the_same_pictures_and_another_one_does_not():
    config = AugmentConfig()
    first, again, other = (augment(PICTURES, 32, config, dice(seed)) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.allclose(first, other)
    assert first.shape == (6, 3, 32, 32)


def test_without_any_change_pictures_stay_as_they_are():
    same = augment(PICTURES, 40, AugmentConfig.nothing(), dice())
    assert torch.allclose(same, normalise(PICTURES.float() / 255), atol=1e-4)


@pytest.mark.parametrize("field", ["flip", "rotate", "shear", "stretch", "shift", "colour", "tint", "grey", "cutout"])
def test_each_change_changes_something_by_itself(field: str):
    value = {"rotate": 30}.get(field, 0.9)
    config = AugmentConfig.nothing().model_copy(update={field: value, "cutout_side": 0.5})
    assert not torch.allclose(augment(PICTURES, 40, config, dice()), normalise(PICTURES.float() / 255), atol=0.01)


def test_a_mirrored_picture_is_mirrored():
    config = AugmentConfig.nothing().model_copy(update={"flip": 1.0})
    assert torch.allclose(augment(PICTURES, 40, config, dice()), normalise(PICTURES.float() / 255).flip(3), atol=1e-4)


def test_colours_stay_within_what_a_picture_can_hold():
    found = augment(PICTURES, 32, AugmentConfig(colour=0.9, cutout=0), dice())
    low = (0 - torch.tensor(MEAN)) / torch.tensor(SPREAD)
    high = (1 - torch.tensor(MEAN)) / torch.tensor(SPREAD)
    assert (found.amin((0, 2, 3)) >= low - 1e-5).all()
    assert (found.amax((0, 2, 3)) <= high + 1e-5).all()


@pytest.mark.parametrize("way", ["mixup", "cutmix"])
def test_targets_are_mixed_in_the_shares_of_the_pictures(way: str):
    # Each picture is of one value, so that its mean says how much of it is left.
    values = torch.arange(8.0)
    pictures = values.view(8, 1, 1, 1).expand(8, 3, 64, 64)
    targets = torch.eye(8)
    config = AugmentConfig.nothing().model_copy(update={way: 1.0})
    mixed, shares = mix(pictures, targets, config, dice())
    assert torch.allclose(shares.sum(1), torch.ones(8), atol=1e-5)
    assert torch.allclose(mixed.mean((1, 2, 3)), shares @ values, atol=1e-3)
    assert ((shares > 0.01).sum(1) == 2).any()


def test_nothing_is_mixed_when_nothing_shall_be():
    pictures, targets = torch.rand(4, 3, 8, 8), torch.eye(4)
    found = mix(pictures, targets, AugmentConfig.nothing(), dice())
    assert found[0] is pictures
    assert found[1] is targets
