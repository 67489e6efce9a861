"""Figures of the pictures of a dataset version, and the issues that follow from them."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from darkroom.datasets.alike import near_groups
from darkroom.datasets.bursts import bursts
from darkroom.datasets.manifest import Manifest
from darkroom.datasets.outliers import FAR, outliers
from darkroom.domain.dataset_quality import LeakCause, QualityLeak

SCHEMA = pl.Schema(
    {
        "key": pl.String(),
        "width": pl.Int32(),
        "height": pl.Int32(),
        "score": pl.Float32(),
        "sharpness": pl.Float32(),
        "brightness": pl.Float32(),
        "contrast": pl.Float32(),
        "entropy": pl.Float32(),
        "colourfulness": pl.Float32(),
        "problems": pl.List(pl.String()),
        "phash": pl.UInt64(),
        "look": pl.Binary(),
        "camera": pl.String(),
        "taken_at": pl.Datetime("ms", "UTC"),
    }
)
"""What is known of a picture by its content hash alone: it never changes. `look` lacks where there is no thumbnail."""

CAUSES: dict[str, LeakCause] = {"group": "group", "near": "near_duplicate", "burst": "burst"}
"""Columns of groups that must not part -> what their pictures have in common."""
PROBLEMS = ("damaged", "blurred", "dark", "overexposed", "low_information", "low_contrast")
"""What the library finds of each picture as it comes in."""
ODD_ASPECT = 2.5
"""Long side by short side from which a picture may be odd; it must be twice that of half of the others, too."""
ODD_SIZE = 4.0
"""A picture is odd whose sides are so many times longer or shorter than those of half of the others."""
SMALLEST = 32
"""Pixels of a side below which a picture is odd whatever the others are."""


Embedded = tuple[list[str], NDArray[np.float32]]
"""Pictures that a model has embedded, and a row of length 1 for each."""


def judged(figures: pl.DataFrame, manifest: Manifest, embedded: Embedded | None = None) -> pl.DataFrame:
    """The figures with what is wrong with each picture, beside the others of the version.

    Adds `near` and `burst`, which near duplicates and the pictures of a burst share, `apart`, how far it is from its class (`outliers`), and `issues`.

    Args:
        figures: columns as in `SCHEMA`, a row for each picture that is known.
        manifest: the examples; `figures` holds no other picture.
        embedded: by what pictures are compared with their class; those that it lacks are compared by their looks.
    """
    frame = figures.sort("key")
    frame = frame.with_columns(_near(frame), _burst(frame), _apart(frame, manifest, embedded))
    frame = frame.with_columns(_repeats(frame))
    sides = (pl.col("width").cast(pl.Float64) * pl.col("height")).sqrt()
    aspect = pl.max_horizontal("width", "height") / pl.min_horizontal("width", "height")
    size = sides / sides.median()
    conditions = {
        "exact_duplicate": pl.col("repeats") & pl.col("exact"),
        "near_duplicate": pl.col("repeats") & ~pl.col("exact"),
        **{name: pl.col("problems").list.contains(name) for name in PROBLEMS},
        "odd_aspect": (aspect > ODD_ASPECT) & (aspect > 2 * aspect.median()),
        "odd_size": (size > ODD_SIZE) | (size < 1 / ODD_SIZE) | (pl.min_horizontal("width", "height") < SMALLEST),
        "outlier": pl.col("apart") > FAR,
    }
    named = [pl.when(holds).then(pl.lit(name)) for name, holds in conditions.items()]
    issues = pl.concat_list(named).list.drop_nulls().alias("issues")
    return frame.with_columns(issues).drop("repeats", "exact")


def _near(frame: pl.DataFrame) -> pl.Series:
    """Pictures without content have hashes that are all alike: they are no duplicates for that."""
    telling = (~frame["problems"].list.contains("low_information")).to_numpy()
    found = np.full(frame.height, -1, dtype=np.int64)
    places = np.flatnonzero(telling)
    groups = near_groups(frame["phash"].to_numpy()[places])
    found[places] = np.where(groups >= 0, places[groups], -1)
    return pl.Series("near", found).replace(-1, None)


def _burst(frame: pl.DataFrame) -> pl.Series:
    found = bursts(frame.select("key", "camera", "taken_at").iter_rows())
    return pl.Series("burst", [found.get(key) for key in frame["key"]], pl.String())


def _repeats(frame: pl.DataFrame) -> list[pl.Expr]:
    """Whether a picture repeats a better one of its group, and whether one like it to the last is among those before it."""
    best = frame.with_row_index("at").sort(
        "score", pl.col("width").cast(pl.Int64) * pl.col("height"), "key", descending=[True, True, False]
    )
    same = ["near", "phash", "look", "width", "height"]
    ranked = best.select(
        "at",
        repeats=pl.col("near").is_not_null() & (pl.col("key").cum_count().over("near") > 1),
        exact=pl.col("near").is_not_null() & (pl.col("key").cum_count().over(same) > 1) & pl.col("look").is_not_null(),
    ).sort("at")
    return [pl.lit(ranked["repeats"]).alias("repeats"), pl.lit(ranked["exact"]).alias("exact")]


def _apart(frame: pl.DataFrame, manifest: Manifest, embedded: Embedded | None) -> pl.Series:
    said = manifest.frame.select("key", shown=pl.col("labels").list.join("\x1f"))
    known = frame.select("key", "look").with_row_index("at").join(said, on="key", how="left", maintain_order="left")
    known = known.filter(pl.col("look").is_not_null())
    found = np.full(frame.height, np.nan, dtype=np.float32)
    if known.height:
        found[known["at"].to_numpy()] = outliers(known["shown"].fill_null(""), looks_of(known["look"]))
    if embedded is not None:
        keys = pl.DataFrame({"key": embedded[0]}).with_row_index("row")
        there = (
            frame.select("key").with_row_index("at").join(keys, on="key").join(said, on="key", how="left").sort("at")
        )
        rows = embedded[1][there["row"].to_numpy()]
        found[there["at"].to_numpy()] = outliers(there["shown"].fill_null(""), rows)
    return pl.Series("apart", found).fill_nan(None)


def looks_of(column: pl.Series) -> NDArray[np.uint8]:
    """Looks as a row of numbers each."""
    joined = b"".join(column.to_list())
    return np.frombuffer(joined, np.uint8).reshape(len(column), -1)


def with_labels(found: pl.DataFrame, manifest: Manifest, suspects: list[str]) -> pl.DataFrame:
    """Every example with all that is wrong with it: `key`, `issues`, and of each of `CAUSES` its group and whether that leaks.

    Args:
        found: as of `judged`, the columns `key`, `near`, `burst` and `issues`; pictures that it lacks have no issues of their own.
        manifest: the examples.
        suspects: pictures whose label is probably wrong.
    """
    places = manifest.frame.select("key", "split", "group", silent=pl.col("labels").list.len() == 0)
    whole = places.join(found.select("key", "near", "burst", "issues"), on="key", how="left", maintain_order="left")
    whole = whole.with_columns(_parted(name).alias(f"{name}_leaks") for name in CAUSES)
    leak = pl.any_horizontal(f"{name}_leaks" for name in CAUSES)
    more = {"suspect": pl.col("key").is_in(suspects), "leak": leak, "unlabelled": pl.col("silent")}
    added = pl.concat_list([pl.when(holds).then(pl.lit(name)) for name, holds in more.items()]).list.drop_nulls()
    own = pl.col("issues").fill_null(pl.lit([], dtype=pl.List(pl.String())))
    return whole.select("key", *CAUSES, *(f"{name}_leaks" for name in CAUSES), issues=pl.concat_list([own, added]))


def leaks_by_cause(whole: pl.DataFrame, most: int) -> list[QualityLeak]:
    """What lies in several splits, by what its pictures have in common; what was told of one cause is told of the others too.

    Args:
        whole: as of `with_labels`.
        most: pictures that are named of each.
    """
    found = []
    for name, cause in CAUSES.items():
        rows = whole.filter(pl.col(f"{name}_leaks"))
        if rows.height:
            named = rows.sort(name, "key")["key"].head(most).to_list()
            found.append(
                QualityLeak(cause=cause, groups=rows[name].n_unique(), pictures=rows.height, samples=tuple(named))
            )
    return found


def _parted(name: str) -> pl.Expr:
    return pl.col(name).is_not_null() & (pl.col("split").n_unique().over(name) > 1)
