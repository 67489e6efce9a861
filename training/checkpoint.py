"""A checkpoint is a folder that says all there is to say of itself, and that nothing needs to be trusted to read.

    weights.safetensors    the weights that answer (the moving average)
    checkpoint.json        task, model, labels, picture size, step, dataset, seed, code, environment, licence, metrics
    config.json            the whole configuration
    labels.json            classes in the order of the outputs
    metrics.json           what validation said, over time
    packages.txt           every package of the environment that made it, with its version, as `pip install -r` reads it
    backbone.json          of one that others trained: its shape, how it wants its pictures, its licence
    resume.safetensors     weights, moving average and optimizer as training left them: only in those to go on from
    resume.json            the plan, and all that is no tensor

Tensors lie in safetensors, everything else in JSON: no file is ever unpickled.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from darkroom.domain.training import Checkpoint
from darkroom.errors import Error
from training import backbones, models
from training.backbones import Backbone
from training.config import TrainConfig

FILES = ("weights.safetensors", "checkpoint.json", "config.json", "labels.json", "metrics.json", "packages.txt")
"""What every checkpoint holds."""

_BACKBONE = "backbone.json"

RESUME_FILES = ("resume.safetensors", "resume.json")
"""What those hold beside that a training can go on from."""


@dataclass
class TrainingState:
    """What a training needs to go on as if nothing had happened, as tensors and as JSON values.

    There is no state of random numbers in it: all of them follow from the seed and the number of the step.
    """

    tensors: dict[str, Tensor]
    values: dict[str, Any]


@dataclass(frozen=True)
class Loaded:
    """A checkpoint read back, ready to answer."""

    model: nn.Module
    about: Checkpoint
    config: TrainConfig
    history: list[dict[str, float]] = field(default_factory=list)


def save(
    folder: Path,
    model: nn.Module,
    about: Checkpoint,
    config: TrainConfig,
    *,
    history: list[dict[str, float]],
    state: TrainingState | None = None,
) -> None:
    """Write a checkpoint so that a reader finds the old one or the new one, never half of either."""
    draft, old = _beside(folder, "part"), _beside(folder, "old")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    save_file(_contiguous(model.state_dict()), draft / "weights.safetensors")
    _write(draft / "checkpoint.json", about.model_dump(mode="json"))
    _write(draft / "config.json", config.model_dump(mode="json"))
    _write(draft / "labels.json", list(about.labels))
    _write(draft / "metrics.json", history)
    (draft / "packages.txt").write_text(packages(), encoding="utf-8")
    if isinstance(model, Backbone):
        _write(draft / _BACKBONE, model.about)
    if state is not None:
        save_file(_contiguous(state.tensors), draft / "resume.safetensors")
        _write(draft / "resume.json", state.values)
    if folder.exists():
        shutil.rmtree(old, ignore_errors=True)
        folder.rename(old)
    draft.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


@cache
def packages() -> str:
    """Packages of this environment with their versions, a line each."""
    found = {str(one.metadata["Name"]): one.version for one in metadata.distributions() if one.metadata["Name"]}
    return "".join(f"{name}=={version}\n" for name, version in sorted(found.items(), key=lambda one: one[0].lower()))


def load(folder: Path, device: torch.device | str = "cpu") -> Loaded:
    """A checkpoint's model, in evaluation mode, with what is known of it.

    Raises:
        Error: `checkpoint_invalid`, a file is missing, damaged or does not fit the others.
    """
    found = _whole(folder)
    try:
        about = Checkpoint.model_validate(_read(found / "checkpoint.json"))
        config = TrainConfig.model_validate(_read(found / "config.json"))
        history = _read(found / "metrics.json")
        model = _built(found, about, config)
        model.load_state_dict(load_file(found / "weights.safetensors"))
    except (OSError, ValueError, ValidationError, SafetensorError, RuntimeError) as error:
        raise _invalid(folder, error) from error
    return Loaded(model.to(device).eval(), about, config, history)


def _built(folder: Path, about: Checkpoint, config: TrainConfig) -> nn.Module:
    """A model for the weights of a checkpoint."""
    if about.model == backbones.NAME:
        return backbones.empty(_read(folder / _BACKBONE), len(about.labels), config.tune, config.lora_rank)
    return models.build(about.model, about.task, len(about.labels))


def load_state(folder: Path) -> TrainingState | None:
    """What a training left to go on from; nothing when there is no such checkpoint.

    Raises:
        Error: `checkpoint_invalid`, it is damaged.
    """
    found = _whole(folder)
    if not found.exists():
        return None
    try:
        return TrainingState(load_file(found / "resume.safetensors"), _read(found / "resume.json"))
    except (OSError, ValueError, SafetensorError) as error:
        raise _invalid(folder, error) from error


def optimizer_state(optimizer: torch.optim.Optimizer) -> TrainingState:
    """What an optimizer remembers, as tensors and JSON values."""
    state = TrainingState({}, {})
    for index, memory in optimizer.state_dict()["state"].items():
        for name, value in memory.items():
            kind: dict[str, Any] = state.tensors if isinstance(value, Tensor) else state.values
            kind[f"{index}.{name}"] = value
    return state


def restore_optimizer(optimizer: torch.optim.Optimizer, state: TrainingState) -> None:
    """Make an optimizer remember; groups and rates are those of the configuration, not of the file."""
    memory: dict[int, dict[str, Any]] = {}
    for name, value in {**state.tensors, **state.values}.items():
        index, _, key = name.partition(".")
        memory.setdefault(int(index), {})[key] = value
    optimizer.load_state_dict({"state": memory, "param_groups": optimizer.state_dict()["param_groups"]})


def _whole(folder: Path) -> Path:
    """The folder, or the one it was about to replace when the process was killed between two renames."""
    old = _beside(folder, "old")
    return old if old.exists() and not folder.exists() else folder


def _beside(folder: Path, what: str) -> Path:
    return folder.with_name(f".{folder.name}.{what}")


def _contiguous(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.detach().cpu().contiguous() for name, value in tensors.items()}


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n")


def _read(path: Path) -> Any:
    return json.loads(path.read_text())


def _invalid(folder: Path, error: Exception) -> Error:
    return Error("checkpoint_invalid", f"{folder}: {str(error).splitlines()[0]}")
