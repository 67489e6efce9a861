from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import pytest
import torch

from darkroom.errors import Error
from tests.tiny import tiny
from training.checkpoint import load, load_state
from training.loop import fit


@pytest.fixture(scope="module")
def trained(learner, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    fit(learner(tiny()), tiny(), folder, "d" * 64)
    return folder


def test_a_checkpoint_answers_after_one_call(trained: Path):
    found = load(trained / "model")
    with torch.inference_mode():
        assert found.model(torch.zeros(2, 3, 32, 32)).shape == (2, 3)
    assert not found.model.training
    assert found.config == tiny()
    assert found.about.metrics["accuracy"] == found.history[-1]["accuracy"]


class Trap:
    def __reduce__(self):
        return pytest.fail, ("something was unpickled",)


@pytest.mark.parametrize("file", ["weights.safetensors", "checkpoint.json", "config.json", "metrics.json"])
@pytest.mark.parametrize("harm", ["missing", "cut", "pickle"])
def test_a_damaged_checkpoint_is_refused_and_never_unpickled(trained: Path, tmp_path: Path, file: str, harm: str):
    folder = tmp_path / "model"
    shutil.copytree(trained / "model", folder)
    path = folder / file
    if harm == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:40] if harm == "cut" else pickle.dumps(Trap()))
    with pytest.raises(Error) as caught:
        load(folder)
    assert caught.value.code == "checkpoint_invalid"


def test_weights_of_another_architecture_are_refused(trained: Path, tmp_path: Path):
    folder = tmp_path / "model"
    shutil.copytree(trained / "model", folder)
    path = folder / "checkpoint.json"
    path.write_text(path.read_text().replace("residual-tiny", "residual-deep"))
    with pytest.raises(Error) as caught:
        load(folder)
    assert caught.value.code == "checkpoint_invalid"


def test_a_process_killed_between_two_renames_loses_nothing(trained: Path, tmp_path: Path):
    shutil.copytree(trained / "last", tmp_path / ".last.old")
    state = load_state(tmp_path / "last")
    assert state is not None
    assert state.values["plan"]["step"] == 6
    assert load(tmp_path / "last").about.step == 6


def test_without_a_checkpoint_there_is_nothing_to_go_on_from(tmp_path: Path):
    assert load_state(tmp_path / "last") is None
