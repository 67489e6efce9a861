"""What is in a dataset version, and what differs between two of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from darkroom.datasets.manifest import Manifest
from darkroom.domain.dataset import SPLITS
from darkroom.domain.marks import Mark, marks_of

NAMED = 200
"""Most pictures of a kind that a comparison names."""
_SAMPLES = 12


def class_counts(manifest: Manifest) -> list[dict[str, Any]]:
    """How often each class occurs in each split, and some of its pictures, by class."""
    rows = manifest.frame.select("key", "labels", "split").explode("labels").drop_nulls()
    counted = rows.group_by("labels", "split").len()
    # Keys are hashes: the first ones in their order are as good as drawn, and the same ones next time.
    drawn = rows.group_by("labels").agg(pl.col("key").sort().head(_SAMPLES))
    samples: dict[str, list[str]] = dict(zip(drawn["labels"], drawn["key"].to_list(), strict=True))
    found: dict[str, dict[str, Any]] = {}
    for label, split, count in counted.sort("labels").iter_rows():
        start: dict[str, Any] = {"label": label, **dict.fromkeys(map(str, SPLITS), 0), "samples": samples[label]}
        found.setdefault(label, start)[split] = count
    return list(found.values())


def drawn_in(manifest: Manifest, keys: Sequence[str]) -> dict[str, tuple[Mark, ...]]:
    """Boxes and outlines of these pictures, by picture; none of those that have neither."""
    rows = manifest.frame.filter(
        pl.col("key").is_in(list(keys)) & pl.col("annotations").str.contains('"kind":"(detection|segmentation)"')
    )
    return {one.key: marks_of(one.annotations) for one in Manifest(rows, manifest.root).examples()}


def label_counts(manifest: Manifest, labels: Sequence[str]) -> tuple[int, ...]:
    """Examples of each of these classes, in their order."""
    counted = manifest.frame["labels"].explode().drop_nulls().value_counts()
    found: dict[str, int] = dict(zip(counted["labels"], counted["count"], strict=True))
    return tuple(found.get(label, 0) for label in labels)


def compare(before: Manifest, after: Manifest) -> dict[str, Any]:
    """Counts, and some pictures, of what came, went, was labelled anew and moved to another split."""
    columns = ["key", "annotations", "split", pl.col("labels").list.join(", ").alias("said")]
    old, new = before.frame.select(columns), after.frame.select(columns)
    added = new.join(old, on="key", how="anti")["key"]
    removed = old.join(new, on="key", how="anti")["key"]
    both = old.join(new, on="key", suffix="_new", maintain_order="left")
    relabelled = both.filter(pl.col("annotations") != pl.col("annotations_new"))
    moved = both.filter(pl.col("split").ne_missing(pl.col("split_new")))
    same = both.filter(
        (pl.col("annotations") == pl.col("annotations_new")) & pl.col("split").eq_missing(pl.col("split_new"))
    )
    return {
        "same": same.height,
        "added": len(added),
        "removed": len(removed),
        "relabelled": relabelled.height,
        "moved": moved.height,
        "added_images": added.head(NAMED).to_list(),
        "removed_images": removed.head(NAMED).to_list(),
        "relabelled_images": _changed(relabelled, "said"),
        "moved_images": _changed(moved, "split"),
    }


def _changed(rows: pl.DataFrame, column: str) -> list[dict[str, str]]:
    named = rows.head(NAMED).select("key", pl.col(column).fill_null(""), pl.col(f"{column}_new").fill_null(""))
    return [{"key": key, "before": before, "after": after} for key, before, after in named.iter_rows()]
