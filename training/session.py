"""A training or an evaluation from a manifest to its result: what the platform, the terminal and Ray have in common."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from darkroom.datasets.manifest import Manifest
from darkroom.domain.dataset import ImportProblem, Split
from darkroom.domain.train_config import REGISTRY
from darkroom.errors import Error
from training import features, machine
from training.backbones import fetch
from training.checkpoint import load
from training.config import TrainConfig
from training.loop import BASE, Fitted, Progress, Stop, fit
from training.tasks import TASKS
from training.tasks.base import Judged
from training.tasks.style import PICTURE


@dataclass(frozen=True)
class Shelf:
    """Where weights that others trained come from.

    Args:
        folder: of folders of weights.
        hub: whether they may be fetched over the network too.
        picture: where the picture is whose style is learnt, by what the configuration calls it; a path without it.
        model: puts the files of a version of the registry into a new folder; None where there is no registry.
    """

    folder: Path | None = None
    hub: bool = False
    picture: Callable[[str], Path] = Path
    model: Callable[[str, Path], None] | None = None


Listen = Callable[[Progress], None]


def train(
    config: TrainConfig,
    manifest: Manifest,
    out: Path,
    *,
    cache: Path | None = None,
    listen: Listen | None = None,
    stop: Stop | None = None,
    workers: int = 1,
    address: str | None = None,
    shelf: Shelf | None = None,
) -> tuple[Fitted, tuple[ImportProblem, ...]]:
    """Train, from where an earlier attempt with the same folder was; returns the result and the pictures left out.

    In this process, unless several workers share the training or a Ray cluster is named: starting Ray takes longer than a
    small training.

    Raises:
        Error: a `dataset_*`, `training_*` or `checkpoint_*` code.
    """
    begin_with(config, out, shelf)
    if workers > 1 or address is not None:
        from training.ray_trainer import train as train_on_ray

        return train_on_ray(
            config, manifest, out, workers=workers, address=address, cache=cache, listen=listen, stop=stop
        )
    learner = TASKS[config.task](config, manifest, machine.device(), cache)
    fitted = fit(learner, config, out, manifest.hash, resume=True, listen=listen, stop=stop)
    return fitted, (*learner.train.problems, *learner.validation.problems)


def begin_with(config: TrainConfig, out: Path, shelf: Shelf | None) -> None:
    """Put what a training begins with into its folder, where it stays the same until its end: weights of others, a style.

    Raises:
        Error: `training_invalid`, saying what is lacking.
    """
    if config.weights is not None:
        shelf = shelf or Shelf()
        out.mkdir(parents=True, exist_ok=True)
        fetch(config.weights, shelf.folder, out / BASE, hub=shelf.hub)
    if config.style is not None and not (out / BASE / PICTURE).exists():
        _put(config.style, shelf or Shelf(), out / BASE)
    if config.features is not None:
        (out / BASE).mkdir(parents=True, exist_ok=True)
        _put_network(config.features, shelf or Shelf(), out / BASE / features.FOLDER)


def _put(style: str, shelf: Shelf, base: Path) -> None:
    base.mkdir(parents=True, exist_ok=True)
    draft = base / f".{PICTURE}.part"
    try:
        shutil.copyfile(shelf.picture(style), draft)
    except OSError as error:
        cause = f"style: the picture {style[:200]} cannot be read: {error.strerror or error}."
        raise Error("training_invalid", cause) from error
    draft.replace(base / PICTURE)


def _put_network(words: str, shelf: Shelf, target: Path) -> None:
    if not words.startswith(REGISTRY):
        needed = (features.OTHERS, features.OWN)
        fetch(words, shelf.folder, target, hub=shelf.hub, files=features.FILES, needed=needed, option="features")
    elif shelf.model is None:
        cause = f"features: there is no registry here to take {words[:100]} from."
        remedy = "Write it into a folder of weights (`darkroom model export NAME FOLDER`), and name that."
        raise Error("training_invalid", cause, remedy=remedy)
    elif not target.exists():
        shelf.model(words.removeprefix(REGISTRY), target)


def judge(folder: Path, manifest: Manifest, split: Split, cache: Path | None = None) -> Judged:
    """Judge a checkpoint by a part of a dataset.

    Raises:
        Error: `dataset_invalid` for a part without examples, `checkpoint_invalid`.
    """
    place = machine.device()
    found = load(folder, place)
    part = manifest.part(split)
    if not len(part):
        raise Error("dataset_invalid", f"No example is in the split {split}.")
    return TASKS[found.about.task].judged(found, part, place, cache)
