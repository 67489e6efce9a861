"""How long a training will take and how far it will come, by the speed of one that was."""

from __future__ import annotations

from collections.abc import Iterable

from darkroom.domain.dataset import CommittedVersion
from darkroom.domain.train_config import TrainConfig
from darkroom.domain.training import TrainingRun
from darkroom.services.training.views import TrainingEstimate


def estimate(
    version: CommittedVersion, config: TrainConfig, workers: int, earlier: Iterable[TrainingRun], waits: int
) -> TrainingEstimate:
    """What to expect of a training.

    Args:
        version: what it learns from.
        config: as it would begin.
        workers: processes that share each step.
        earlier: trainings that ended well, newest first.
        waits: trainings that come before it.
    """
    shown = version.counts.get("train", 0)
    measured = next((one for one in earlier if _is_like(one, config, workers)), None)
    facts = {"dataset": version.id, "counts": version.counts, "waits": waits, "budget_seconds": config.budget_seconds}
    if measured is None or not measured.pictures_per_second:
        return TrainingEstimate(**facts)
    # The work of a convolution grows with the area.
    speed = measured.pictures_per_second * (int(measured.config["image_size"]) / config.image_size) ** 2
    whole = config.epochs * shown / speed
    seconds = whole if config.budget_seconds is None else min(whole, config.budget_seconds)
    return TrainingEstimate(
        **facts, seconds=seconds, epochs=max(1, min(config.epochs, int(seconds * speed / max(1, shown)))),
        pictures_per_second=speed, measured_by=measured.id,
    )  # fmt: skip


def _is_like(one: TrainingRun, config: TrainConfig, workers: int) -> bool:
    same = (one.config.get("model"), one.workers) == (config.model, workers)
    return same and bool(one.pictures_per_second) and bool(one.config.get("image_size"))
