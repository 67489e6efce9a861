"""How good a model is that may call a picture by several classes: average precision of each, and mistakes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from darkroom.domain.base import Model
from darkroom.domain.training import Interval
from training.config import EvalConfig

_DRAWS = 200

Scores = NDArray[np.floating[Any]]


class LabelFigures(Model):
    """How well one class is told of pictures."""

    label: str
    """The class."""
    ap: float
    """Average precision: mean precision over the pictures that are of the class, the surest first."""
    precision: float
    """Of those called so, the share that are, at the least confidence that serves the class best."""
    recall: float
    """Of those that are, the share called so, at the same confidence."""
    f1: float
    """Harmonic mean of the two."""
    confidence: float
    """That confidence."""
    count: int
    """Examples of it."""


class LabelMistake(Model):
    """A picture called by classes that it is not of, or not by those that it is of."""

    key: str
    """Content hash."""
    wrong: int
    """Classes said that are not there."""
    missed: int
    """Classes there that were not said."""
    confidence: float
    """How sure the model was of the worst wrong one."""


class LabelEvaluation(Model):
    """A model of several classes a picture on a part of a dataset."""

    mean_ap: Interval
    """Mean of the classes' average precision."""
    exact: float
    """Share of pictures of which everything said is right and nothing is missing."""
    classes: tuple[LabelFigures, ...]
    """Each class."""
    mistakes: tuple[LabelMistake, ...]
    """The worst pictures, the worst first."""


def evaluate_labels(
    scores: Scores, truth: NDArray[np.bool_], labels: tuple[str, ...], keys: tuple[str, ...],
    config: EvalConfig | None = None, *, quick: bool = False,
) -> LabelEvaluation:  # fmt: skip
    """Judge probabilities.

    Args:
        scores: pictures x classes, each from 0 to 1 by itself.
        truth: which classes each picture is of.
        labels: names of the classes.
        keys: content hash of each picture.
        config: number of mistakes.
        quick: leave out the interval, which takes a while.
    """
    config = config or EvalConfig()
    figures = tuple(_figures(scores[:, at], truth[:, at], label) for at, label in enumerate(labels))
    value = low = high = mean_ap(scores, truth)
    if not quick and len(keys) > 1:
        chance = np.random.default_rng(0)
        draws = [chance.integers(0, len(keys), len(keys)) for _ in range(_DRAWS)]
        low, high = np.quantile([mean_ap(scores[draw], truth[draw]) for draw in draws], [0.025, 0.975]).tolist()
    said = scores >= np.array([one.confidence for one in figures])
    wrong, missed = (said & ~truth).sum(1), (truth & ~said).sum(1)
    worst = np.where(said & ~truth, scores, 0).max(1, initial=0)
    order = np.lexsort((-worst, -(wrong + missed)))
    return LabelEvaluation(
        mean_ap=Interval(value=value, low=min(low, value), high=max(high, value), count=len(keys)),
        exact=float(((wrong + missed) == 0).mean()),
        classes=figures,
        mistakes=tuple(
            LabelMistake(key=keys[at], wrong=int(wrong[at]), missed=int(missed[at]), confidence=float(worst[at]))
            for at in order[: config.mistakes]
            if wrong[at] + missed[at]
        ),
    )


def mean_ap(scores: Scores, truth: NDArray[np.bool_]) -> float:
    """Mean average precision of the classes that occur."""
    found = [average_precision(scores[:, at], truth[:, at]) for at in range(truth.shape[1]) if truth[:, at].any()]
    return float(np.mean(found)) if found else 0.0


def average_precision(scores: Scores, truth: NDArray[np.bool_]) -> float:
    """The area below precision over recall, in steps; pictures of equal scores come in together."""
    precision, recall, _ = _curve(scores, truth)
    return float((np.diff(recall, prepend=0.0) * precision).sum())


def _curve(scores: Scores, truth: NDArray[np.bool_]) -> tuple[Scores, Scores, Scores]:
    """Precision, recall and least score as ever less sure pictures are taken, one step for each score that occurs."""
    order = np.argsort(-scores, kind="stable")
    sure, right = scores[order], np.cumsum(truth[order])
    last = np.append(np.nonzero(np.diff(sure))[0], len(sure) - 1)
    return right[last] / (last + 1), right[last] / max(1, int(truth.sum())), sure[last]


def _figures(scores: Scores, truth: NDArray[np.bool_], label: str) -> LabelFigures:
    count = int(truth.sum())
    if not count:
        return LabelFigures(label=label, ap=0, precision=0, recall=0, f1=0, confidence=1, count=0)
    precision, recall, sure = _curve(scores, truth)
    both = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
    at = int(both.argmax())
    return LabelFigures(
        label=label, ap=average_precision(scores, truth), precision=float(precision[at]), recall=float(recall[at]),
        f1=float(both[at]), confidence=float(sure[at]), count=count,
    )  # fmt: skip
