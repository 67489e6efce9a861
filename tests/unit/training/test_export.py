from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from darkroom.errors import Error
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


def test_a_model_that_answers_otherwise_is_not_left_behind(checkpoint: Path, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(exporting, "TOLERANCE", -1.0)
    with pytest.raises(Error) as caught:
        exporting.export(checkpoint, tmp_path / "model.onnx")
    assert caught.value.code == "export_differs"
    assert list(tmp_path.iterdir()) == []
