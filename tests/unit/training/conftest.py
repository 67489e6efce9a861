from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from darkroom.datasets.importers import import_folder
from darkroom.datasets.manifest import Manifest
from tests.shapes import draw_shapes
from tests.tiny import tiny
from training.config import TrainConfig
from training.tasks.classification import Classification


@pytest.fixture(scope="session")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_shapes(tmp_path_factory.mktemp("shapes"), {"train": 12, "validation": 6, "test": 4})


@pytest.fixture(scope="session")
def manifest(shapes: Path) -> Manifest:
    return import_folder(shapes).manifest()


@pytest.fixture(scope="session")
def learner(manifest: Manifest):
    """Makes tasks over the shapes; decoded once."""
    base = Classification(tiny(), manifest, torch.device("cpu"))

    def make(config: TrainConfig) -> Classification:
        task = Classification.__new__(Classification)
        task.__dict__ = {**base.__dict__, "config": config}
        return task

    return make


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    """Tests share the machine; waiting threads of PyTorch would only spin."""
    before = torch.get_num_threads()
    torch.set_num_threads(min(before, max(1, (os.cpu_count() or 2) - 1)))
    yield
    torch.set_num_threads(before)
