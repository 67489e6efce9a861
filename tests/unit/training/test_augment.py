from __future__ import annotations

import base64
from io import BytesIO
from pathlib import Path

import pytest
import torch
from PIL import Image

from darkroom.datasets.boxes import import_voc
from darkroom.datasets.manifest import Manifest
from darkroom.datasets.sampling import few
from darkroom.domain.search import with_options
from darkroom.errors import Error
from tests.shapes import draw_scenes
from training.augment import MEAN, SPREAD, augment, mix, normalise
from training.config import AugmentConfig, TrainConfig, checked
from training.preview import preview

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


@pytest.mark.parametrize(
    "field",
    ["flip", "rotate", "shear", "stretch", "shift", "colour", "tint", "grey", "cutout", "flip_down", "blur", "noise"],
)
def test_each_change_changes_something_by_itself(field: str):
    value = {"rotate": 30, "blur": 0.05, "noise": 0.2}.get(field, 0.9)
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


def test_a_strength_stands_for_values_of_the_task_and_single_ones_win():
    def policy(task: str, **values: object) -> AugmentConfig:
        return checked(TrainConfig, {"task": task, "augment": values}).augment

    assert policy("classification", strength="none") == AugmentConfig.nothing()
    light, strong = policy("classification", strength="light"), policy("classification", strength="strong", rotate=3)
    assert (light.rotate, light.zoom_from, light.zoom_to, light.flip, light.mixup) == (7.5, 0.9, 1.05, 0.5, 0.15)
    assert (strong.rotate, strong.colour, strong.cutout, strong.noise) == (3, 0.75, 0.75, 0.06)
    found = policy("detection", strength="strong")
    assert (found.rotate, found.zoom_from, found.cutout, found.mixup) == (7.5, 0.25, 0, 0)
    assert AugmentConfig.model_validate(strong.model_dump()) == strong, "what is written down says all of it"
    with pytest.raises(Error, match="strength"):
        policy("classification", strength="extreme")


def test_a_search_over_strengths_tries_what_each_stands_for():
    begun = checked(TrainConfig, {"augment": {"rotate": 40}})
    assert with_options(begun, {"augment.strength": "none", "epochs": 3}).augment == AugmentConfig.nothing()
    assert with_options(begun, {"augment.strength": "light", "augment.mixup": 0}).augment.rotate == 7.5
    assert with_options(begun, {"epochs": 3}).augment.rotate == 40


def test_upside_down_and_blurred_pictures_are_what_they_say():
    down = AugmentConfig.nothing().model_copy(update={"flip_down": 1.0})
    assert torch.allclose(augment(PICTURES, 40, down, dice()), normalise(PICTURES.float() / 255).flip(2), atol=1e-4)
    soft = augment(PICTURES, 40, AugmentConfig.nothing().model_copy(update={"blur": 0.05}), dice())
    plain = normalise(PICTURES.float() / 255)
    assert torch.allclose(soft.mean((2, 3)), plain.mean((2, 3)), atol=0.1), "blurring keeps the brightness"
    assert (soft.std((2, 3)) < plain.std((2, 3)) + 1e-6).all()


def test_the_preview_shows_the_very_pictures_of_a_seed_with_the_shares_of_those_mixed_in(manifest: Manifest):
    config = checked(TrainConfig, {"image_size": 32, "augment": {"strength": "none", "mixup": 0.5, "cutmix": 0.5}})
    chosen = few(manifest, "train", 5)
    assert sorted({one[0] for one in chosen.frame["labels"]}) == list(manifest.labels), "every class has its turn"
    found = preview(config, chosen, 4)
    assert preview(config, chosen, 4) == found
    with Image.open(BytesIO(base64.b64decode(found["sheet"]))) as sheet:
        assert (sheet.format, sheet.size) == ("WEBP", (5 * 32, 5 * 32))
    keys = [one["key"] for one in found["rows"]]
    for row, one in enumerate(found["rows"]):
        assert {draw["other"] for draw in one["draws"]} <= {keys[row - 1], None}
        assert all(0 <= draw["share"] <= 1 and (draw["share"] == 1) == (draw["other"] is None) for draw in one["draws"])
    other = preview(config.model_copy(update={"seed": 1}), chosen, 4)
    assert other["sheet"] != found["sheet"]
    with pytest.raises(Error, match="split test"):
        few(manifest.part("train"), "test", 5)


def test_boxes_move_along_in_the_preview_and_are_drawn_for_a_file(tmp_path: Path):
    scenes = import_voc(draw_scenes(tmp_path, {"train": 4, "val": 1, "test": 1})).manifest()
    mirrored = {"strength": "none", "flip": 1.0}
    config = checked(TrainConfig, {"task": "detection", "image_size": 64, "augment": mirrored})
    found = preview(config, few(scenes, "train", 2), 1, drawn=True)
    for one in found["rows"]:
        before, after = (
            [(box["label"], box["left"], box["right"]) for box in boxes]
            for boxes in (one["boxes"], one["draws"][0]["boxes"])
        )
        assert [(name, round(1 - right, 3), round(1 - left, 3)) for name, left, right in before] == [
            (name, round(left, 3), round(right, 3)) for name, left, right in after
        ]
    with Image.open(BytesIO(base64.b64decode(found["sheet"]))) as sheet:
        assert (sheet.format, sheet.size) == ("PNG", (2 * 64, 2 * 64))
