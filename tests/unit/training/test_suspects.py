"""Labels that are wrong are found by models that never saw the pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from darkroom.datasets.importers import import_folder
from darkroom.datasets.manifest import Manifest
from darkroom.datasets.suspects import one_each
from darkroom.domain.annotation import Classification
from darkroom.errors import Error
from tests.shapes import SHAPES, draw_shapes
from training.session import Shelf
from training.suspects import gradients, out_of_fold


@pytest.fixture(scope="module")
def mislabelled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Manifest, set[str]]:
    """Drawn shapes of which six bear the name of another one, and the keys of those."""
    folder = draw_shapes(tmp_path_factory.mktemp("shapes"), {"train": 30})
    examples = list(import_folder(folder).examples.values())
    wrong = {one.key for one in examples[::15]}
    renamed = [
        one.model_copy(update={"annotations": (Classification(label=SHAPES[SHAPES.index(one.annotations[0].label) - 1]),)})
        if one.key in wrong else one
        for one in examples
    ]  # fmt: skip
    return Manifest.of(renamed, folder), wrong


def test_wrong_labels_come_before_right_ones(mislabelled):
    manifest, wrong = mislabelled
    told: list[int] = []
    found = out_of_fold(manifest, tell=told.append)
    assert told == [1, 2, 3, 4, 5]
    assert found.probabilities.sum(1) == pytest.approx(np.ones(len(manifest)), abs=1e-4)
    said = [manifest.labels.index(one[0]) for one in manifest.frame["labels"]]
    ordered = one_each(found.keys, said, manifest.labels, found.probabilities)
    first = set(ordered["key"].head(len(wrong)))
    assert len(first & wrong) >= 4, "shapes of 40 pixels, 84 to learn from"
    assert set(ordered.filter("suspect")["key"]) & wrong


def test_several_classes_are_judged_each_by_itself(mislabelled):
    manifest, _ = mislabelled
    found = out_of_fold(manifest, several=True)
    right = np.array([[label in labels for label in manifest.labels] for labels in manifest.frame["labels"]])
    assert found.probabilities[right].mean() > found.probabilities[~right].mean() + 0.3


def test_weights_that_others_trained_can_look(mislabelled, tmp_path: Path):
    from transformers import ViTConfig, ViTForImageClassification

    torch.manual_seed(5)
    small = ViTConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, image_size=32, patch_size=8
    )
    ViTForImageClassification(small).save_pretrained(tmp_path / "vit")
    manifest, _ = mislabelled
    found = out_of_fold(manifest, weights="vit", shelf=Shelf(tmp_path))
    assert found.probabilities.shape == (90, 3)
    with pytest.raises(Error, match="there is no swin"):
        out_of_fold(manifest, weights="swin", shelf=Shelf(tmp_path))


def test_gradients_tell_directions_apart():
    upright = torch.zeros(1, 3, 24, 24)
    upright[..., 12:] = 1
    lying = upright.transpose(2, 3)
    found = [gradients(one, 12).reshape(9, 4).sum(1).argmax().item() for one in (upright, lying)]
    assert found == [0, 4], "across is the first of nine directions, down the fifth"
