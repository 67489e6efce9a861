"""Networks that others trained: read from a folder, learnt from as a whole, by the head or by small matrices, kept with their licence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from darkroom.datasets.manifest import Manifest
from darkroom.domain.train_config import TrainConfig
from darkroom.errors import Error
from tests.tiny import TINY
from training import session
from training.backbones import begun
from training.checkpoint import load
from training.export import export
from training.probe import probe

SETS = {**TINY, "model": "backbone", "batch_size": 12, "optimizer": "adamw", "learning_rate": 0.01}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> session.Shelf:
    """A residual network and a transformer as the hub lays them out, with weights by chance."""
    from transformers import ResNetConfig, ResNetForImageClassification, ViTConfig, ViTForImageClassification

    torch.manual_seed(3)
    folder = tmp_path_factory.mktemp("backbones")
    kinds = {
        "resnet": ResNetForImageClassification(
            ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic", num_labels=5)
        ),
        "vit": ViTForImageClassification(
            ViTConfig(
                hidden_size=16,
                num_hidden_layers=2,
                num_attention_heads=2,
                intermediate_size=32,
                image_size=32,
                patch_size=8,
            )
        ),
    }
    for name, network in kinds.items():
        network.save_pretrained(folder / name)
        (folder / name / "README.md").write_text("---\nlicense: apache-2.0\n---\n")
    (folder / "vit" / "preprocessor_config.json").write_text(
        json.dumps({"image_mean": [0.5] * 3, "image_std": [0.5] * 3})
    )
    return session.Shelf(folder)


@pytest.mark.parametrize("name", ["resnet", "vit"])
@pytest.mark.parametrize("tune", ["full", "head", "lora"])
def test_what_is_to_learn_learns_and_all_else_stays(shelf, manifest: Manifest, tmp_path: Path, name: str, tune: str):
    config = TrainConfig.model_validate({**SETS, "weights": name, "tune": tune, "lora_rank": 2, "ema_decay": 0})
    fitted, _ = session.train(config, manifest, tmp_path / "run", shelf=shelf)
    found = load(fitted.folder)
    assert (found.about.licence, found.about.model, len(found.about.labels)) == ("apache-2.0", "backbone", 3)
    before = begun(shelf.folder / name, 3, "full", 2).state_dict()
    after = {
        key.replace(".layer.weight", ".weight"): value
        for key, value in load_file(fitted.folder / "weights.safetensors").items()
    }
    body = [key for key in before if "classifier" not in key and key.endswith("weight") and key in after]
    same = [bool(torch.equal(before[key], after[key])) for key in body]
    assert len(body) > 5
    assert all(same) if tune != "full" else not any(same)
    small = [key for key in after if ".up." in key]
    assert bool(small) == (tune == "lora")
    assert all(after[key].abs().sum() > 0 for key in small)
    assert session.judge(fitted.folder, manifest, "test").count == 12
    assert export(fitted.folder).exists()


def test_a_killed_training_goes_on_exactly_with_the_weights_that_it_began_with(
    shelf, manifest: Manifest, tmp_path: Path
):
    config = TrainConfig.model_validate({**SETS, "weights": "vit", "tune": "lora", "checkpoint_steps": 1})
    whole, _ = session.train(config, manifest, tmp_path / "whole", shelf=shelf)
    stops = iter([False, False, True])
    session.train(config, manifest, tmp_path / "cut", shelf=shelf, stop=lambda: next(stops))
    # What was fetched is kept: whatever becomes of the shelf.
    cut, _ = session.train(config, manifest, tmp_path / "cut")
    ours, theirs = ((one.folder / "weights.safetensors").read_bytes() for one in (whole, cut))
    assert ours == theirs


def test_a_training_with_weights_of_others_is_measured(shelf, manifest: Manifest):
    found = probe(TrainConfig.model_validate({**SETS, "weights": "resnet"}), manifest, shelf=shelf)
    assert (found.examples, found.batch_size) == (36, 12)


def test_the_defaults_are_those_of_weights(shelf):
    config = TrainConfig.model_validate({"weights": "vit", "tune": "lora"})
    assert (config.model, config.image_size, config.optimizer, config.learning_rate) == (
        "backbone",
        224,
        "adamw",
        0.003,
    )
    with pytest.raises(ValueError, match="weights bring no other"):
        TrainConfig.model_validate({"weights": "vit", "model": "residual"})


@pytest.mark.parametrize(
    ("weights", "cause"),
    [
        ("nothing", "there is no nothing in .*; there are pickled, resnet, vit"),
        ("../backbones/vit", "there is no"),
        ("pickled", "holds no model.safetensors; other files of weights are not opened"),
        ("hub:owner/name", "DARKROOM_HUB"),
    ],
)
def test_what_cannot_be_begun_with_is_told(shelf, manifest: Manifest, tmp_path: Path, weights: str, cause: str):
    (shelf.folder / "pickled").mkdir(exist_ok=True)
    (shelf.folder / "pickled" / "config.json").write_text("{}")
    (shelf.folder / "pickled" / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    config = TrainConfig.model_validate({**SETS, "weights": weights})
    with pytest.raises(Error, match=cause):
        session.train(config, manifest, tmp_path / "run", shelf=shelf)
