"""A training of the platform: what it hands over, learnt and judged. Everything kept goes through what it handed over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, Protocol

import polars as pl

from darkroom.datasets.manifest import Manifest
from darkroom.domain.dataset import Split
from darkroom.domain.panel import Panel
from darkroom.domain.search import Search, with_options
from darkroom.domain.training import Checkpoint, Metric, StoredReport, TrainingRun
from darkroom.errors import Error
from training import session
from training.checkpoint import load
from training.config import TrainConfig, checked
from training.loop import Progress


class Work(Protocol):
    """A training that a run of the platform holds."""

    training: TrainingRun
    """What is known of it."""
    folder: Path
    """Where the loop keeps what it needs to go on."""
    cache: Path
    """Where scaled pictures are kept."""
    backbones: Path
    """Where weights that others trained are kept."""
    hub: bool
    """Whether they may be fetched over the network too."""
    ray_address: str | None
    """The Ray cluster to train on; None for this machine."""

    @property
    def lost(self) -> bool:
        """Whether to stop and write nothing."""
        ...

    def manifest(self) -> Manifest:
        """What it learns from."""
        ...

    def checkpoint_folder(self) -> Path:
        """Its checkpoint."""
        ...

    def picture(self, key: str) -> Path:
        """A picture of the library."""
        ...

    def model(self, words: str, target: Path) -> None:
        """Put the files of a version of the registry into a new folder."""
        ...

    def stop(self) -> bool | Literal["keep"]:
        """Whether to end, and whether with a result."""
        ...

    def tell(
        self, facts: Mapping[str, Any], validation: Mapping[str, float] | None = None, panel: Panel | None = None
    ) -> None:
        """Keep how far it is."""
        ...

    def settle(self, fields: Mapping[str, Any]) -> None:
        """Keep what later steps go on from."""
        ...

    def keep(
        self,
        folder: Path,
        about: Checkpoint,
        config: Mapping[str, Any],
        *,
        seconds: float,
        stopped: str,
        left_out: int,
        not_exported: str | None,
    ) -> str:
        """Keep its checkpoint."""
        ...

    def judged(
        self, split: str, metrics: tuple[Metric, ...], count: int, text: bytes, table: pl.DataFrame | None
    ) -> StoredReport:
        """Keep what it is worth, and what was said of each picture."""
        ...


def learn(work: Work, validated: Callable[[Progress], None] | None = None) -> None:
    """Train, and keep the checkpoint; an attempt that had kept one already is not repeated.

    Args:
        work: what is to be learnt.
        validated: is told how it goes after each validation.

    Raises:
        Error: a `dataset_*`, `training_*`, `checkpoint_*` or `storage_*` code.
    """
    if work.training.checkpoint is not None:
        return
    manifest = work.manifest()
    config = chosen(work, checked(TrainConfig, work.training.config), manifest)
    if config is None:
        return

    def listen(one: Progress) -> None:
        work.tell(facts(one), one.metrics, one.panel)
        if one.metrics is not None and validated is not None:
            validated(one)

    fitted, problems = session.train(
        config, manifest, work.folder, cache=work.cache, stop=work.stop, listen=listen, workers=work.training.workers, address=work.ray_address,
        shelf=session.Shelf(work.backbones, work.hub, work.picture, work.model),
    )  # fmt: skip
    if work.lost:
        return
    made = load(fitted.folder)
    used = made.config.model_dump(mode="json")
    work.keep(
        fitted.folder, made.about, used, seconds=fitted.seconds, stopped=fitted.stopped, left_out=len(problems),
        not_exported=exported(fitted.folder),
    )  # fmt: skip


def chosen(work: Work, config: TrainConfig, manifest: Manifest) -> TrainConfig | None:
    """The configuration to train with: after the search, if one is asked for, with the options of its best trial.

    None when the training was cancelled or taken over meanwhile.

    Raises:
        Error: a `dataset_*` or `training_*` code.
    """
    asked = work.training.search
    if asked is None or asked.chosen is not None:
        return config
    from training.search import search

    def listen(now: Search) -> None:
        left = None
        if now.budget_seconds is not None and config.budget_seconds is not None:
            left = max(0.0, now.budget_seconds - now.seconds) + config.budget_seconds
        work.tell({"search": now.model_dump(mode="json"), "seconds_left": left})

    found = search(
        asked, config, manifest, work.folder / "search", cache=work.cache, address=work.ray_address, listen=listen,
        stop=lambda: work.lost,
    )  # fmt: skip
    best = found.best
    if best is None:
        return None
    better = with_options(config, best.options)
    work.settle({"search": found.model_dump(mode="json"), "config": better.model_dump(mode="json")})
    return better


def exported(folder: Path) -> str | None:
    """Put the model into the checkpoint as ONNX too; why it could not be, or None."""
    from training.export import export

    try:
        export(folder)
    except Error as error:
        return error.cause
    return None


def judged(work: Work) -> StoredReport:
    """Judge the checkpoint by the test split; by the validation split where there is no other.

    Raises:
        Error: a `dataset_*` or `checkpoint_*` code.
    """
    manifest = work.manifest()
    split: Split = "test" if len(manifest.part("test")) else "validation"
    found = session.judge(work.checkpoint_folder(), manifest, split, work.cache)
    return work.judged(split, found.metrics, found.count, found.details.model_dump_json().encode(), found.table)


def facts(progress: Progress) -> dict[str, Any]:
    """What is kept of how far a training is."""
    return {
        "step": progress.step,
        "steps": progress.steps,
        "epoch": progress.epoch,
        "loss": progress.loss,
        "rate": progress.rate,
        "pictures_per_second": progress.pictures_per_second,
        "seconds_left": progress.seconds_left,
    }
