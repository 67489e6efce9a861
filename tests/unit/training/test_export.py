from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from darkroom.errors import Error
from tests.documents import blocks
from tests.pictures import jpeg
from tests.tiny import tiny
from training import export as exporting
from training.checkpoint import load
from training.loop import fit
from training.tasks.classification import Predictor


@pytest.fixture(scope="module")
def checkpoint(learner, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fit(learner(tiny()), tiny(), tmp_path_factory.mktemp("run"), "d" * 64).folder


def test_onnx_answers_as_torch_does_without_torch(checkpoint: Path):
    path = exporting.export(checkpoint)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    about = session.get_modelmeta().custom_metadata_map
    assert json.loads(about["labels"]) == ["circle", "cross", "square"]
    assert about["image_size"] == "32"
    pictures = np.random.default_rng(3).random((7, 3, 32, 32), dtype=np.float32)
    (scores,) = session.run(None, {"pictures": pictures})
    with torch.inference_mode():
        expected = Predictor(load(checkpoint).model)(torch.from_numpy(pictures)).numpy()
    assert np.abs(scores - expected).max() < 1e-4
    assert scores.sum(1) == pytest.approx(np.ones(7), abs=1e-4)
    assert [path.name for path in checkpoint.glob("*onnx*")] == ["model.onnx"]


def test_the_documented_program_names_a_picture_without_torch_and_without_us(checkpoint: Path, tmp_path: Path):
    (tmp_path / "shoes").mkdir()
    exporting.export(checkpoint, tmp_path / "shoes/model.onnx")
    (tmp_path / "photo.jpg").write_bytes(jpeg(1))
    (program,) = (one.code for one in blocks() if "InferenceSession" in one.code)
    script = f"{program}\nimport sys\nassert not {{'torch', 'darkroom', 'training'}} & set(sys.modules)\n"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    label, score = done.stdout.split()
    assert label in ("circle", "cross", "square")
    assert 1 / 3 <= float(score) <= 1


def test_a_model_that_answers_otherwise_is_not_left_behind(checkpoint: Path, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(exporting, "TOLERANCE", -1.0)
    with pytest.raises(Error) as caught:
        exporting.export(checkpoint, tmp_path / "model.onnx")
    assert caught.value.code == "export_differs"
    assert list(tmp_path.iterdir()) == []
