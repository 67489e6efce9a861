from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from darkroom.errors import Error
from tests.tiny import TINY, tiny
from training.checkpoint import FILES, RESUME_FILES, load
from training.loop import fit

DATASET = "d" * 64


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "weights.safetensors")


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_six_steps_leave_the_files_of_each_checkpoint(learner, tmp_path: Path):
    told = []
    found = fit(learner(tiny()), tiny(), tmp_path, DATASET, listen=told.append)
    assert (found.step, found.stopped, found.folder) == (6, "finished", tmp_path / "model")
    assert names(tmp_path) == {"last", "model", "best-000003", "best-000006"}
    assert names(tmp_path / "last") == {*FILES, *RESUME_FILES}
    for folder in ("model", "best-000003", "best-000006"):
        assert names(tmp_path / folder) == set(FILES)
    assert [one.step for one in told] == [1, 2, 3, 4, 6], "somebody watches from the first step on"
    assert [one.step for one in told if one.panel] == [3, 6]
    assert [bool(one.panel.pictures) for one in told if one.panel] == [True, False]
    assert told[-1].seconds_left >= 0
    assert told[-1].metrics is not None
    about = json.loads((tmp_path / "model/checkpoint.json").read_text())
    assert about["labels"] == ["circle", "cross", "square"]
    assert (about["dataset"], about["seed"], about["step"], about["licence"]) == (DATASET, 0, 6, "none")
    assert about["environment"]["precision"] == "float32"
    history = json.loads((tmp_path / "model/metrics.json").read_text())
    assert [entry["step"] for entry in history] == [3, 6]


@pytest.mark.parametrize(
    "options",
    [
        {"optimizer": "muon"},
        {"optimizer": "adamw", "learning_rate": 0.002, "precision": "bfloat16", "ema_decay": 0},
        {"optimizer": "sgd", "learning_rate": 0.05, "accumulate": 3, "batch_size": 4, "schedule": "one_cycle"},
    ],
    ids=lambda options: options["optimizer"],
)
def test_an_interrupted_training_ends_with_the_same_weights(learner, tmp_path: Path, options):
    config = tiny(**options, epochs=4, checkpoint_steps=2)
    fit(learner(config), config, tmp_path / "whole", DATASET)
    cut = random.randrange(1, 12)
    seen = []

    def killed() -> bool:
        seen.append(0)
        if len(seen) == cut:
            raise KeyboardInterrupt
        return False

    with pytest.raises(KeyboardInterrupt):
        fit(learner(config), config, tmp_path / "cut", DATASET, stop=killed)
    found = fit(learner(config), config, tmp_path / "cut", DATASET, resume=True)
    assert found.step == 12
    whole, cut_weights = weights(tmp_path / "whole/model"), weights(tmp_path / "cut/model")
    for name, value in whole.items():
        # Bit for bit: nothing random is drawn from a state that runs along, and no sum changes its order.
        assert torch.equal(value, cut_weights[name]), f"{name} differs after step {cut}"
    assert names(tmp_path / "whole") == names(tmp_path / "cut")


