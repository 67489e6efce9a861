"""What a run would only find out after it began, refused before anything is written down."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from darkroom.access import scope_of
from darkroom.domain.access import Principal
from darkroom.domain.dataset import CommittedVersion
from darkroom.domain.search import checked_space
from darkroom.domain.train_config import ARCHITECTURES, CLASSES, REGISTRY, TaskName, TrainConfig, checked, shared
from darkroom.domain.training import ModelVersion, TrainingRun, TrainingWanted
from darkroom.errors import Error
from darkroom.services.recipes.models import ModelShelf
from darkroom.services.sight import visible
from darkroom.services.training.shelf import OWN, kernels, looks
from darkroom.store import Stores

if TYPE_CHECKING:
    from darkroom.datasets.manifest import Manifest

_PLACED: dict[TaskName, tuple[str, str]] = {
    "detection": ("a box", "COCO, YOLO, Pascal VOC"),
    "segmentation": ("an outline", "COCO, YOLO"),
}
"""What tasks learn the places of, and the layouts that have it."""

Read = Callable[[CommittedVersion], "Manifest"]


def configured(given: TrainingWanted) -> TrainConfig:
    """The whole configuration of what is wanted.

    Raises:
        Error: `training_invalid` for an option.
    """
    own = {"task": given.task, "budget_seconds": given.budget_seconds, "seed": given.seed}
    twice = sorted(own.keys() & given.options.keys())
    if twice:
        raise Error("training_invalid", f"{twice[0]} is given beside the options, not among them.")
    return checked(TrainConfig, {**given.options, **own})


def wanted(given: TrainingWanted) -> TrainConfig:
    """The whole configuration of what is wanted, with its search.

    Raises:
        Error: `training_invalid`, it could never begin.
    """
    config = configured(given)
    if given.search is not None:
        checked_space(given.search.space, config)
        if config.weights is not None:
            raise Error("training_invalid", "search: trials begin from nothing, so it goes with no weights of others.")
        if config.style is not None:
            raise Error("training_invalid", "search: trials look at no style, so it goes with no task style.")
    return config


def check(
    version: CommittedVersion, given: TrainingWanted, config: TrainConfig, read: Read, cluster: str | None
) -> None:
    """Return if nothing is known that would keep a training from learning.

    Args:
        version: what it would learn from.
        given: what is wanted.
        config: its whole configuration.
        read: gives the examples of a version; asked only where counts do not tell enough.
        cluster: address of the Ray cluster that it would run on; None for this machine.

    Raises:
        Error: `dataset_invalid`, `training_invalid`, `training_unschedulable`.
    """
    _architecture(config)
    _workers(config, given.workers, cluster)
    _classes(version, given.task)
    for split in ("train", "validation"):
        if not version.counts.get(split):
            raise Error("dataset_invalid", f"No example of {version.id} is in the split {split}.")
    if given.strict and version.leaks:
        cause = f"{version.leaks} groups of near duplicates of {version.id} lie in more than one split."
        raise Error("dataset_invalid", cause, remedy="Commit a version that is divided anew, or train without strict.")
    if given.task == "classification":
        _one_each(version, read)
    elif given.task in _PLACED:
        _placed(version, given.task, read)


def _architecture(config: TrainConfig) -> None:
    fitting = [name for name, tasks in ARCHITECTURES.items() if config.task in tasks]
    if config.weights is None and config.model not in fitting:
        cause = f"model: there is no {config.model[:60]!r} for {config.task}."
        raise Error("training_invalid", cause, remedy=f"There are {', '.join(fitting)}.")


def _workers(config: TrainConfig, workers: int, cluster: str | None) -> None:
    if workers == 1:
        return
    processors = os.cpu_count() or 1
    if cluster is None and workers > processors:
        cause = f"This machine has {processors} processors for {workers} workers."
        raise Error("training_unschedulable", cause, workers=workers, processors=processors)
    shared(config, workers)


def _classes(version: CommittedVersion, task: TaskName) -> None:
    least = {"classification": 2, "style": 0}.get(task, 1)
    if len(version.labels) < least:
        cause = f"{version.id} has {len(version.labels)} classes; {task} needs {least} at least."
        raise Error("dataset_invalid", cause)


def _one_each(version: CommittedVersion, read: Read) -> None:
    """Every picture has one class; read only where the counts say that some have none or several."""
    if version.label_counts and not version.unlabelled and sum(version.label_counts) == version.total:
        return
    import polars as pl

    frame = read(version).frame.filter(pl.col("split").is_not_null())
    wrong = frame.filter(pl.col("labels").list.len() != 1)
    if not wrong.height:
        return
    name, labels = wrong["path"][0], wrong["labels"][0].to_list()
    said = f"the classes {', '.join(labels[:5])}" if labels else "no class"
    several = any(wrong["labels"].list.len() > 1)
    raise Error(
        "dataset_invalid",
        f"{wrong.height:,} of {frame.height:,} pictures of {version.id} do not have exactly one class; {name} has {said}.",
        remedy="Learn several classes a picture with `--task multilabel`, or boxes with `--task detection`." if several
        else "Say what they show, or commit a version without them.",
    )  # fmt: skip


def _placed(version: CommittedVersion, task: TaskName, read: Read) -> None:
    """Some training picture says where things are, as the task needs it."""
    import polars as pl

    what, layouts = _PLACED[task]
    train = read(version).frame.filter(pl.col("split") == "train")
    if not train["annotations"].str.contains(f'"kind":"{task}"', literal=True).any():
        cause = f"No training picture of {version.id} has {what} around anything."
        raise Error("dataset_invalid", cause, remedy=f"Import them ({layouts}), or choose another task.")


def looking(stores: Stores, principal: Principal, config: TrainConfig) -> TrainConfig:
    """The configuration with the version of a model that styles are looked at through in place of what leads to it today.

    Raises:
        Error: `training_invalid`, whoever asks may see no such picture or model, or the model cannot tell styles apart.
    """
    if config.style is not None:
        try:
            visible(stores, config.style, scope_of(principal, "images:read"))
        except Error as error:
            remedy = "Name the picture by its id, which its page in the gallery shows."
            raise Error("training_invalid", f"style: {error.cause}", remedy=remedy) from error
    if config.features is None or not config.features.startswith(REGISTRY):
        return config
    shelf = ModelShelf(stores, scope_of(principal, "training:read"))
    try:
        version = shelf.version(config.features.removeprefix(REGISTRY))
    except Error as error:
        remedy = "Name a classifier of the registry as `model:NAME@3`, or `model:NAME` for its champion; `darkroom model list` shows them."
        raise Error("training_invalid", f"features: {error.cause}", remedy=remedy) from error
    _tells_apart(stores, version)
    return config.model_copy(update={"features": REGISTRY + version.id})


def _tells_apart(stores: Stores, version: ModelVersion) -> None:
    """Refuse a model by which no style can be told apart."""
    remedy = "Name a classifier with convolutions, such as `residual` makes, or none at all."
    if version.task not in CLASSES:
        cause = (
            f"features: {version.id} learnt {version.task}; styles are told apart by a model that tells classes apart."
        )
        raise Error("training_invalid", cause, remedy=remedy)
    weights = next(one for one in stores.checkpoints.get(version.checkpoint).files if one.name == OWN)
    with stores.blobs.open("originals", weights.key) as file:
        if not looks(kernels(file)):
            cause = f"features: {version.id} looks at pictures in patches, and has no convolutions that make maps of several sizes."
            raise Error("training_invalid", cause, remedy=remedy)


def stands(training: TrainingRun) -> Error:
    """Why where a training is cannot be changed."""
    cause, remedy = f"The training {training.id} is {training.state}.", None
    if training.state == "paused" and training.run_id is not None:
        cause, remedy = "Its process still writes down where it was.", "Try again in a few seconds."
    elif training.state == "running" and training.search is not None and training.search.chosen is None:
        cause, remedy = "It still looks for better options, and has learnt nothing to keep.", "Wait, or cancel it."
    return Error("conflict", cause, remedy=remedy, state=training.state)
