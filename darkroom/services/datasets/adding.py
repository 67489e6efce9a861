"""Pictures that join those of the newest version of a dataset: what comes of it, and what would."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from darkroom.domain.access import Principal
from darkroom.domain.dataset import Example
from darkroom.services.datasets.views import NewVersion, VersionPreview
from darkroom.services.datasets.wanted import WantedExamples

if TYPE_CHECKING:
    from darkroom.datasets.manifest import Manifest

_LOOKED_AT = 20_000
"""Pictures up to which a preview looks at each of them."""


def joined(before: Manifest, examples: Sequence[Example]) -> Manifest:
    """What a version holds, with more examples: what they say counts, where they say something.

    Splits, weights and groups of those that it holds stay.
    """
    import polars as pl

    from darkroom.datasets.manifest import SCHEMA, Manifest

    if not examples:
        return before
    old, added = before.frame, Manifest.of(examples, Path()).frame
    kept = old.select(
        "key", pl.col("split").alias("place"), pl.col("weight").alias("worth"), pl.col("group").alias("own")
    )
    # Nothing said of a picture that is known leaves it as it is.
    bare = added.filter(pl.col("labels").list.len() == 0).join(old, on="key", how="semi")
    said = (
        added.join(bare, on="key", how="anti")
        .join(kept, on="key", how="left")
        .with_columns(
            split=pl.coalesce("split", "place"),
            weight=pl.coalesce("worth", "weight"),
            group=pl.coalesce("own", "group"),
        )
        .select(list(SCHEMA))
    )
    frame = pl.concat([old.join(said, on="key", how="anti"), said])
    return Manifest(frame.sort("key"), before.root)


def looked_at(
    wanted: WantedExamples, principal: Principal, given: NewVersion, newest: str | None, before: Manifest | None
) -> VersionPreview:
    """What a version would be.

    Args:
        wanted: reads the pictures.
        principal: who asks.
        given: which pictures, and what is said about them.
        newest: the newest version.
        before: what it holds.

    Raises:
        Error: `not_found` or `forbidden` for a picture that is named and may not be used.
    """
    there = set(before.frame["key"]) if before is not None else set()
    count = wanted.count(principal, given)
    if count > _LOOKED_AT:
        known = sum(one in there for piece in wanted.images(principal, given) for one in piece) if there else 0
        return VersionPreview(
            version=newest, pictures=count, new=count - known, known=known, skipped=None, changed=None, classes=None,
            total=None,
        )  # fmt: skip
    examples, skipped = wanted.all(principal, given)
    known = len(there & {one.key for one in examples})
    classes = Counter(label for one in examples for label in {said.label for said in one.annotations})
    after = joined(before, examples) if before is not None and given.add else None
    changed = _changed(before, examples) if before is not None else 0
    return VersionPreview(
        version=newest, pictures=len(examples) + skipped, new=len(examples) - known, known=known, skipped=skipped,
        changed=changed, classes=dict(classes.most_common()), total=len(examples) if after is None else len(after),
    )  # fmt: skip


def _changed(before: Manifest, examples: Sequence[Example]) -> int:
    """Of how many pictures that a version holds something else is said."""
    from darkroom.domain.annotation import ANNOTATIONS

    now = {one.key: ANNOTATIONS.dump_json(one.annotations).decode() for one in examples if one.annotations}
    then = before.frame.select("key", "annotations").iter_rows()
    return sum(key in now and now[key] != said for key, said in then)