def test_a_killed_process_goes_on_from_its_last_checkpoint(learner, shapes: Path, tmp_path: Path):
    config = tiny(epochs=5, checkpoint_steps=4)
    fit(learner(config), config, tmp_path / "whole", DATASET)
    script = f"""
import os, signal, torch
from pathlib import Path
from darkroom.datasets.importers import import_folder
from training.config import TrainConfig
from training.loop import fit
from training.tasks.classification import Classification
config = TrainConfig.model_validate({{**{TINY!r}, "epochs": 5, "checkpoint_steps": 4}})
manifest = import_folder(Path({str(shapes)!r})).manifest()
seen = []
def stop():
    seen.append(0)
    if len(seen) == {random.randrange(4, 15)}:
        os.kill(os.getpid(), signal.SIGKILL)
fit(Classification(config, manifest, torch.device("cpu")), config, Path({str(tmp_path / "cut")!r}), {DATASET!r}, stop=stop)
"""
    root = Path(__file__).parents[3]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run([sys.executable, "-c", script], cwd=root, env=environment, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    steps = []
    found = fit(learner(config), config, tmp_path / "cut", DATASET, resume=True, stop=lambda: bool(steps.append(0)))
    assert found.step == 15
    assert len(steps) < 15, "it began anew"
    whole, cut = weights(tmp_path / "whole/model"), weights(tmp_path / "cut/model")
    assert all(torch.equal(value, cut[name]) for name, value in whole.items())


def test_shapes_are_learnt_far_beyond_chance(learner, tmp_path: Path):
    config = tiny(epochs=40, learning_rate=0.03, validations=2, augment={"rotate": 5, "cutmix": 0, "mixup": 0.1})
    found = fit(learner(config), config, tmp_path, DATASET)
    assert found.metrics["accuracy"] >= 0.8, found.metrics
    again = learner(config).validate(load(found.folder).model)
    assert again["accuracy"] == found.metrics["accuracy"]


def test_a_budget_ends_the_training_with_its_schedule_complete(learner, tmp_path: Path):
    config = tiny(epochs=100_000, budget_seconds=2.0)
    told = []
    began = time.monotonic()
    found = fit(learner(config), config, tmp_path, DATASET, listen=told.append)
    assert found.stopped == "budget"
    assert time.monotonic() - began < 20  # ten times the budget: other programs run too
    assert found.seconds < 10
    # The schedule was fitted to the time: the rate had come down, however slow the machine.
    assert told[-1].rate < 0.4 * config.learning_rate


def test_a_request_to_stop_leaves_something_to_go_on_from(learner, tmp_path: Path):
    config = tiny(epochs=4)
    steps = []
    found = fit(learner(config), config, tmp_path, DATASET, stop=lambda: steps.append(0) or len(steps) == 5)
    assert (found.stopped, found.step, found.folder) == ("asked", 5, tmp_path / "last")
    assert fit(learner(config), config, tmp_path, DATASET, resume=True).step == 12


def test_patience_goes_back_to_the_best(learner, tmp_path: Path):
    # Without a step that matters every validation says the same, and the best one is the latest.
    config = tiny(epochs=30, validations=30, patience=2, keep_best=1, learning_rate=1e-9)
    task = learner(config)
    scores = iter([0.1, 0.5, 0.4, 0.3, 0.2, 0.1])
    task.validate = lambda model, most=None: {"accuracy": 0.0 if most else next(scores)}
    found = fit(task, config, tmp_path, DATASET)
    assert (found.stopped, found.step) == ("patience", 12)
    assert json.loads((tmp_path / "model/checkpoint.json").read_text())["step"] == 6
    assert names(tmp_path) >= {"best-000006", "model"}


def test_a_loss_that_is_no_number_ends_the_training(learner, tmp_path: Path):
    config = tiny(epochs=20, optimizer="sgd", learning_rate=1e30, clip=0)
    with pytest.raises(Error) as caught:
        fit(learner(config), config, tmp_path, DATASET)
    assert caught.value.code == "training_diverged"


def test_a_broken_validation_is_found_before_the_first_step(learner, tmp_path: Path):
    task = learner(tiny())

    def broken(model, most=None):
        raise Error("dataset_invalid", f"asked for {most}")

    task.validate = broken
    with pytest.raises(Error, match="asked for 24"):
        fit(task, tiny(), tmp_path, DATASET, listen=lambda _: pytest.fail("a step was taken"))


@pytest.mark.parametrize(
    ("config", "dataset", "says"),
    [(tiny(seed=1), DATASET, "another seed"), (tiny(), "e" * 64, "another dataset version")],
)
def test_another_training_is_not_gone_on_with(learner, tmp_path: Path, config, dataset, says):
    fit(learner(tiny()), tiny(), tmp_path, DATASET)
    with pytest.raises(Error, match=says) as caught:
        fit(learner(config), config, tmp_path, dataset, resume=True)
    assert caught.value.code == "checkpoint_invalid"


class Narrow:
    """A task on a machine that has memory for so many pictures at a time."""

    def __init__(
        self, task, most: int, error: type[Exception] = torch.OutOfMemoryError, words: str = "CUDA out of memory."
    ) -> None:
        self._task, self._most, self._refusal = task, most, error(words)

    def __getattr__(self, name: str):
        return getattr(self._task, name)

    def __len__(self) -> int:
        return len(self._task)

    def batch(self, places, generator):
        if len(places) > self._most:
            raise self._refusal
        return self._task.batch(places, generator)


def test_steps_are_divided_until_they_fit_into_memory_and_a_resumed_training_keeps_to_that(learner, tmp_path: Path):
    config = tiny(epochs=4, checkpoint_steps=2)
    narrow = Narrow(learner(config), 4)
    with pytest.raises(Error, match=r"Batches of 3 do not fit; try a smaller image_size"):
        fit(Narrow(learner(config), 2), config, tmp_path / "never", DATASET)
    ours = "[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes."
    with pytest.raises(Error, match=r"Batches of 3 do not fit") as small:
        fit(Narrow(learner(config), 2, RuntimeError, ours), config, tmp_path / "nor here", DATASET)
    assert small.value.code == "training_out_of_memory"
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        fit(
            Narrow(learner(config), 2, RuntimeError, "mat1 and mat2 shapes cannot be multiplied"),
            config,
            tmp_path / "other",
            DATASET,
        )
    asked = iter([False] * 4 + [True])
    fit(narrow, config, tmp_path / "a", DATASET, stop=lambda: next(asked))
    found = load(tmp_path / "a/last").config
    assert (found.batch_size, found.accumulate) == (3, 4)
    roomy = fit(learner(config), config, tmp_path / "a", DATASET, resume=True)
    whole = fit(narrow, config, tmp_path / "b", DATASET)
    assert (roomy.step, whole.step) == (12, 12)
    ours, theirs = weights(roomy.folder), weights(whole.folder)
    assert all(torch.equal(value, theirs[name]) for name, value in ours.items())
