"""How good a detector is: average precision as the COCO challenge measures it (Lin et al., 2014), over 101 levels of recall."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darkroom.domain.base import Model
from darkroom.domain.marks import MOST_MARKS, Mark, box_mark
from darkroom.domain.training import Interval
from training.config import EvalConfig

LEVELS = tuple(round(0.5 + 0.05 * place, 2) for place in range(10))
"""Overlaps from which a box counts as found."""
MOST_BOXES = 100
"""Boxes of a picture that are looked at, the surest first."""
_RECALLS = np.linspace(0, 1, 101)
_DRAWS = 200
_MOST_CURVES, _MOST_POINTS = 30, 60

Rows = NDArray[np.floating[Any]]


class BoxClassFigures(Model):
    """How well one class is found."""

    label: str
    """The class."""
    ap50: float
    """Average precision where half of a box must be shared."""
    ap: float
    """Mean of it over overlaps from 0.5 to 0.95."""
    precision: float
    """Of the boxes drawn, the share that are right, at the least confidence that serves the class best."""
    recall: float
    """Of the boxes that are there, the share found, at the same confidence."""
    f1: float
    """Harmonic mean of the two."""
    confidence: float
    """That confidence."""
    count: int
    """Boxes that are there."""


class BoxPoint(Model):
    """What comes of taking only boxes that a detector is that sure of."""

    threshold: float
    """Least confidence of a box."""
    precision: float
    """Of the boxes drawn, the share that are right."""
    recall: float
    """Of the boxes that are there, the share found."""


class BoxCurve(Model):
    """Precision against recall of a class, where half of a box must be shared."""

    label: str
    """The class."""
    count: int
    """Boxes that are there."""
    points: tuple[BoxPoint, ...]
    """From the least sure on."""


class BoxMistake(Model):
    """A picture in which something was found that is not there, or missed that is."""

    key: str
    """Content hash."""
    wrong: int
    """Boxes drawn around nothing, or called by the wrong class."""
    missed: int
    """Boxes not found."""
    confidence: float
    """How sure the model was of the worst wrong one."""
    marks: tuple[Mark, ...] = ()
    """The boxes that are there, then those that were drawn."""


class BoxEvaluation(Model):
    """A detector on a part of a dataset."""

    map50: Interval
    """Mean of the classes' average precision where half of a box must be shared."""
    mean_map: float
    """Mean over overlaps from 0.5 to 0.95, as COCO has it."""
    classes: tuple[BoxClassFigures, ...]
    """Each class."""
    boxes: int
    """Boxes that are there."""
    mistakes: tuple[BoxMistake, ...]
    """The worst pictures, the worst first."""
    curves: tuple[BoxCurve, ...] = ()
    """Precision against recall of the classes with most boxes."""


def evaluate_boxes(
    found: Sequence[Rows], truth: Sequence[Rows], labels: tuple[str, ...], keys: tuple[str, ...],
    config: EvalConfig | None = None, *, quick: bool = False,
) -> BoxEvaluation:  # fmt: skip
    """Judge boxes.

    Args:
        found: of each picture, rows of left, top, right, bottom, how sure, class.
        truth: of each picture, rows of class, left, top, right, bottom.
        labels: names of the classes.
        keys: content hash of each picture.
        config: number of mistakes.
        quick: leave out the interval, which takes a while.
    """
    config = config or EvalConfig()
    matched = [_Matched(found, truth, kind) for kind in range(len(labels))]
    figures = tuple(one.figures(label) for one, label in zip(matched, labels, strict=True))
    present = [one for one in matched if one.total]
    value = _mean_ap(present, 0)
    low = high = value
    if not quick and len(keys) > 1 and present:
        chance = np.random.default_rng(0)
        draws = [chance.multinomial(len(keys), np.full(len(keys), 1 / len(keys))) for _ in range(_DRAWS)]
        low, high = np.quantile([_mean_ap(present, 0, draw) for draw in draws], [0.025, 0.975]).tolist()
    return BoxEvaluation(
        map50=Interval(value=value, low=min(low, value), high=max(high, value), count=len(keys)),
        mean_map=float(np.mean([_mean_ap(present, level) for level in range(len(LEVELS))])) if present else 0.0,
        classes=figures,
        boxes=sum(one.total for one in matched),
        mistakes=_mistakes(matched, figures, keys, config.mistakes),
        curves=() if quick else tuple(_curves(matched, labels)),
    )


