"""How well pixels are told apart: what found and true pixels of a class share, over both (IoU), and the Dice coefficient."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darkroom.domain.base import Model
from darkroom.domain.marks import MOST_MARKS, Mark
from darkroom.domain.training import Interval
from training.config import EvalConfig
from training.masks import UNKNOWN, Mask, outlines

_DRAWS = 400
_MOST_CELLS = 200
"""Confusions of which pictures are named, those of most pixels."""

Counts = NDArray[np.int64]
"""Pictures x classes x 3: pixels that are found and true, found, true."""
Shares = NDArray[np.floating[Any]]
Ends = list[tuple[float, float]]
"""Lower and upper ends of intervals."""


class MaskClassFigures(Model):
    """How well the pixels of one class are found."""

    label: str
    """The class."""
    iou: float
    """Pixels found and true over pixels found or true, of all pictures together."""
    iou_span: tuple[float, float] | None = None
    """The interval that holds it in 95 of 100 cases, from drawing the pictures again and again."""
    dice: float
    """Twice the pixels found and true over pixels found plus pixels true."""
    dice_span: tuple[float, float] | None = None
    """Its interval."""
    precision: float
    """Of the pixels found, the share that are true."""
    recall: float
    """Of the true pixels, the share found."""
    count: int
    """Pictures that show it."""


class MaskMistake(Model):
    """A picture of whose pixels many are wrong."""

    key: str
    """Content hash."""
    iou: float
    """Mean over the classes that are there or were found."""
    marks: tuple[Mark, ...] = ()
    """Outlines of what is there, then of what was found."""


class PixelPicture(Model):
    """A picture with pixels of a cell of the confusion."""

    key: str
    """Content hash."""
    share: float
    """Share of its pixels that are in the cell."""


class PixelCell(Model):
    """Pixels of a class that were taken for another one, or for none."""

    label: str
    """What they are; empty for none of the classes."""
    predicted: str
    """What they were taken for; empty for none of them."""
    pictures: tuple[PixelPicture, ...]
    """Those with most of them first."""


class MaskEvaluation(Model):
    """A model of pixels on a part of a dataset."""

    miou: Interval
    """Mean over the classes, without the rest, of pixels found and true over pixels found or true."""
    mean_dice: Interval
    """Mean of the Dice coefficients."""
    pixel_accuracy: float
    """Share of all pixels, those of the rest too, that are right."""
    classes: tuple[MaskClassFigures, ...]
    """Each class."""
    mistakes: tuple[MaskMistake, ...]
    """The worst pictures, the worst first."""
    pixel_confusion: tuple[tuple[int, ...], ...] = ()
    """Pixels of each class (rows, what is none of them first) that were taken for each (columns alike)."""
    pixel_cells: tuple[PixelCell, ...] = ()
    """The pictures behind the confusions of most pixels."""


def evaluate_masks(
    found: Mask, truth: Mask, labels: tuple[str, ...], keys: tuple[str, ...], config: EvalConfig | None = None,
    *, quick: bool = False,
) -> MaskEvaluation:  # fmt: skip
    """Judge masks.

    Args:
        found: pictures x rows x columns, the class of each pixel counted from 1, 0 for the rest.
        truth: the same of what is there; pixels that are 255 are left out.
        labels: names of the classes.
        keys: content hash of each picture.
        config: number of mistakes.
        quick: leave out intervals and mistakes, which take a while.
    """
    config = config or EvalConfig()
    counts = counted(found, truth, len(labels))
    whole = [one[0] for one in shares(np.ones((1, len(keys)), np.int64), counts)]
    spans: list[Ends | None] = [None, None] if quick or len(keys) < 2 else [*_spans(counts)]
    miou, mean_dice = (_mean(one, span, len(keys)) for one, span in zip(whole, spans, strict=True))
    known = truth != UNKNOWN
    each = np.zeros((0, 0, 0), np.int64) if quick else confused(found, truth, len(labels))
    return MaskEvaluation(
        miou=miou, mean_dice=mean_dice, pixel_accuracy=float((found == truth)[known].mean()) if known.any() else 0.0,
        classes=tuple(_figures(label, counts[:, at], [span[at] if span else None for span in spans]) for at, label in enumerate(labels)),
        mistakes=() if quick else tuple(
            MaskMistake(key=keys[at], iou=iou, marks=_marks(found[at], truth[at], labels))
            for at, iou in _worst(counts, config.mistakes)
        ),
        pixel_confusion=tuple(tuple(row) for row in each.sum(0).tolist()),
        pixel_cells=tuple(_cells(each, ("", *labels), keys, found[0].size if len(found) else 1, config.cell_pictures)),
    )  # fmt: skip


def counted(found: Mask, truth: Mask, classes: int) -> Counts:
    """Pixels of each class in each picture: found and true, found, true; unknown ones are in none."""
    known = truth != UNKNOWN
    made = np.zeros((len(found), classes, 3), np.int64)
    for at in range(classes):
        mine, theirs = (found == at + 1) & known, truth == at + 1
        for place, one in enumerate((mine & theirs, mine, theirs)):
            made[:, at, place] = one.sum((1, 2))
    return made


def confused(found: Mask, truth: Mask, classes: int) -> Counts:
    """Pictures x kinds x kinds: pixels of each kind, 0 for none of the classes, that were taken for each; unknown ones are in none."""
    kinds = classes + 1
    made = np.zeros((len(found), kinds, kinds), np.int64)
    for at, (mine, theirs) in enumerate(zip(found, truth, strict=True)):
        known = theirs != UNKNOWN
        pairs = theirs[known].astype(np.int64) * kinds + mine[known]
        made[at] = np.bincount(pairs, minlength=kinds * kinds).reshape(kinds, kinds)
    return made


def _cells(each: Counts, names: tuple[str, ...], keys: Sequence[str], size: int, most: int) -> Iterator[PixelCell]:
    """The confusions of most pixels, with the pictures that have most of them."""
    total = each.sum(0)
    pairs = [
        (int(total[real, called]), real, called)
        for real, called in zip(*np.nonzero(total), strict=True)
        if real != called
    ]
    for _, real, called in sorted(pairs, key=lambda one: (-one[0], *one[1:]))[:_MOST_CELLS]:
        there = each[:, real, called]
        order = np.argsort(-there, kind="stable")[:most]
        pictures = tuple(PixelPicture(key=keys[at], share=int(there[at]) / size) for at in order if there[at])
        yield PixelCell(label=names[real], predicted=names[called], pictures=pictures)


def shares(draws: NDArray[np.integer[Any]], counts: Counts) -> tuple[Shares, Shares]:
    """IoU and Dice of each class for each draw of the pictures (draws x pictures: how often each is in it); NaN where there is nothing of it."""
    both, found, true = (draws @ counts[..., place] for place in range(3))
    with np.errstate(invalid="ignore", divide="ignore"):
        return both / (found + true - both), 2 * both / (found + true)


def _spans(counts: Counts) -> list[Ends]:
    """Of IoU and Dice: the ends for each class, and of the mean of all in the last place."""
    pictures = len(counts)
    draws = np.random.default_rng(0).multinomial(pictures, np.full(pictures, 1 / pictures), _DRAWS)
    return [
        [_ends(column) for column in (*one.T, np.array([_told_mean(row) for row in one]))]
        for one in shares(draws, counts)
    ]


def _ends(values: Shares) -> tuple[float, float]:
    told = values[np.isfinite(values)]
    low, high = np.quantile(told, [0.025, 0.975]).tolist() if len(told) else (0.0, 1.0)
    return low, high


def _told_mean(values: Shares) -> float:
    """Mean of those that there is something of."""
    told = values[np.isfinite(values)]
    return float(told.mean()) if len(told) else 0.0


def _mean(values: Shares, ends: Ends | None, count: int) -> Interval:
    value = _told_mean(values)
    low, high = ends[-1] if ends else (value, value)
    return Interval(value=value, low=min(low, value), high=max(high, value), count=count)


def _figures(label: str, counts: Counts, spans: Sequence[tuple[float, float] | None]) -> MaskClassFigures:
    both, found, true = (float(one) for one in counts.sum(0))
    iou_span, dice_span = spans if true else (None, None)
    return MaskClassFigures(
        label=label, iou=both / max(found + true - both, 1), iou_span=iou_span, dice=2 * both / max(found + true, 1),
        dice_span=dice_span, precision=both / max(found, 1), recall=both / max(true, 1), count=int((counts[:, 2] > 0).sum()),
    )  # fmt: skip


def _worst(counts: Counts, most: int) -> list[tuple[int, float]]:
    """Places and figures of the pictures with the least mean IoU of what is there or was found."""
    each = shares(np.eye(len(counts), dtype=np.int64), counts)[0]
    means = [(_told_mean(row) if np.isfinite(row).any() else 1.0, at) for at, row in enumerate(each)]
    return [(at, mean) for mean, at in sorted(means)[:most] if mean < 1]


def _marks(found: Mask, truth: Mask, labels: tuple[str, ...]) -> tuple[Mark, ...]:
    """What is there, then what was found; wrong is a class that the picture does not show at all."""
    wrong = frozenset(np.unique(found).tolist()) - frozenset(np.unique(truth).tolist())
    there = outlines(truth, labels, found=False)
    return (*there, *outlines(found, labels, found=True, wrong=wrong))[:MOST_MARKS]
