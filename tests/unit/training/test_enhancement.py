"""Pictures from pictures: pairs as they are imported, what is measured, and a model that takes noise out in a recipe."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from darkroom.datasets.pairs import import_pairs
from darkroom.datasets.sampling import some
from darkroom.domain.train_config import TrainConfig
from darkroom.errors import Error
from darkroom.imaging.operations.base import Context, Raster, to_float
from darkroom.imaging.operations.learned import EnhanceParams, denoise_learned, through_model
from darkroom.imaging.operations.learned_model import load_model
from tests.paired import draw_pairs, noisy
from training import session
from training.config import EvalConfig
from training.evaluate_pictures import evaluate_pictures, psnr, ssim
from training.export import export
from training.tasks.enhancement import Enhancement

COUNTS = {"train": 16, "validation": 4, "test": 6}
TINY = {
    "task": "enhancement", "model": "retoucher-tiny", "image_size": 32, "epochs": 120, "budget_seconds": None, "validations": 3,
    "threads": 1, "precision": "float32",
}  # fmt: skip


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_pairs(tmp_path_factory.mktemp("pairs"), COUNTS)


def test_pairs_are_imported_together_and_what_is_wrong_is_told(pairs: Path, tmp_path: Path):
    folder = tmp_path / "pairs"
    shutil.copytree(pairs, folder)
    shutil.copy(folder / "train/target/000.png", folder / "train/input/001.png")
    shutil.copy(folder / "train/target/002.png", folder / "train/input/002.png")
    shutil.copy(folder / "train/input/003.png", folder / "train/input/alone.png")
    Image.new("RGB", (32, 32)).save(folder / "train/input/004.7.png")
    found = import_pairs(folder)
    assert sorted((one.file, one.cause.split()[0]) for one in found.problems if one.file.startswith("train/input")) == [
        ("train/input/001.png", "train/input/001.png"), ("train/input/002.png", "It"), ("train/input/alone.png", "There"),
    ]  # fmt: skip
    manifest = found.manifest()
    assert manifest.labels == ("after", "before")
    groups = manifest.frame.group_by("group").agg()
    assert len(groups) < len(manifest) / 2 + 1
    learner = Enhancement(TrainConfig.model_validate(TINY), manifest, torch.device("cpu"))
    assert [one.cause for one in learner.train.problems] == [
        "The two pictures of a pair have different sizes: 32 x 32 and 96 x 96."
    ]
    with pytest.raises(Error, match="has no folder input and no folder target"):
        import_pairs(tmp_path / "nothing")


def test_some_pairs_stay_pairs(pairs: Path):
    part = some(import_pairs(pairs).manifest(), {"train": 3, "validation": 2})
    learner = Enhancement(TrainConfig.model_validate(TINY), part, torch.device("cpu"))
    assert len(set(learner.train.keys)) >= 2
    assert learner.train.problems == ()


def test_what_is_measured_is_what_is_known_of_it():
    grey = torch.full((2, 3, 32, 32), 0.5)
    off = grey + torch.tensor([0.1, 0.01]).view(2, 1, 1, 1)
    assert psnr(grey, off).tolist() == pytest.approx([20.0, 40.0], abs=1e-3)
    assert ssim(grey, grey).tolist() == pytest.approx([1.0, 1.0])
    noise = torch.rand((1, 3, 32, 32), generator=torch.Generator().manual_seed(0))
    assert float(ssim(noise, noise.roll(3, 2))) < 0.2
    found = evaluate_pictures(grey, off, grey, ("a", "b"), EvalConfig())
    assert (found.psnr.value, found.better) == (pytest.approx(100.0), 1.0)
    assert found.psnr_before == pytest.approx(30.0, abs=1e-3)
    assert [one.key for one in found.mistakes] == ["b", "a"]


def test_a_model_learns_to_take_noise_out_and_does_so_in_a_recipe(pairs: Path, tmp_path: Path):
    manifest = import_pairs(pairs).manifest()
    fitted, problems = session.train(TrainConfig.model_validate(TINY), manifest, tmp_path / "run")
    assert problems == ()
    judged = session.judge(fitted.folder, manifest, "test")
    figures = {one.name: one.value for one in judged.metrics}
    assert judged.count == COUNTS["test"]
    assert figures["psnr"] > figures["psnr_before"] + 2
    assert judged.metrics[0].low <= judged.metrics[0].value <= judged.metrics[0].high
    model = load_model(export(fitted.folder).read_bytes())
    with Image.open(pairs / "test/target/000.png") as picture:
        clean = np.asarray(picture.crop((0, 0, 91, 70)))
    given = noisy(clean, np.random.default_rng(1))
    made = through_model(to_float(given), EnhanceParams(model="m", tile=64, overlap=16), model)
    assert made.shape == (70, 91, 3), "of any size"
    before, after = (float(np.mean((to_float(clean) - one) ** 2)) for one in (to_float(given), made))
    assert after < 0.6 * before
    # Without the clean picture a step finds out, too, that it is worth using.
    context = Context(files={"m": export(fitted.folder).read_bytes()})
    params = denoise_learned.parse({"model": "m", "tile": 64, "overlap": 16})
    pinned, words = denoise_learned.decide(Raster(given), params, context)
    assert (pinned.gain > 0.1, words) == (True, "")
    assert pinned.gain == pytest.approx(1 - (after / before) ** 0.5, abs=0.12)


def test_a_training_goes_on_exactly(pairs: Path, tmp_path: Path):
    config = TrainConfig.model_validate({**TINY, "epochs": 4, "checkpoint_steps": 1})
    manifest = import_pairs(pairs).manifest()
    whole, _ = session.train(config, manifest, tmp_path / "whole")
    stops = iter([False, False, True])
    session.train(config, manifest, tmp_path / "cut", stop=lambda: next(stops))
    cut, _ = session.train(config, manifest, tmp_path / "cut")
    ours, theirs = ((one.folder / "weights.safetensors").read_bytes() for one in (whole, cut))
    assert ours == theirs
