"""Some examples of a dataset that stand for all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from darkroom.datasets.manifest import Manifest
from darkroom.errors import Error


def some(manifest: Manifest, most: Mapping[str, int]) -> Manifest:
    """So many examples of each split, and at least one of each class where the split has it.

    The order is that of content hashes, so that it is the same every time and has nothing to do with the classes.
    """
    frame = manifest.frame.with_row_index("place")
    kept = []
    for split, count in most.items():
        part = frame.filter(pl.col("split") == split)
        # What is to become something comes before what is that already.
        part = part.sort(pl.col("annotations").str.contains('"target":"'), descending=True, maintain_order=True)
        firsts = (
            part.explode("labels").filter(pl.col("labels").is_not_null()).group_by("labels").agg(pl.col("place").min())
        )
        kept += [*part["place"].head(count).to_list(), *firsts["place"].to_list()]
    chosen = frame.filter(pl.col("place").is_in(sorted(set(kept)))).drop("place")
    aims = chosen["annotations"].str.extract(r'"target":"([0-9a-f]{64})"').drop_nulls()
    # What a picture is to become comes along.
    with_aims = frame.filter(pl.col("key").is_in(pl.concat([aims, chosen["key"]]).implode())).drop("place")
    return Manifest(with_aims, manifest.root)


def few(manifest: Manifest, split: str, count: int) -> Manifest:
    """So many examples of a split, one of each class in turn; of pairs, what they are to become comes on top.

    Raises:
        Error: `dataset_invalid`, there is none.
    """
    part = manifest.frame.filter(pl.col("split") == split)
    if part.is_empty():
        raise Error("dataset_invalid", f"No example is in the split {split}.")
    aims = pl.col("annotations").str.extract(r'"target":"([0-9a-f]{64})"')
    begin = part.filter(aims.is_not_null())
    turns = (begin if len(begin) else part).with_columns(kind=pl.col("labels").list.first())
    turns = turns.with_columns(turn=pl.col("key").cum_count().over("kind")).sort("turn", "key").head(count)
    keys = pl.concat([turns["key"], turns.select(aims.alias("aim"))["aim"].drop_nulls()])
    return Manifest(part.filter(pl.col("key").is_in(keys.implode())), manifest.root)


def targets(manifest: Manifest, keys: Sequence[str]) -> dict[str, str]:
    """What some pictures are to become, by key, as far as that is said."""
    aim = pl.col("annotations").str.extract(r'"target":"([0-9a-f]{64})"').alias("aim")
    found = manifest.frame.filter(pl.col("key").is_in(list(keys))).select("key", aim).drop_nulls()
    return {str(key): str(aim) for key, aim in found.iter_rows()}
