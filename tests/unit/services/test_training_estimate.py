"""What is foretold of a training, from the speed of one that was."""

from __future__ import annotations

import pytest

from darkroom.domain.base import now
from darkroom.domain.train_config import TrainConfig
from darkroom.domain.training import TrainingRun
from darkroom.services.training.estimate import by_earlier
from tests.factories import dataset_version


def earlier(name: str, speed: float | None, workers: int = 1, **options) -> TrainingRun:
    return TrainingRun(
        id=name, principal="system", owner="system", waits_since=now(), dataset="set@1", dataset_hash="0" * 64, model_line="set", task="classification",
        config=TrainConfig(**options).model_dump(mode="json"), workers=workers, created_at=now(),
        pictures_per_second=speed,
    )  # fmt: skip


def test_time_and_epochs_follow_from_the_speed_of_the_newest_training_that_is_like_it():
    known = [earlier("t-other", 9000, model="residual-tiny"), earlier("t-two", 900, workers=2), earlier("t-none", None),
             earlier("t-like", 700), earlier("t-old", 1)]  # fmt: skip
    found = by_earlier(dataset_version(), TrainConfig(epochs=100, budget_seconds=None), 1, known, 2)
    assert (found.measured_by, found.seconds, found.epochs, found.waits) == ("t-like", 10, 100, 2)
    found = by_earlier(dataset_version(), TrainConfig(epochs=100, budget_seconds=5), 1, known, 0)
    assert (found.seconds, found.epochs) == (5, 50)
    larger = by_earlier(dataset_version(), TrainConfig(epochs=100, image_size=224, budget_seconds=None), 1, known, 0)
    assert larger.seconds == pytest.approx(40)


def test_before_any_training_nothing_is_foretold_but_the_budget():
    found = by_earlier(dataset_version(), TrainConfig(budget_seconds=480), 1, [], 0)
    assert (found.seconds, found.epochs, found.budget_seconds) == (None, None, 480)
