"""Several classes a picture: what probabilities are worth, and a model that learns drawn scenes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom.datasets.boxes import import_voc
from darkroom.domain.train_config import TrainConfig
from darkroom.errors import Error
from tests.shapes import SHAPES, draw_scenes
from training import session
from training.evaluate_labels import average_precision, evaluate_labels
from training.export import export

TINY = {
    "task": "multilabel", "model": "residual-tiny", "image_size": 48, "batch_size": 16, "epochs": 40, "budget_seconds": None,
    "validations": 2, "threads": 1, "precision": "float32", "augment": {"mixup": 0, "grey": 0, "zoom_from": 0.9, "rotate": 5},
}  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=15))
def test_average_precision_is_the_mean_over_all_orders_of_what_is_equally_sure_taken_together(rows):
    scores, truth = np.array([row[0] / 5 for row in rows]), np.array([row[1] for row in rows])
    total, before = 0.0, 0
    for least in sorted(set(scores), reverse=True):
        taken = scores >= least
        right = int((truth & taken).sum())
        total += (right - before) / max(1, truth.sum()) * right / taken.sum()
        before = right
    assert average_precision(scores, truth) == pytest.approx(total)


def test_mistakes_are_named_and_what_never_occurs_counts_for_nothing():
    truth = np.array([[True, False, False], [True, True, False], [False, True, False]])
    scores = np.array([[0.9, 0.1, 0.2], [0.8, 0.3, 0.1], [0.7, 0.9, 0.1]])
    found = evaluate_labels(scores, truth, ("a", "b", "c"), ("k1", "k2", "k3"))
    assert [one.count for one in found.classes] == [2, 2, 0]
    assert found.mean_ap.value == pytest.approx(1.0)
    assert (found.exact, found.mistakes) == (1.0, ())
    scores[0, 1] = 0.95
    worse = evaluate_labels(scores, truth, ("a", "b", "c"), ("k1", "k2", "k3"))
    assert worse.mean_ap.value < 1
    assert [(one.key, one.wrong, one.missed) for one in worse.mistakes] == [("k1", 1, 0)]


def test_a_model_learns_which_shapes_a_picture_shows(tmp_path: Path):
    manifest = import_voc(draw_scenes(tmp_path / "scenes", {"train": 60, "val": 16, "test": 24})).manifest()
    fitted, problems = session.train(TrainConfig.model_validate(TINY), manifest, tmp_path / "run")
    assert problems == ()
    found = session.judge(fitted.folder, manifest, "test")
    assert [one.name for one in found.metrics] == ["map", "macro_f1", "exact"]
    assert found.metrics[0].low <= found.metrics[0].value <= found.metrics[0].high
    chance = np.mean([np.mean([label in one for one in manifest.part("test").frame["labels"]]) for label in SHAPES])
    assert found.metrics[0].value > chance + 0.1
    assert export(fitted.folder).exists()


def test_a_class_that_nothing_shows_is_refused(tmp_path: Path):
    manifest = import_voc(draw_scenes(tmp_path, {"train": 1, "val": 4, "test": 1})).manifest()
    with pytest.raises(Error, match="No training picture shows"):
        session.train(TrainConfig.model_validate(TINY), manifest, tmp_path / "run")
