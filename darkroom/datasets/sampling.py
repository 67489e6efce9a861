"""Some examples of a dataset that stand for all of it."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from darkroom.datasets.manifest import Manifest


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
