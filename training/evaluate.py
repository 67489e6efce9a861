"""How good a classifier is: figures from probabilities, each with how sure one may be of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from darkroom.datasets.shares import wilson
from darkroom.domain.base import Model
from darkroom.domain.training import Interval
from training.config import EvalConfig

_DRAWS, _MOST_DRAWN = 200, 100_000


class ClassFigures(Model):
    """How well one class is told from the others."""

    label: str
    """The class."""
    precision: float
    """Of those called so, the share that are."""
    recall: float
    """Of those that are, the share called so."""
    f1: float
    """Harmonic mean of the two."""
    precision_span: tuple[float, float] | None = None
    """The interval that holds the true precision in 95 of 100 cases (Wilson, 1927); null where nothing was called so."""
    recall_span: tuple[float, float] | None = None
    """That of recall; null without examples."""
    count: int
    """Examples of it."""


class Mistake(Model):
    """A picture that was taken for something else."""

    key: str
    """Content hash."""
    label: str
    """What it is."""
    predicted: str
    """What it was taken for."""
    confidence: float
    """How sure the model was."""


class Guess(Model):
    """A picture and how sure the model was of its class."""

    key: str
    """Content hash."""
    confidence: float
    """How sure the model was."""


class Cell(Model):
    """Pictures of one class that were taken for one class: a cell of the confusion."""

    label: str
    """What they are."""
    predicted: str
    """What they were taken for."""
    pictures: tuple[Guess, ...]
    """Some of them, the most confident first."""


class Bin(Model):
    """Predictions of about the same confidence."""

    low: float
    """Least confidence."""
    high: float
    """Largest confidence."""
    count: int
    """Predictions."""
    confidence: float
    """How sure the model was on average."""
    accuracy: float
    """How often it was right."""


class Evaluation(Model):
    """A checkpoint on a part of a dataset."""

    accuracy: Interval
    """Share called by its right class."""
    macro_f1: float
    """Mean F1 of all classes that occur, each counting the same."""
    loss: float
    """Mean negative logarithm of the probability given to the right class."""
    calibration_error: float
    """By how much confidence and accuracy differ on average (expected calibration error)."""
    classes: tuple[ClassFigures, ...]
    """Each class."""
    confusion: tuple[tuple[int, ...], ...]
    """Counts; a row for each true class, a column for each predicted one."""
    mistakes: tuple[Mistake, ...]
    """The most confident mistakes, the worst first."""
    calibration: tuple[Bin, ...] = ()
    """Confidence beside accuracy, step by step; steps without predictions are left out."""
    cells: tuple[Cell, ...] = ()
    """Pictures behind the confusion; cells without any are left out."""
    spans: dict[str, tuple[float, float]] = {}
    """Intervals of `macro_f1`, `loss` and `calibration_error`: percentiles of 200 draws of the pictures (Efron, 1979); nothing of more than 100,000."""


def evaluate(
    scores: NDArray[np.floating[Any]],
    truth: NDArray[np.integer[Any]],
    labels: tuple[str, ...],
    keys: tuple[str, ...],
    config: EvalConfig | None = None,
) -> Evaluation:
    """Judge probabilities.

    Args:
        scores: examples x classes; each row comes to 1.
        truth: the right class of each example.
        labels: names of the classes.
        keys: content hash of each example.
        config: bins and number of mistakes.
    """
    config = config or EvalConfig()
    guess, sure = scores.argmax(1), scores.max(1)
    right = guess == truth
    confusion = np.zeros((len(labels), len(labels)), dtype=np.int64)
    np.add.at(confusion, (truth, guess), 1)
    classes = _classes(confusion, labels)
    present = [one.f1 for one in classes if one.count]
    worst = [index for index in np.argsort(-sure, kind="stable") if not right[index]][: config.mistakes]
    return Evaluation(
        accuracy=wilson(int(right.sum()), len(truth)),
        macro_f1=float(np.mean(present)),
        loss=float(_losses(scores, truth).mean()),
        calibration_error=calibration_error(sure, right, config.bins),
        classes=classes,
        confusion=tuple(tuple(int(count) for count in row) for row in confusion),
        mistakes=tuple(
            Mistake(key=keys[at], label=labels[truth[at]], predicted=labels[guess[at]], confidence=float(sure[at]))
            for at in worst
        ),
        calibration=_calibration(sure, right, config.bins),
        spans=_spans(scores, truth, config.bins),
        cells=_cells(
            zip(truth.tolist(), guess.tolist(), keys, sure.tolist(), strict=True), labels, config.cell_pictures
        ),
    )


def table(
    scores: NDArray[np.floating[Any]], truth: NDArray[np.integer[Any]], labels: tuple[str, ...], keys: tuple[str, ...]
) -> pl.DataFrame:
    """What was said of each picture, as `darkroom.datasets.slices` has it; arguments as those of `evaluate`."""
    guess, names = scores.argmax(1), np.asarray(labels, object)
    return pl.DataFrame({
        "key": list(keys), "label": names[truth].tolist(), "predicted": names[guess].tolist(),
        "right": scores[np.arange(len(truth)), truth].astype(np.float64), "hit": guess == truth,
        "sure": scores.max(1).astype(np.float64),
    })  # fmt: skip


def calibration_error(sure: NDArray[np.floating[Any]], right: NDArray[np.bool_], bins: int) -> float:
    """Mean distance between how sure the model was and how often it was right, over bins of confidence."""
    place = np.minimum((sure * bins).astype(int), bins - 1)
    total = 0.0
    for index in np.unique(place):
        inside = place == index
        total += float(inside.mean() * abs(sure[inside].mean() - right[inside].mean()))
    return total


def _calibration(sure: NDArray[np.floating[Any]], right: NDArray[np.bool_], bins: int) -> tuple[Bin, ...]:
    place = np.minimum((sure * bins).astype(int), bins - 1)
    found = []
    for index in np.unique(place):
        inside = place == index
        found.append(Bin(
            low=float(index / bins), high=float((index + 1) / bins), count=int(inside.sum()),
            confidence=float(sure[inside].mean()), accuracy=float(right[inside].mean()),
        ))  # fmt: skip
    return tuple(found)


def _cells(rows: Iterable[tuple[int, int, str, float]], labels: tuple[str, ...], most: int) -> tuple[Cell, ...]:
    """Pictures of each cell, from rows of truth, guess, picture and confidence."""
    found: dict[tuple[int, int], list[Guess]] = {}
    for real, called, key, confidence in sorted(rows, key=lambda row: (-row[3], row[2])):
        cell = found.setdefault((real, called), [])
        if len(cell) < most:
            cell.append(Guess(key=key, confidence=confidence))
    return tuple(
        Cell(label=labels[real], predicted=labels[called], pictures=tuple(pictures))
        for (real, called), pictures in sorted(found.items())
        if pictures
    )


def _classes(confusion: NDArray[np.int64], labels: tuple[str, ...]) -> tuple[ClassFigures, ...]:
    figures = []
    for index, label in enumerate(labels):
        hits, called, real = confusion[index, index], confusion[:, index].sum(), confusion[index].sum()
        precision, recall = (float(hits / whole) if whole else 0.0 for whole in (called, real))
        f1 = 2 * precision * recall / (precision + recall) if hits else 0.0
        spans = [
            (one.low, one.high) if one else None
            for one in (wilson(int(hits), int(whole)) if whole else None for whole in (called, real))
        ]
        figures.append(ClassFigures(
            label=label, precision=precision, recall=recall, f1=f1, count=int(real), precision_span=spans[0], recall_span=spans[1],
        ))  # fmt: skip
    return tuple(figures)


def _losses(scores: NDArray[np.floating[Any]], truth: NDArray[np.integer[Any]]) -> NDArray[np.floating[Any]]:
    found: NDArray[np.floating[Any]] = -np.log(np.clip(scores[np.arange(len(truth)), truth], 1e-12, 1))
    return found


def _mean_f1(truth: NDArray[np.integer[Any]], guess: NDArray[np.integer[Any]], classes: int) -> float:
    """Mean F1 of the classes that occur."""
    real, called = np.bincount(truth, minlength=classes), np.bincount(guess, minlength=classes)
    hits = np.bincount(truth[truth == guess], minlength=classes)
    return float((2 * hits[real > 0] / (real + called)[real > 0]).mean())


def _spans(
    scores: NDArray[np.floating[Any]], truth: NDArray[np.integer[Any]], bins: int
) -> dict[str, tuple[float, float]]:
    if not 1 < len(truth) <= _MOST_DRAWN:
        return {}
    guess, sure, losses = scores.argmax(1), scores.max(1), _losses(scores, truth)
    chance, found = np.random.default_rng(0), []
    for _ in range(_DRAWS):
        at = chance.integers(0, len(truth), len(truth))
        found.append((
            _mean_f1(truth[at], guess[at], scores.shape[1]), losses[at].mean(),
            calibration_error(sure[at], guess[at] == truth[at], bins),
        ))  # fmt: skip
    low, high = np.quantile(np.array(found), [0.025, 0.975], axis=0).tolist()
    return dict(zip(("macro_f1", "loss", "calibration_error"), zip(low, high, strict=True), strict=True))
