"""How the pictures and labels of one version of a dataset differ from those of another.

The population stability index is that of credit scoring (Siddiqi: Credit Risk Scorecards, 2006); the classifier that tells two samples apart
is a two-sample test (Lopez-Paz and Oquab: Revisiting Classifier Two-Sample Tests, 2017), here Fisher's linear discriminant, and the
interval of its area under the curve that of Hanley and McNeil (1982).
"""

from __future__ import annotations

import math

import numpy as np
import polars as pl
from numpy.typing import NDArray

from darkroom.datasets.figures import looks_of
from darkroom.datasets.shares import SURE
from darkroom.domain.dataset_quality import FeatureDrift, LabelDrift, QualityDrift

ALIKE = 0.1
"""A population stability index up to which two populations count as one."""
TOLD = 0.6
"""An area under the curve from which two versions look different to more than a statistician."""
SHIFTED = 0.05
"""Share of labels that may be others before it matters."""
_TENTHS = np.linspace(0, 1, 11)[1:-1]
_LEAST = 50
_MOST = 20_000
_KS_95 = 1.358
_NORMAL_95 = 1.644853627

FEATURES: dict[str, pl.Expr] = {
    **{name: pl.col(name) for name in ("brightness", "contrast", "sharpness", "entropy", "colourfulness")},
    "aspect": pl.col("width") / pl.col("height"),
    "megapixels": pl.col("width").cast(pl.Float64) * pl.col("height") / 1e6,
}
"""Measures that are compared."""


def drift(before: pl.DataFrame, after: pl.DataFrame, said: tuple[pl.Series, pl.Series], against: str) -> QualityDrift:
    """What differs.

    Args:
        before: figures of the earlier version, columns as in `figures.SCHEMA`.
        after: those of the later one.
        said: the classes of the examples of both, a list for each example.
        against: id of the earlier version.
    """
    features = [_feature(name, before, after) for name in FEATURES] if before.height and after.height else []
    told = _told_apart(before, after)
    labels, shift, shifted = _labels(*said)
    return QualityDrift(
        against=against, features=tuple(sorted(features, key=lambda one: (-one.psi, one.feature))),
        told_apart=told[0] if told else None, told_low=told[1] if told else None, told_high=told[2] if told else None,
        labels=tuple(labels), label_shift=shift, labels_shifted=shifted,
        drifted=shifted or any(one.drifted for one in features) or (told is not None and told[0] >= TOLD and told[1] > 0.5),
    )  # fmt: skip


def _feature(name: str, before: pl.DataFrame, after: pl.DataFrame) -> FeatureDrift:
    old, new = (np.sort(one.select(FEATURES[name].cast(pl.Float64)).to_series().to_numpy()) for one in (before, after))
    edges = np.unique(np.quantile(old, _TENTHS))
    # Half a picture more in each part: what nobody has is not infinitely rare.
    counts = [np.bincount(np.searchsorted(edges, one), minlength=len(edges) + 1) + 0.5 for one in (old, new)]
    was, now = (one / one.sum() for one in counts)
    psi = float(((now - was) * np.log(now / was)).sum())
    points = np.concatenate([old, new])
    apart = np.abs(np.searchsorted(old, points, "right") / len(old) - np.searchsorted(new, points, "right") / len(new))
    ks, critical = float(apart.max()), _KS_95 * math.sqrt((len(old) + len(new)) / (len(old) * len(new)))
    return FeatureDrift(
        feature=name, before=float(np.median(old)), after=float(np.median(new)), psi=max(psi, 0.0), ks=min(ks, 1.0),
        critical=critical, drifted=psi > ALIKE and ks > critical,
    )  # fmt: skip


def _told_apart(before: pl.DataFrame, after: pl.DataFrame) -> tuple[float, float, float] | None:
    """The area under the curve of those that the discriminant did not learn from, with its interval."""
    sides = []
    for one in (before, after):
        # Keys are hashes: the first ones in their order are as good as drawn.
        known = one.filter(pl.col("look").is_not_null()).sort("key").head(_MOST)
        if known.height < _LEAST:
            return None
        sides.append(looks_of(known["look"]).astype(np.float64))
    old, new = sides
    learnt = [one[::2] for one in sides]
    within = np.cov(learnt[0].T, bias=True) + np.cov(learnt[1].T, bias=True)
    ridge = np.eye(within.shape[0]) * (np.trace(within) / within.shape[0] * 0.05 + 1e-6)
    direction = np.linalg.solve(within + ridge, learnt[1].mean(0) - learnt[0].mean(0))
    return area(old[1::2] @ direction, new[1::2] @ direction)


def area(low: NDArray[np.float64], high: NDArray[np.float64]) -> tuple[float, float, float]:
    """Share of pairs in which the second score is the higher one (half of it where they are equal), with its 95 % interval."""
    ordered = np.sort(low)
    below, upto = np.searchsorted(ordered, high, "left"), np.searchsorted(ordered, high, "right")
    value = float((below + upto).sum() / 2 / (len(low) * len(high)))
    one, two = value / (2 - value), 2 * value**2 / (1 + value)
    variance = value * (1 - value) + (len(high) - 1) * (one - value**2) + (len(low) - 1) * (two - value**2)
    width = SURE * math.sqrt(max(variance, 0.0) / (len(low) * len(high)))
    return value, max(0.0, value - width), min(1.0, value + width)


def _labels(before: pl.Series, after: pl.Series) -> tuple[list[LabelDrift], float, bool]:
    counts = []
    for one in (before, after):
        named = one.explode().drop_nulls().alias("label").value_counts()
        counts.append(dict(zip(named["label"].to_list(), named["count"].to_list(), strict=True)))
    names = sorted(set(counts[0]) | set(counts[1]))
    wholes = [sum(one.values()) or 1 for one in counts]
    labels = [
        LabelDrift(label=name, before=counts[0].get(name, 0) / wholes[0], after=counts[1].get(name, 0) / wholes[1])
        for name in names
    ]
    labels.sort(key=lambda one: (-abs(one.after - one.before), one.label))
    shift = min(1.0, sum(abs(one.after - one.before) for one in labels) / 2)
    return (
        labels,
        shift,
        shift > SHIFTED and _is_chance_unlikely([[one.get(name, 0) for name in names] for one in counts]),
    )


def _is_chance_unlikely(counts: list[list[int]]) -> bool:
    """Whether chi squared exceeds what it does in 5 of 100 cases where nothing differs (Wilson and Hilferty's approximation)."""
    table = np.asarray(counts, dtype=np.float64)
    expected = table.sum(1, keepdims=True) * table.sum(0, keepdims=True) / table.sum()
    squared = float(((table - expected) ** 2 / np.maximum(expected, 1e-9)).sum())
    freedom = table.shape[1] - 1
    if freedom < 1:
        return False
    spread = 2 / (9 * freedom)
    return bool(((squared / freedom) ** (1 / 3) - (1 - spread)) / math.sqrt(spread) > _NORMAL_95)
