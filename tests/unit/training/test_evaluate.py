from __future__ import annotations

import numpy as np
import pytest

from darkroom.datasets.shares import wilson
from training.config import EvalConfig
from training.evaluate import evaluate

LABELS = ("cat", "dog", "fox")
SCORES = np.array([[0.9, 0.1, 0.0], [0.6, 0.4, 0.0], [0.2, 0.8, 0.0], [0.7, 0.2, 0.1]])
TRUTH = np.array([0, 0, 1, 1])


def test_figures_by_hand():
    found = evaluate(SCORES, TRUTH, LABELS, ("a", "b", "c", "d"), EvalConfig(bins=10))
    assert found.accuracy.value == 0.75
    assert found.confusion == ((2, 0, 0), (1, 1, 0), (0, 0, 0))
    cat, dog, fox = found.classes
    assert (cat.precision, cat.recall, cat.count) == (pytest.approx(2 / 3), 1.0, 2)
    assert cat.f1 == pytest.approx(0.8)
    assert (dog.precision, dog.recall) == (1.0, 0.5)
    assert (fox.precision, fox.recall, fox.f1, fox.count) == (0.0, 0.0, 0.0, 0)
    assert found.macro_f1 == pytest.approx((0.8 + 2 / 3) / 2)  # there is no fox to be found
    assert found.loss == pytest.approx(-np.log([0.9, 0.6, 0.8, 0.2]).mean())
    # Four bins with one example each: sure 0.9, 0.6, 0.8 and right, sure 0.7 and wrong.
    assert found.calibration_error == pytest.approx((0.1 + 0.4 + 0.2 + 0.7) / 4)
    assert [(one.key, one.label, one.predicted) for one in found.mistakes] == [("d", "dog", "cat")]


def test_each_cell_of_the_confusion_names_pictures_and_each_step_of_confidence_is_counted():
    found = evaluate(SCORES, TRUTH, LABELS, ("a", "b", "c", "d"), EvalConfig(bins=2, cell_pictures=1))
    cells = {(one.label, one.predicted): [(of.key, of.confidence) for of in one.pictures] for one in found.cells}
    assert cells == {("cat", "cat"): [("a", 0.9)], ("dog", "cat"): [("d", 0.7)], ("dog", "dog"): [("c", 0.8)]}
    (only,) = found.calibration
    assert (only.low, only.high, only.count, only.accuracy) == (0.5, 1.0, 4, 0.75)
    assert only.confidence == pytest.approx((0.9 + 0.6 + 0.8 + 0.7) / 4)
    assert abs(only.confidence - only.accuracy) == pytest.approx(found.calibration_error)
    assert evaluate(SCORES, TRUTH, LABELS, ("a", "b", "c", "d"), EvalConfig(cell_pictures=0)).cells == ()


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    # As the literature has them (Agresti and Coull, 1998; R's prop.test without correction).
    [(9, 10, 0.5958, 0.9821), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (190, 211, 0.8530, 0.9338)],
)
def test_intervals_of_shares(hits: int, count: int, low: float, high: float):
    found = wilson(hits, count)
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-4), pytest.approx(high, abs=5e-4))
    assert found.value == hits / count


def test_figures_come_with_intervals():
    chance = np.random.default_rng(5)
    scores = chance.dirichlet((2, 1, 1), 300)
    truth = np.array([chance.choice(3, p=row) for row in scores])
    found = evaluate(scores, truth, LABELS, tuple(map(str, range(300))))
    for name in ("macro_f1", "loss", "calibration_error"):
        low, high = found.spans[name]
        assert low < high
    low, high = found.spans["macro_f1"]
    assert low < found.macro_f1 < high
    low, high = found.spans["loss"]
    # As the standard error of a mean has it.
    spread = -np.log(scores[np.arange(300), truth])
    assert high - low == pytest.approx(2 * 1.96 * spread.std() / 300**0.5, rel=0.2)
    for one in found.classes:
        assert one.precision_span[0] < one.precision < one.precision_span[1]
        assert one.recall_span[0] < one.recall < one.recall_span[1]
    assert evaluate(scores, truth, LABELS, tuple(map(str, range(300)))) == found