class _Matched:
    """The boxes of one class in all pictures, each compared with what is there."""

    def __init__(self, found: Sequence[Rows], truth: Sequence[Rows], kind: int) -> None:
        there = [rows[rows[:, 0] == kind][:, 1:5] for rows in truth]
        sorted_rows = (rows[np.argsort(-rows[:, 4], kind="stable")] for rows in found)
        drawn = [rows[rows[:, 5] == kind][:MOST_BOXES] for rows in sorted_rows]
        hits = [_match(mine[:, :4], theirs) for mine, theirs in zip(drawn, there, strict=True)]
        sure = np.concatenate([rows[:, 4] for rows in drawn]) if drawn else np.zeros(0)
        order = np.argsort(-sure, kind="stable")
        self.sure = sure[order]
        self.hits = np.concatenate(hits, 1)[:, order] if hits else np.zeros((len(LEVELS), 0), bool)
        self.picture = np.repeat(np.arange(len(drawn)), [len(rows) for rows in drawn])[order]
        self.there = there
        self.boxes = np.concatenate([rows[:, :4] for rows in drawn])[order] if drawn else np.zeros((0, 4))
        self.counts = np.array([len(rows) for rows in there])
        self.total = int(self.counts.sum())

    def curve(self, level: int, weights: NDArray[np.integer[Any]] | None = None) -> tuple[Rows, Rows]:
        """Precision and recall as ever less sure boxes are taken."""
        weight = np.ones(len(self.sure)) if weights is None else weights[self.picture].astype(float)
        total = self.total if weights is None else float((weights * self.counts).sum())
        right = np.cumsum(self.hits[level] * weight)
        drawn = np.cumsum(weight)
        return right / np.maximum(drawn, 1e-9), right / max(total, 1e-9)

    def average_precision(self, level: int, weights: NDArray[np.integer[Any]] | None = None) -> float:
        """Mean precision over 101 levels of recall, each the best that is reached at that recall or beyond."""
        precision, recall = self.curve(level, weights)
        best = np.maximum.accumulate(precision[::-1])[::-1]
        place = np.searchsorted(recall, _RECALLS, side="left")
        return float(np.where(place < len(best), np.append(best, 0.0)[np.minimum(place, len(best))], 0.0).mean())

    def figures(self, label: str) -> BoxClassFigures:
        """What is told of the class."""
        precision, recall = self.curve(0)
        both = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
        at = int(both.argmax()) if len(both) and self.total else None
        return BoxClassFigures(
            label=label,
            ap50=self.average_precision(0) if self.total else 0.0,
            ap=float(np.mean([self.average_precision(level) for level in range(len(LEVELS))])) if self.total else 0.0,
            precision=float(precision[at]) if at is not None else 0.0,
            recall=float(recall[at]) if at is not None else 0.0,
            f1=float(both[at]) if at is not None else 0.0,
            confidence=float(self.sure[at]) if at is not None else 1.0,
            count=self.total,
        )


def _curves(matched: Sequence[_Matched], labels: Sequence[str]) -> Iterator[BoxCurve]:
    """The curves of the classes with most boxes, thinned evenly."""
    known = [(one, label) for one, label in zip(matched, labels, strict=True) if one.total and len(one.sure)]
    for one, label in sorted(known, key=lambda pair: -pair[0].total)[:_MOST_CURVES]:
        precision, recall = one.curve(0)
        places = np.unique(np.linspace(0, len(precision) - 1, _MOST_POINTS).round().astype(int))[::-1]
        points = (
            BoxPoint(threshold=float(one.sure[at]), precision=float(precision[at]), recall=float(recall[at]))
            for at in places
        )
        yield BoxCurve(label=label, count=one.total, points=tuple(points))


def _match(drawn: Rows, there: Rows) -> NDArray[np.bool_]:
    """Which boxes (the surest first) find one that no surer one has found, for each overlap: levels x drawn."""
    hits = np.zeros((len(LEVELS), len(drawn)), dtype=bool)
    if not len(drawn) or not len(there):
        return hits
    low = np.maximum(drawn[:, None, :2], there[None, :, :2])
    high = np.minimum(drawn[:, None, 2:], there[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(-1)
    areas = [np.clip(rows[:, 2:] - rows[:, :2], 0, None).prod(-1) for rows in (drawn, there)]
    overlap = shared / np.maximum(areas[0][:, None] + areas[1][None] - shared, 1e-12)
    for level, least in enumerate(LEVELS):
        free = np.ones(len(there), dtype=bool)
        for place in range(len(drawn)):
            open_ones = np.where(free, overlap[place], -1.0)
            best = int(open_ones.argmax())
            if open_ones[best] >= least:
                free[best] = False
                hits[level, place] = True
    return hits


def _mean_ap(matched: Sequence[_Matched], level: int, weights: NDArray[np.integer[Any]] | None = None) -> float:
    found = [
        one.average_precision(level, weights) for one in matched if weights is None or (weights * one.counts).sum()
    ]
    return float(np.mean(found)) if found else 0.0


def _mistakes(
    matched: Sequence[_Matched], figures: Sequence[BoxClassFigures], keys: tuple[str, ...], most: int
) -> tuple[BoxMistake, ...]:
    wrong, missed = np.zeros(len(keys), int), np.zeros(len(keys), int)
    worst = np.zeros(len(keys))
    for one, figure in zip(matched, figures, strict=True):
        drawn = one.sure >= figure.confidence
        bad = drawn & ~one.hits[0]
        np.add.at(wrong, one.picture[bad], 1)
        np.maximum.at(worst, one.picture[bad], one.sure[bad])
        hit = np.zeros(len(keys), int)
        np.add.at(hit, one.picture[drawn & one.hits[0]], 1)
        missed += one.counts - hit
    order = np.lexsort((-worst, -(wrong + missed)))
    return tuple(
        BoxMistake(
            key=keys[at], wrong=int(wrong[at]), missed=int(missed[at]), confidence=float(worst[at]),
            marks=_marks(matched, figures, at),
        )
        for at in order[:most]
        if wrong[at] + missed[at]
    )  # fmt: skip


def _marks(matched: Sequence[_Matched], figures: Sequence[BoxClassFigures], at: int) -> tuple[Mark, ...]:
    """What is drawn into a picture: the boxes that are there, then those found that their class counts."""
    there, found = [], []
    for one, figure in zip(matched, figures, strict=True):
        there += [box_mark(figure.label, box) for box in one.there[at]]
        for place in np.flatnonzero((one.picture == at) & (one.sure >= figure.confidence)):
            hit = bool(one.hits[0, place])
            found.append(box_mark(figure.label, one.boxes[place], confidence=one.sure[place], right=hit))
    return (*there, *found)[:MOST_MARKS]
