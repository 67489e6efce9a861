"""A training of the platform: what it hands over, learnt and judged. Everything kept goes through what it handed over."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from darkroom.datasets.manifest import Manifest
from darkroom.domain.dataset import Split
from darkroom.domain.training import Checkpoint, Metric, StoredReport, TrainingRun
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

    def tell(self, facts: Mapping[str, Any], validation: Mapping[str, float] | None = None) -> None:
        """Keep how far it is."""
        ...

    def keep(
        self, folder: Path, about: Checkpoint, config: Mapping[str, Any], *, seconds: float, stopped: str, left_out: int
    ) -> str:
        """Keep its checkpoint."""
        ...

    def judged(
        self, evaluation: Mapping[str, Any], split: str, metrics: tuple[Metric, ...], text: bytes
    ) -> StoredReport:
        """Keep what it is worth."""
        ...


def learn(work: Work) -> None:
    """Train, and keep the checkpoint; an attempt that had kept one already is not repeated.

    Raises:
        Error: a `dataset_*`, `training_*`, `checkpoint_*` or `storage_*` code.
    """
    if work.training.checkpoint is not None:
        return
    config = checked(TrainConfig, work.training.config)
    fitted, problems = session.train(
        config, work.manifest(), work.folder, cache=work.cache, listen=lambda one: work.tell(facts(one), one.metrics),
        stop=lambda: work.lost, workers=work.training.workers, address=work.ray_address,
    )  # fmt: skip
    if work.lost:
        return
    made = load(fitted.folder)
    used = made.config.model_dump(mode="json")
    work.keep(
        fitted.folder, made.about, used, seconds=fitted.seconds, stopped=fitted.stopped, left_out=len(problems)
    )  # fmt: skip


def judged(work: Work) -> StoredReport:
    """Judge the checkpoint by the test split; by the validation split where there is no other.

    Raises:
        Error: a `dataset_*` or `checkpoint_*` code.
    """
    manifest = work.manifest()
    split: Split = "test" if len(manifest.part("test")) else "validation"
    found = session.judge(work.checkpoint_folder(), manifest, split, work.cache)
    text = found.model_dump_json().encode()
    return work.judged(found.model_dump(mode="json"), split, session.figures(found), text)


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
