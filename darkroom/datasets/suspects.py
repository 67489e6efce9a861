"""Labels that are probably wrong: where a model that never saw a picture is sure of another class.

Confident learning (Northcutt, Jiang and Chuang: Confident Learning: Estimating Uncertainty in Dataset Labels, 2021): a class counts as what a
picture shows when its probability is at least what pictures of that class have on average. Probabilities must be out of fold: of models
that learnt from other pictures.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from darkroom.datasets.manifest import Manifest
from darkroom.errors import Error

FOLDS = 5
"""Parts that examples are divided into: the model of each learns from all the others."""
SCHEMA = pl.Schema(
    {
        "key": pl.String(),
        "said": pl.String(),
        "guess": pl.String(),
        "confidence": pl.Float64(),
        "own": pl.Float64(),
        "suspect": pl.Boolean(),
    }
)
"""What is found of each example: what is said, what the models say and how sure they are of both; `suspect`, the label is probably wrong."""


@dataclass(frozen=True)
class Verdict:
    """What out-of-fold probabilities say of labels; one entry for each example.

    Args:
        thresholds: of each class, the mean probability of pictures that are said to show it.
        guess: place of the class that is the likeliest.
        own: probability of what is said (self confidence).
        suspect: whether another class than the one said is confidently there.
    """

    thresholds: NDArray[np.float64]
    guess: NDArray[np.intp]
    own: NDArray[np.float64]
    suspect: NDArray[np.bool_]


def judge(said: NDArray[np.intp], probabilities: NDArray[np.floating]) -> Verdict:
    """Compare labels with what models say that never saw them.

    Args:
        said: place of the class of each example.
        probabilities: of each class, a row for each example.
    """
    rows = np.arange(len(said))
    own = probabilities[rows, said].astype(np.float64)
    counts = np.bincount(said, minlength=probabilities.shape[1])
    sums = np.bincount(said, weights=own, minlength=probabilities.shape[1])
    # A class that nobody says can't be what a picture is confidently of.
    thresholds = np.where(counts > 0, sums / np.maximum(counts, 1), np.inf)
    confident = np.where(probabilities >= thresholds, probabilities, -1.0)
    shown = confident.argmax(1)
    suspect = (confident[rows, shown] >= 0) & (shown != said)
    likeliest = probabilities.argmax(1)
    return Verdict(thresholds, np.where(suspect, shown, likeliest), own, suspect)


def one_each(
    keys: Sequence[str], said: Sequence[int], labels: Sequence[str], probabilities: NDArray[np.floating]
) -> pl.DataFrame:
    """Findings on examples of one class each, columns as in `SCHEMA`, the most suspicious first."""
    found = judge(np.asarray(said, dtype=np.intp), probabilities)
    sure = probabilities[np.arange(len(said)), found.guess]
    names = np.asarray(labels, dtype=object)
    return _frame(keys, names[list(said)], names[found.guess], sure, found.own, found.suspect)


def several_each(
    keys: Sequence[str], said: NDArray[np.bool_], labels: Sequence[str], probabilities: NDArray[np.floating]
) -> pl.DataFrame:
    """Findings on examples of any number of classes: each class is there or not, and of every example the worst of its classes is told.

    A class that is missing has nothing in `said`, one that is too much nothing in `guess`.
    """
    parts = []
    for place, label in enumerate(labels):
        there = said[:, place]
        of_two = np.stack([1 - probabilities[:, place], probabilities[:, place]], 1)
        found = judge(there.astype(np.intp), of_two)
        names = np.asarray(["", label], dtype=object)
        sure = of_two[np.arange(len(keys)), found.guess]
        parts.append(_frame(keys, names[there.astype(int)], names[found.guess], sure, found.own, found.suspect))
    whole = _sorted(pl.concat(parts))
    return whole.unique("key", keep="first", maintain_order=True)


def folds(manifest: Manifest, count: int = FOLDS) -> NDArray[np.intp]:
    """The fold of each example: groups are kept whole, each class is spread evenly, and the order of the input does not matter."""
    members: dict[str, list[int]] = defaultdict(list)
    first: list[str] = []
    for at, (key, group, labels) in enumerate(manifest.frame.select("key", "group", "labels").iter_rows()):
        members[f"k{key}" if group is None else f"g{group}"].append(at)
        first.append(labels[0] if labels else "")
    have: dict[str, Counter[int]] = defaultdict(Counter)
    sizes: Counter[int] = Counter()
    found = np.zeros(len(manifest), dtype=np.intp)
    for name in sorted(members, key=lambda one: (-len(members[one]), hashlib.sha256(one.encode()).digest())):
        wanted = Counter(first[at] for at in members[name])
        fold = min(
            range(count),
            key=lambda one: (sum(have[label][one] * many for label, many in wanted.items()), sizes[one], one),
        )
        for at in members[name]:
            found[at] = fold
            have[first[at]][fold] += 1
        sizes[fold] += len(members[name])
    return found


def is_several(manifest: Manifest) -> bool:
    """Whether examples have several classes each.

    Raises:
        Error: `dataset_invalid`, it says nothing that this can be told of: boxes, pairs, fewer than two classes.
    """
    frame = manifest.frame
    kinds = frame["annotations"].str.extract_all(r'"kind":"[a-z]+"').explode().drop_nulls().unique()
    others = sorted({one.split('"')[3] for one in kinds} - {"classification"})
    if others:
        remedy = "Look through the mistakes of a report instead: Annotate shows them one by one."
        raise Error(
            "dataset_invalid",
            f"Suspects are found among classes of whole pictures, and this says {others[0]}.",
            remedy=remedy,
        )
    if len(manifest.labels) < 2:
        raise Error("dataset_invalid", f"There must be two classes at least, not {len(manifest.labels)}.")
    return bool((frame["labels"].list.len() > 1).any())


def labelled(manifest: Manifest) -> Manifest:
    """The examples of which something is said."""
    return Manifest(manifest.frame.filter(pl.col("labels").list.len() > 0), manifest.root)


def telling(findings: pl.DataFrame) -> pl.DataFrame:
    """The findings; without suspects where the models know no more than which class is the commonest."""
    if findings.is_empty():
        return findings
    most = int(findings["said"].value_counts()["count"].max() or 0) / findings.height  # type: ignore[arg-type]
    agreed = int((findings["said"] == findings["guess"]).sum()) / findings.height
    by_chance = most + (most * (1 - most) / findings.height) ** 0.5
    return findings if agreed > by_chance else findings.with_columns(suspect=pl.lit(value=False))


def still(findings: pl.DataFrame, manifest: Manifest, settled: Iterable[str]) -> pl.DataFrame:
    """Those findings that hold for a later version too: the picture is there, the same is said of it, and nobody has looked at it."""
    now = manifest.frame.select("key", pl.col("labels").list.join("\x1f").alias("now"))
    kept = findings.join(now, on="key", how="inner", maintain_order="left")
    # Of several classes, the one that was said must be there, and the one that was missing must not be there.
    held = pl.col("now").str.split("\x1f")
    same = (
        pl.when(pl.col("said") != "")
        .then(held.list.contains(pl.col("said")))
        .otherwise(~held.list.contains(pl.col("guess")))
    )
    return kept.filter(same & ~pl.col("key").is_in(list(settled))).drop("now")


def _frame(*columns: Iterable[object]) -> pl.DataFrame:
    rows = [list(one) for one in columns]
    return _sorted(pl.DataFrame(dict(zip(SCHEMA, rows, strict=True)), schema=SCHEMA))


def _sorted(frame: pl.DataFrame) -> pl.DataFrame:
    """Suspects first, those of the least self confidence before the others; keys decide where it is equal."""
    return frame.sort("suspect", "own", "key", descending=[True, False, False])
