"""What several models said of the same pictures, in one table: `predicted_0`, `right_0`, `hit_0` of the first, and so on.

Tables are those of `darkroom.datasets.slices`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from darkroom.datasets.slices import DIMENSIONS, LEAST, divided, part_name

_SAID = ("predicted", "right", "hit")


@dataclass(frozen=True)
class Part:
    """Some of the pictures, and how many of them each model calls right."""

    by: str
    """What they have in common: `all`, or one of `DIMENSIONS`."""
    name: str
    """Which of these."""
    count: int
    """How many."""
    hits: tuple[int, ...]
    """Those that each model calls right."""
    better: tuple[int, ...]
    """Those of them that the first does not."""
    worse: tuple[int, ...]
    """Those that the first calls right and the model does not."""


def joined(tables: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The pictures that are in all tables, in the order of the first, with what is known of them there."""
    first, *others = (
        one.rename({name: f"{name}_{at}" for name in _SAID}) if not at else
        one.select("key", *(pl.col(name).alias(f"{name}_{at}") for name in _SAID))
        for at, one in enumerate(tables)
    )  # fmt: skip
    for one in others:
        # Models that were judged by one version mostly have its pictures in the same order; joining a million takes a second.
        if first["key"].equals(one["key"]):
            first = first.hstack(one.drop("key"))
        else:
            first = first.join(one, on="key", maintain_order="left")
    return first


def parts(table: pl.DataFrame) -> Iterator[Part]:
    """All pictures, then parts of at least `LEAST` by everything that is known of them.

    Args:
        table: as `joined` gives it.
    """
    counts = [pl.len().alias("count")]
    for at in range(_models(table)):
        ours, first = pl.col(f"hit_{at}"), pl.col("hit_0")
        counts += [
            ours.sum().alias(f"hits_{at}"), (ours & ~first).sum().alias(f"better_{at}"), (first & ~ours).sum().alias(f"worse_{at}"),
        ]  # fmt: skip
    yield from _told(table.select(counts), "all")
    for dimension in DIMENSIONS:
        if dimension in table.columns:
            groups = divided(table.drop_nulls(dimension), dimension).group_by("part", maintain_order=True)
            found = groups.agg(*counts, pl.col("low").first(), pl.col("high").first())
            yield from _told(found.filter(pl.col("count") >= LEAST), dimension)


def apart(table: pl.DataFrame, most: int) -> pl.DataFrame:
    """Rows of two models: those first on which they do not say the same, the widest apart in front; `order` is less than zero by how far.

    Args:
        table: as `joined` gives it.
        most: how many.
    """
    order = -(pl.col("right_0") - pl.col("right_1")).abs()
    return widest(
        table.with_columns(order=order, alike=pl.col("predicted_0") == pl.col("predicted_1")), ["alike", "order"], most
    )


def disputed(table: pl.DataFrame, most: int) -> pl.DataFrame:
    """Rows on which not all models say the same, those first of which they are most differently sure.

    Args:
        table: as `joined` gives it.
        most: how many.
    """
    models = range(_models(table))
    sure = [pl.col(f"right_{at}") for at in models]
    differ = pl.any_horizontal(pl.col(f"predicted_{at}") != pl.col("predicted_0") for at in models)
    order = pl.min_horizontal(sure) - pl.max_horizontal(sure)
    return widest(table.filter(differ).with_columns(order=order), ["order"], most)


def widest(table: pl.DataFrame, order: list[str], most: int) -> pl.DataFrame:
    """The first rows in an order, and that of their keys where it is the same; without sorting all of them."""
    return table.bottom_k(most, by=[*order, "key"]).sort(*order, "key")


def _models(table: pl.DataFrame) -> int:
    return sum(name.startswith("hit_") for name in table.columns)


def _told(counts: pl.DataFrame, by: str) -> Iterator[Part]:
    for row in counts.iter_rows(named=True):
        hits, better, worse = (
            tuple(int(row[name]) for name in counts.columns if name.startswith(f"{kind}_"))
            for kind in ("hits", "better", "worse")
        )
        name = "all" if by == "all" else part_name(row, by)
        yield Part(by=by, name=name, count=int(row["count"]), hits=hits, better=better, worse=worse)
