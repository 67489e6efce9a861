"""Outlining things: masks, what they are worth, and a network that learns drawn regions within seconds."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from darkroom.datasets.annotating import task_of
from darkroom.datasets.coco import import_coco
from darkroom.datasets.importers import import_folder
from darkroom.datasets.manifest import Manifest
from darkroom.domain.annotation import Box, Classification, Detection, Pair, Segmentation
from darkroom.domain.dataset import Example
from darkroom.domain.train_config import TrainConfig, checked
from darkroom.errors import Error
from darkroom.imaging import native
from darkroom.imaging.operations.base import Raster
from darkroom.imaging.operations.learned_find import segment
from darkroom.imaging.operations.learned_model import load_model
from tests.shapes import draw_regions
from training import masks, preview, session
from training.augment import augment_moved
from training.evaluate_masks import evaluate_masks
from training.export import export
from training.tasks import segmentation

TINY = {
    "task": "segmentation", "model": "segmenter-tiny", "image_size": 48, "batch_size": 8, "epochs": 30, "budget_seconds": None,
    "ema_decay": 0.9, "validations": 1, "threads": 1, "precision": "float32", "augment": {"strength": "light", "rotate": 0},
}  # fmt: skip
LEFT = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))


@pytest.fixture(scope="module")
def regions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_regions(tmp_path_factory.mktemp("regions"), {"train": 32, "val": 8, "test": 16})


@pytest.fixture(scope="module")
def manifest(regions: Path) -> Manifest:
    return import_coco(regions).manifest()


def example(*said) -> Example:
    return Example(key="0" * 64, path="a.png", annotations=said)


def test_outlines_become_the_pixels_inside_of_them_and_come_back():
    box = Box(x=0.5, y=0.5, width=0.25, height=0.25)
    small = ((0.25, 0.25), (0.5, 0.25), (0.5, 0.5), (0.25, 0.5))
    said = (
        Segmentation(label="b", outline=small),
        Segmentation(label="a", outline=LEFT),
        Detection(label="a", box=box),
    )
    mask = masks.drawn(example(*said), {"a": 0, "b": 1}, 32)
    expected = np.zeros((32, 32), np.uint8)
    expected[:, :16], expected[8:16, 8:16], expected[16:24, 16:24] = 1, 2, masks.UNKNOWN
    # A line of pixels may belong to either side.
    assert (mask == expected).mean() > 0.95
    assert set(np.unique(mask)) == {0, 1, 2, masks.UNKNOWN}, "a box alone leaves its pixels unknown"
    back = masks.outlines(mask, ("a", "b"), found=True, wrong=frozenset({2}))
    assert {(one.label, one.right, one.confidence) for one in back} == {("a", True, 1.0), ("b", False, 1.0)}
    (second,) = [one for one in back if one.label == "b"]
    assert np.allclose(np.min(second.outline, 0), 0.25, atol=0.05)
    assert np.allclose(np.max(second.outline, 0), 0.5, atol=0.05)


def test_masks_move_with_what_is_inside_them():
    side = 64
    mask = torch.zeros(12, side, side, dtype=torch.uint8)
    mask[:, 16:48, 8:24] = 1
    pictures = (mask * 255)[:, None].expand(-1, 3, -1, -1).contiguous()
    plain = {"colour": 0, "tint": 0, "grey": 0, "rotate": 30}
    config = TrainConfig.model_validate({**TINY, "augment": plain}).augment
    changed, maps = augment_moved(pictures, side, config, torch.Generator().manual_seed(0))
    moved = masks.moved(mask, maps, side)
    bright = changed.mean(1) > 0
    assert (bright == (moved == 1)).float().mean() > 0.97
    assert not torch.equal(moved, mask)


def test_figures_are_those_of_counting_pixel_by_pixel():
    """Beside the definitions, written out: sets of pixels of each class, of all pictures together."""
    chance = np.random.default_rng(3)
    truth = chance.integers(0, 4, (5, 12, 12)).astype(np.uint8)
    found = np.where(chance.random(truth.shape) < 0.7, truth, chance.integers(0, 4, truth.shape)).astype(np.uint8)
    truth[0, :3], truth[2:] = masks.UNKNOWN, np.where(truth[2:] == 3, 0, truth[2:])
    result = evaluate_masks(found, truth, ("a", "b", "c"), tuple("vwxyz"))
    known = {tuple(place) for place in np.argwhere(truth != masks.UNKNOWN)}
    overlaps, dices = [], []
    for kind in (1, 2, 3):
        mine, theirs = ({tuple(place) for place in np.argwhere(one == kind)} & known for one in (found, truth))
        overlaps.append(len(mine & theirs) / len(mine | theirs))
        dices.append(2 * len(mine & theirs) / (len(mine) + len(theirs)))
        figures = result.classes[kind - 1]
        assert (figures.precision, figures.recall) == pytest.approx(
            (len(mine & theirs) / len(mine), len(mine & theirs) / len(theirs))
        )
    assert [one.iou for one in result.classes] == pytest.approx(overlaps)
    assert [one.dice for one in result.classes] == pytest.approx(dices)
    assert result.miou.value == pytest.approx(np.mean(overlaps))
    assert result.mean_dice.value == pytest.approx(np.mean(dices))
    assert result.pixel_accuracy == pytest.approx(np.mean([found[one] == truth[one] for one in known]))
    assert result.miou.low < result.miou.value < result.miou.high
    assert all(one.iou_span[0] <= one.iou <= one.iou_span[1] for one in result.classes)
    assert result.classes[2].count == 2
    pairs = [(int(truth[one]), int(found[one])) for one in known]
    assert result.pixel_confusion == tuple(
        tuple(pairs.count((real, called)) for called in range(4)) for real in range(4)
    )
    most = result.pixel_cells[0]
    names = ("", "a", "b", "c")
    real, called = names.index(most.label), names.index(most.predicted)
    assert result.pixel_confusion[real][called] == max(
        count for at, row in enumerate(result.pixel_confusion) for to, count in enumerate(row) if at != to
    )
    behind = {"vwxyz"[at]: np.mean((truth[at] == real) & (found[at] == called)) for at in range(5)}
    assert {one.key: one.share for one in most.pictures} == pytest.approx(
        {key: one for key, one in behind.items() if one}
    )
    assert [one.share for one in most.pictures] == sorted((one.share for one in most.pictures), reverse=True)
    perfect = evaluate_masks(truth, truth, ("a", "b", "c"), tuple("vwxyz"))
    assert (perfect.miou.value, perfect.miou.low, perfect.mistakes) == (1, 1, ())
    nothing = evaluate_masks(np.zeros_like(truth), np.zeros_like(truth), ("a",), tuple("vwxyz"))
    assert (nothing.miou.value, nothing.classes[0].iou_span, nothing.mistakes) == (0, None, ())


@pytest.fixture(scope="module")
def learnt(manifest: Manifest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    fitted, problems = session.train(TrainConfig.model_validate(TINY), manifest, tmp_path_factory.mktemp("run"))
    assert problems == ()
    return fitted.folder


def test_a_network_learns_to_outline_regions(learnt: Path, manifest: Manifest):
    found = session.judge(learnt, manifest, "test")
    best = found.metrics[0]
    assert (best.name, found.count) == ("miou", 16)
    assert best.value > 0.8
    assert best.low <= best.value <= best.high
    assert [one.label for one in found.details.classes] == ["disc", "square"]
    worst = found.details.mistakes[0]
    assert worst.iou <= min(one.iou for one in found.details.mistakes)
    assert {mark.confidence for mark in worst.marks} <= {None, 1.0}


def test_it_goes_out_as_onnx_that_operations_of_recipes_understand(learnt: Path, manifest: Manifest, regions: Path):
    path = export(learnt)
    about = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).get_modelmeta().custom_metadata_map
    assert (about["task"], json.loads(about["labels"])) == ("segmentation", ["disc", "square"])
    model, shares = load_model(path.read_bytes(), "regions"), []
    for one in manifest.part("test").examples():
        picture = native.cv2().cvtColor(native.cv2().imread(str(regions / one.path)), native.cv2().COLOR_BGR2RGB)
        odds = segment(Raster(picture), model, values="0..1")
        assert odds.sum(2) == pytest.approx(1, abs=1e-4)
        truth = masks.drawn(one, {"disc": 0, "square": 1}, 64)
        shares.append((odds.argmax(2) == truth).mean())
        if (truth == 0).all():
            continue
        assert odds.max(2).mean() > 0.8, "shares stay as they are"
    assert np.mean(shares) > 0.95


@pytest.mark.parametrize(
    ("said", "task"),
    [
        (lambda box: (Detection(label="a", box=box), Segmentation(label="a", outline=LEFT)), "segmentation"),
        (lambda box: (Detection(label="a", box=box), Classification(label="b")), "detection"),
        (lambda _: (Pair(label="before", target="1" * 64),), "enhancement"),
        (lambda _: (Classification(label="a"), Classification(label="b")), "multilabel"),
        (lambda _: (Classification(label="a"),), "classification"),
        (lambda _: (), "classification"),
    ],
)
def test_what_is_said_of_pictures_tells_what_can_be_learnt(said, task: str):
    one = example(*said(Box(x=0.1, y=0.1, width=0.2, height=0.2)))
    assert task_of(Manifest.of([one], Path())) == task


def test_what_cannot_be_outlined_is_refused(manifest: Manifest, shapes: Path):
    config = TrainConfig.model_validate(TINY)
    with pytest.raises(Error, match="No training picture has an outline around circle"):
        segmentation.Segmentation(config, import_folder(shapes).manifest(), torch.device("cpu"))
    with pytest.raises(Error, match="300 classes of pixels are too many"):
        segmentation.load(manifest, tuple(map(str, range(300))), 64)
    with pytest.raises(Error, match="not the task segmentation"):
        checked(TrainConfig, {"task": "segmentation", "weights": "resnet"})


def test_defaults_are_those_of_the_task_and_a_policy_shows_masks_in_its_draws(manifest: Manifest):
    plain = TrainConfig.model_validate({"task": "segmentation"})
    assert (plain.model, plain.image_size, plain.augment.mixup, plain.label_smoothing) == ("segmenter", 192, 0, 0)
    part = Manifest(manifest.frame.head(2), manifest.root)
    found = preview.preview(TrainConfig.model_validate(TINY), part, 2)
    assert (found["size"], [len(row["draws"]) for row in found["rows"]]) == (48, [2, 2])


@pytest.mark.parametrize("balanced", [False, True])
def test_unknown_pixels_and_weights_of_pictures_decide_what_counts(manifest: Manifest, balanced: bool):
    weights = {"class_weights": "balanced"} if balanced else {}
    task = segmentation.Segmentation(TrainConfig.model_validate({**TINY, **weights}), manifest, torch.device("cpu"))
    assert (task.class_weights[1:].min() > 1) == balanced
    outputs = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    targets = torch.zeros(2, 2, 8, 8)
    targets[:, 0, :4], targets[:, 1] = 1, 1
    whole = task.loss(outputs, targets)
    targets[1, 1] = 0
    ignored = task.loss(outputs, targets)
    assert ignored != whole
    outputs[1] = 100 * torch.randn(3, 8, 8)
    assert torch.equal(task.loss(outputs, targets), ignored), "what does not count changes nothing"
    sure = torch.nn.functional.one_hot(targets[:, 0].long(), 3).permute(0, 3, 1, 2) * 50.0
    assert float(task.loss(sure, targets)) < 0.02
