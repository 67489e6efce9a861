"""Brings two versions that went apart together: picture by picture, over the version that both come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

from darkroom.datasets.manifest import SCHEMA, Manifest
from darkroom.errors import Error

Side = Literal["ours", "theirs"]
"""The version that is merged into, and the one that is merged."""
GONE = "removed"
"""What a picture is called that one of the two has no longer."""
_FACTS = ("annotations", "split", "weight", "group")
_SIDES = ("base", "ours", "theirs")


@dataclass(frozen=True)
class Conflict:
    """A picture of which the two say different things, neither of them what was said before."""

    key: str
    ours: str
    """Its classes, or `removed`."""
    theirs: str


@dataclass(frozen=True)
class Merge:
    """What comes of a merge."""

    manifest: Manifest | None
    """The pictures, each with what holds now; None while there are conflicts that nobody decided."""
    conflicts: tuple[Conflict, ...]
    """All of them, those that were decided too, by key."""
    open: int
    """Conflicts that nobody decided."""


def merge(
    ours: Manifest, theirs: Manifest, base: Manifest | None, *, rule: Side | None = None,
    decisions: Mapping[str, Side] | None = None,
) -> Merge:  # fmt: skip
    """Merge `theirs` into `ours`: what one of them alone changed since `base` holds.

    Labels that both changed differently, and pictures that one removed and the other changed, are conflicts. A picture
    that both have stays in our split, and keeps our weight and group, unless they alone changed those.

    Args:
        ours: what is merged into.
        theirs: what is merged.
        base: what both come from; nothing, where they have nothing in common.
        rule: who is right where nothing else is decided.
        decisions: who is right about a picture, by key.

    Raises:
        Error: `dataset_invalid`, a decision is about a picture without conflict, or nothing is left.
    """
    decisions = dict(decisions or {})
    rows = _side_by_side(base, ours, theirs)
    changed = {side: _differs(side, "base") for side in ("ours", "theirs")}
    apart = _differs("ours", "theirs")
    said = pl.col("annotations_ours").ne_missing(pl.col("annotations_theirs"))
    said_both = pl.col("annotations_ours").ne_missing(pl.col("annotations_base")) & pl.col(
        "annotations_theirs"
    ).ne_missing(pl.col("annotations_base"))
    both_there = pl.col("there_ours") & pl.col("there_theirs")
    torn = changed["ours"] & changed["theirs"] & apart & ((both_there & said & said_both) | ~both_there)
    rows = rows.with_columns(torn.alias("torn"))
    conflicts = _conflicts(rows.filter("torn"))
    strange = decisions.keys() - {one.key for one in conflicts}
    if strange:
        raise Error(
            "dataset_invalid", f"There is no conflict about {min(strange)}.", remedy="Look at the conflicts again."
        )
    left = sum(one.key not in decisions for one in conflicts) if rule is None else 0
    if left:
        return Merge(None, conflicts, left)
    verdicts = pl.col("key").replace_strict(decisions, default=rule or "ours", return_dtype=pl.String())
    theirs_alone = changed["theirs"] & ~changed["ours"]
    rows = rows.with_columns(
        pl.when("torn").then(verdicts).when(theirs_alone).then(pl.lit("theirs")).otherwise(pl.lit("ours")).alias("side")
    )
    return Merge(_taken(rows, ours), conflicts, 0)


def _side_by_side(base: Manifest | None, ours: Manifest, theirs: Manifest) -> pl.DataFrame:
    """A row for each picture that any of them has."""
    frames = {
        "base": base.frame if base is not None else ours.frame.clear(),
        "ours": ours.frame,
        "theirs": theirs.frame,
    }
    keys = pl.concat([frame.select("key") for frame in frames.values()]).unique().sort("key")
    for side, frame in frames.items():
        named = frame.select("key", *(pl.col(name).alias(f"{name}_{side}") for name in frame.columns if name != "key"))
        keys = keys.join(named.with_columns(pl.lit(value=True).alias(f"there_{side}")), on="key", how="left")
    return keys.with_columns(pl.col(f"there_{side}").fill_null(value=False) for side in _SIDES)


def _differs(one: str, other: str) -> pl.Expr:
    parts = (pl.col(f"{name}_{one}").ne_missing(pl.col(f"{name}_{other}")) for name in ("there", *_FACTS))
    return pl.any_horizontal(*parts)


def _conflicts(rows: pl.DataFrame) -> tuple[Conflict, ...]:
    def words(side: str) -> pl.Expr:
        said = pl.col(f"labels_{side}").list.join(", ")
        return pl.when(f"there_{side}").then(said).otherwise(pl.lit(GONE)).alias(side)

    return tuple(Conflict(*row) for row in rows.select("key", words("ours"), words("theirs")).iter_rows())


def _taken(rows: pl.DataFrame, ours: Manifest) -> Manifest:
    """What holds of each picture: all of it from one side, or where both have it each fact from who changed it."""
    theirs = pl.col("side") == "theirs"
    merged = ~pl.col("torn") & pl.col("there_ours") & pl.col("there_theirs")
    said = pl.col("annotations_ours").eq_missing(pl.col("annotations_base"))

    def fact(name: str) -> pl.Expr:
        from_base = said if name == "labels" else pl.col(f"{name}_ours").eq_missing(pl.col(f"{name}_base"))
        takes = pl.when(merged).then(pl.col("there_base") & from_base).otherwise(theirs)
        chosen = pl.when(takes).then(pl.col(f"{name}_theirs")).otherwise(pl.col(f"{name}_ours"))
        # Whoever is right about the labels of a picture that both have, it does not move for that.
        stays = pl.col("torn") & pl.col("there_ours") & pl.col("there_theirs")
        if name in ("split", "weight", "group"):
            chosen = pl.when(stays).then(pl.col(f"{name}_ours")).otherwise(chosen)
        return chosen.alias(name)

    there = pl.when(theirs).then("there_theirs").otherwise(pl.col("there_ours"))
    frame = rows.filter(there).select("key", *(fact(name) for name in SCHEMA if name != "key")).select(list(SCHEMA))
    if frame.is_empty():
        raise Error("dataset_invalid", "Nothing is left: each of the two removed what the other one kept.")
    return Manifest(frame.cast(SCHEMA).sort("key"), ours.root)
