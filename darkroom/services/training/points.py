"""What a report draws of predictions: single pictures, how densely they lie, and curves over how sure a model is.

Reckoned over columns, so that millions take no second: what is sent and drawn is as much for a million pictures as for a few.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import polars as pl

from darkroom.services.training.point_views import (
    Axis,
    ClassCurve,
    ClassPoint,
    PointRegion,
    ReportDensity,
    ReportPoint,
    ThresholdPoint,
)

MOST = 2000
"""Pictures that are drawn one by one."""
AXES: tuple[Axis, ...] = get_args(Axis)
"""What pictures are drawn by."""
_MOST_WRONG = 1000
_STEPS = 100
_CLASS_STEPS = 50
_MOST_CLASSES = 30
_COLUMNS, _ROWS = 120, 60
_FIELDS = tuple(ReportPoint.model_fields)


def drawn(table: pl.DataFrame, most: int = MOST, wrong: int = _MOST_WRONG) -> tuple[ReportPoint, ...]:
    """Pictures to draw: those that went most wrong, and the others evenly from the surest to the least sure."""
    shown = table.select(name for name in _FIELDS if name in table.columns)
    bad = shown.filter(~pl.col("hit")).sort("right", "key").head(wrong)
    good = shown.filter("hit").sort("right", "key")
    room = most - len(bad)
    good = good.gather_every(max(1, -(-len(good) // room)))
    return tuple(ReportPoint(**row) for row in pl.concat([bad, good]).iter_rows(named=True))


def within(table: pl.DataFrame, region: PointRegion) -> pl.DataFrame:
    """The pictures of a region; of an axis that is not known of them there are none."""
    conditions: list[pl.Expr] = []
    if region.by is not None:
        known = region.by in table.columns
        conditions.append(pl.col(region.by).is_not_null() if known else pl.lit(value=False))
        for column, low, high in ((region.by, region.low, region.high), ("right", region.right_low, region.right_high)):
            conditions += [pl.col(column) >= low] if known and low is not None else []
            conditions += [pl.col(column) <= high] if known and high is not None else []
    for column, name in (("label", region.label), ("predicted", region.predicted)):
        conditions += [pl.col(column) == name] if name is not None else []
    return table.filter(*conditions) if conditions else table


def density(table: pl.DataFrame, region: PointRegion) -> ReportDensity | None:
    """How many pictures of a region lie in each cell of a grid; None of none."""
    by = region.by
    if by is None or by not in table.columns or not len(table):
        return None
    low, high = (
        float(one) for one in table.select(pl.col(by).min().alias("low"), pl.col(by).max().alias("high")).row(0)
    )
    low, high = (low if region.low is None else region.low), (high if region.high is None else region.high)
    bottom, top = region.right_low or 0.0, 1.0 if region.right_high is None else region.right_high
    across, up = (high - low) / _COLUMNS or 1.0, (top - bottom) / _ROWS or 1.0
    cells = table.select(
        _step(by, low, across, _COLUMNS).alias("x"), _step("right", bottom, up, _ROWS).alias("y"), "hit"
    ).group_by("x", "y").agg(pl.len().alias("count"), pl.col("hit").sum().alias("hits"))  # fmt: skip
    count, wrong = ([[0] * _COLUMNS for _ in range(_ROWS)] for _ in range(2))
    for x, y, total, hits in cells.iter_rows():
        count[y][x], wrong[y][x] = int(total), int(total - hits)
    return ReportDensity(low=low, step=across, right_low=bottom, right_step=up, count=count, wrong=wrong)


def _step(column: str, low: float, step: float, most: int) -> pl.Expr:
    return ((pl.col(column) - low) / step).floor().clip(0, most - 1).cast(pl.Int32)


def curve(table: pl.DataFrame) -> tuple[ThresholdPoint, ...]:
    """Share of pictures called, and of those called right, by the least probability that is asked for."""
    return tuple(
        ThresholdPoint(threshold=threshold, kept=count / len(table), accuracy=hits / count)
        for threshold, count, hits in _called(table, _STEPS)
    )


def class_curves(table: pl.DataFrame) -> tuple[ClassCurve, ...]:
    """For each class, of what is called so when the model is sure enough: the share that is, and the share of all of it that is found.

    Of the classes with most pictures, where there are many.
    """
    counts = table.group_by("label").agg(pl.len().alias("count")).sort("count", "label", descending=[True, False])
    found = []
    for label, count in counts.head(_MOST_CLASSES).iter_rows():
        points = tuple(
            ClassPoint(threshold=threshold, precision=hits / called, recall=hits / count)
            for threshold, called, hits in _called(table.filter(pl.col("predicted") == label), _CLASS_STEPS)
        )
        found.append(ClassCurve(label=label, count=count, points=points))
    return tuple(found)


def _called(table: pl.DataFrame, steps: int) -> Iterator[tuple[float, int, int]]:
    """For each step of least probability: how many are called, and how many of them right."""
    if "sure" not in table.columns or not len(table):
        return
    at = table.select((pl.col("sure") * steps).floor().clip(0, steps - 1).cast(pl.Int32).alias("step"), "hit")
    counts = (
        at.group_by("step").agg(pl.len().alias("count"), pl.col("hit").sum().alias("hits"))
        .sort("step", descending=True).with_columns(pl.col("count", "hits").cum_sum()).sort("step")
    )  # fmt: skip
    for step, count, hits in counts.iter_rows():
        yield step / steps, count, hits
