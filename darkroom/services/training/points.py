"""What a report draws of predictions: single pictures, and curves over how sure a model is. Reckoned over columns, so that millions take no second."""

from __future__ import annotations

import polars as pl

from darkroom.services.training.views import ReportPoint, ThresholdPoint

MOST = 2000
"""Pictures that are drawn one by one."""
_MOST_WRONG = 1000
_STEPS = 100
_FIELDS = tuple(ReportPoint.model_fields)


def drawn(table: pl.DataFrame, most: int = MOST, wrong: int = _MOST_WRONG) -> tuple[ReportPoint, ...]:
    """Pictures to draw: those that went most wrong, and the others evenly from the surest to the least sure."""
    shown = table.select(name for name in _FIELDS if name in table.columns)
    bad = shown.filter(~pl.col("hit")).sort("right", "key").head(wrong)
    good = shown.filter("hit").sort("right", "key")
    room = most - len(bad)
    good = good.gather_every(max(1, -(-len(good) // room)))
    return tuple(ReportPoint(**row) for row in pl.concat([bad, good]).iter_rows(named=True))


def curve(table: pl.DataFrame) -> tuple[ThresholdPoint, ...]:
    """Share of pictures called, and of those called right, by the least probability that is asked for."""
    if "sure" not in table.columns or not len(table):
        return ()
    steps = table.select((pl.col("sure") * _STEPS).floor().clip(0, _STEPS - 1).cast(pl.Int32).alias("step"), "hit")
    counts = (
        steps.group_by("step").agg(pl.len().alias("count"), pl.col("hit").sum().alias("hits"))
        .sort("step", descending=True).with_columns(pl.col("count", "hits").cum_sum()).sort("step")
    )  # fmt: skip
    return tuple(
        ThresholdPoint(threshold=step / _STEPS, kept=count / len(table), accuracy=hits / count)
        for step, count, hits in counts.iter_rows()
    )
