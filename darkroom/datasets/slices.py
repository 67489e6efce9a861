"""Where a model is better or worse than elsewhere: the pictures it was judged by, divided by what is known of them.

The table has a row for each picture: `key`, `label` and `predicted`, `right` (the probability given to what it is), `hit`
(whether it was called so), and a column for each of `DIMENSIONS` that is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

import polars as pl

from darkroom.datasets.shares import difference, wilson
from darkroom.domain.training import ReportSlice, SliceDimension

LISTS: frozenset[SliceDimension] = frozenset({"tag"})
"""What a picture has several of."""
NUMBERS: frozenset[SliceDimension] = frozenset({"megapixels", "iso", "brightness", "sharpness", "contrast"})
"""What is cut into quarters of the pictures."""
DIMENSIONS: tuple[SliceDimension, ...] = get_args(SliceDimension)
"""All that pictures can be divided by."""

LEAST = 5
"""Fewer pictures say nothing."""
_PARTS = 4
_MOST = 200
_SHOWN = 12


def slices(table: pl.DataFrame, dimension: SliceDimension) -> list[ReportSlice]:
    """Parts of the pictures by one dimension, the weakest first; parts of fewer than `LEAST` pictures are left out.

    A part is told from the rest of the pictures when the interval of the difference of their shares does not hold zero.
    """
    if dimension not in table.columns:
        return []
    parts = divided(table.drop_nulls(dimension), dimension)
    counts = (
        parts.group_by("part", maintain_order=True)
        .agg(
            pl.len().alias("count"),
            pl.col("hit").sum().alias("hits"),
            pl.col("low").first(),
            pl.col("high").first(),
            pl.col("key").filter(~pl.col("hit")).sort_by(pl.col("right").filter(~pl.col("hit"))).head(_SHOWN),
        )
        .filter(pl.col("count") >= LEAST)
    )
    whole, hits = len(table), int(table["hit"].sum())
    found = list(_compared(counts, dimension, whole, hits))
    return sorted(found, key=lambda one: (one.share.value, -one.share.count, one.value))[:_MOST]


def every(table: pl.DataFrame) -> list[ReportSlice]:
    """Parts of the pictures by each of the dimensions, in their order."""
    return [one for dimension in DIMENSIONS for one in slices(table, dimension)]


def weakest(parts: Iterable[ReportSlice], most: int = 10) -> list[ReportSlice]:
    """Those of the parts that are surely worse than the rest, those first that cost most pictures."""
    found = [one for one in parts if one.telling and one.apart < 0]
    return sorted(found, key=lambda one: (one.apart * one.share.count, one.dimension, one.value))[:most]


def part_name(row: Mapping[str, Any], dimension: str) -> str:
    """What a part is called, by its columns of `divided`."""
    return f"{row['low']:.4g} to {row['high']:.4g}" if dimension in NUMBERS else str(row["part"])


def divided(table: pl.DataFrame, dimension: SliceDimension) -> pl.DataFrame:
    """Rows with the `part` that each is in, and the ends (`low`, `high`) of one of numbers; a row of several parts once for each."""
    nothing = [pl.lit(None, pl.Float64).alias("low"), pl.lit(None, pl.Float64).alias("high")]
    if dimension in LISTS:
        return table.explode(dimension).drop_nulls(dimension).with_columns(pl.col(dimension).alias("part"), *nothing)
    if dimension not in NUMBERS:
        return table.with_columns(pl.col(dimension).cast(pl.String).alias("part"), *nothing)
    quarters = (table[dimension].quantile(at / _PARTS, "nearest") for at in range(1, _PARTS))
    edges = sorted({edge for edge in quarters if edge is not None})
    cut = pl.lit(0, pl.Int32)
    for edge in edges:
        cut = cut + (pl.col(dimension) > edge).cast(pl.Int32)
    return table.with_columns(cut.alias("part")).with_columns(
        pl.col(dimension).min().over("part").cast(pl.Float64).alias("low"),
        pl.col(dimension).max().over("part").cast(pl.Float64).alias("high"),
    )


def _compared(counts: pl.DataFrame, dimension: SliceDimension, whole: int, hits: int) -> Iterator[ReportSlice]:
    for row in counts.iter_rows(named=True):
        share = wilson(int(row["hits"]), int(row["count"]))
        rest = whole - share.count
        apart, low, high = difference(share, wilson(hits - int(row["hits"]), rest)) if rest > 0 else (0.0, 0.0, 0.0)
        yield ReportSlice(
            dimension=dimension, value=part_name(row, dimension),
            low=row["low"], high=row["high"], share=share, apart=apart, apart_low=low, apart_high=high,
            telling=rest >= LEAST and (low > 0 or high < 0), wrong=tuple(row["key"]),
        )  # fmt: skip
