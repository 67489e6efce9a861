"""Versions of datasets at ten thousand, a hundred thousand and a million rows: made, divided, compared.

python -m benchmarks.bench_datasets              # all three sizes
python -m benchmarks.bench_datasets --quick      # ten thousand

No picture is read or copied: a version is a manifest. Beside each stands the least that could do something like it: writing and
hashing the same Parquet, a shuffle that knows neither groups nor classes, and two dictionaries compared in Python. The ways take turns.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from statistics import median

import polars as pl

from benchmarks.report import milliseconds, save, table
from darkroom.datasets.compare import compare
from darkroom.datasets.manifest import SCHEMA, Manifest
from darkroom.datasets.splits import split

SIZES = (10_000, 100_000, 1_000_000)
CLASSES = 20
GROUP = 4
TURNS = 3


def manifest(rows: int, *, seed: int = 0) -> Manifest:
    """Rows of twenty classes; every fourth is of a group of near duplicates. Another seed labels one in a hundred otherwise."""
    chance = random.Random(seed)
    keys = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(rows)]
    labels = [
        f"class {number % CLASSES if chance.random() > 0.01 or not seed else CLASSES - 1}" for number in range(rows)
    ]
    said = [
        json.dumps([{"label": label, "confidence": None, "source": "import", "kind": "classification"}])
        for label in labels
    ]
    frame = pl.DataFrame({
        "key": keys, "path": [f"{number}.jpg" for number in range(rows)], "labels": [[label] for label in labels],
        "annotations": said, "split": [None] * rows, "weight": [1.0] * rows,
        "group": [f"g{number // GROUP}" if number % 16 < GROUP else None for number in range(rows)],
    }, schema=SCHEMA)  # fmt: skip
    return Manifest(frame.sort("key"), Path("/"))


def commit(found: Manifest) -> str:
    """What making a version costs beside the database: its content hash, its counts, its file."""
    held = BytesIO()
    found.frame.write_parquet(held)
    return found.version().hash + hashlib.sha256(held.getvalue()).hexdigest()


def plain_commit(found: Manifest) -> str:
    """The file and its hash alone."""
    held = BytesIO()
    found.frame.write_parquet(held)
    return hashlib.sha256(held.getvalue()).hexdigest()


def plain_split(found: Manifest) -> list[str]:
    """A shuffle, cut in three."""
    order = list(range(len(found)))
    random.Random(0).shuffle(order)
    places = [""] * len(found)
    for rank, at in enumerate(order):
        share = rank / len(found)
        places[at] = "train" if share < 0.7 else "validation" if share < 0.85 else "test"
    return places


def plain_compare(old: Manifest, new: Manifest) -> int:
    """Two dictionaries."""
    before, after = (dict(one.frame.select("key", "annotations").iter_rows()) for one in (old, new))
    return sum(before.get(key) != said for key, said in after.items()) + sum(key not in after for key in before)


def measured(rows: int) -> dict[str, float]:
    """Median milliseconds of each."""
    whole = manifest(rows)
    divided, other = split(whole), split(manifest(rows, seed=1))
    ways: dict[str, Callable[[], object]] = {
        "commit": lambda: commit(divided), "parquet and sha256": lambda: plain_commit(divided),
        "split": lambda: split(whole), "shuffle": lambda: plain_split(whole),
        "diff": lambda: compare(divided, other), "dictionaries": lambda: plain_compare(divided, other),
    }  # fmt: skip
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(TURNS):
        for name, way in ways.items():
            found[name] += milliseconds(way, 1)
    return {name: median(times) for name, times in found.items()}


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="ten thousand rows alone")
    parser.add_argument("--rows", type=int, action="append", help="so many rows; again for more")
    asked = parser.parse_args()
    figures = {rows: measured(rows) for rows in asked.rows or (SIZES[:1] if asked.quick else SIZES)}
    names = list(next(iter(figures.values())))
    table(
        "Versions of datasets, ms",
        ["way", *(f"{rows:,} rows" for rows in figures)],
        [[name, *(one[name] for one in figures.values())] for name in names],
    )
    with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as folder:
        path = Path(folder) / "manifest.parquet"
        sizes = {}
        for rows in figures:
            manifest(rows).write(path)
            sizes[rows] = path.stat().st_size
    print(f"\nBytes of a manifest: {', '.join(f'{rows:,} rows {size / 1e6:,.1f} MB' for rows, size in sizes.items())}")
    save(
        "datasets",
        {
            "milliseconds": {str(rows): one for rows, one in figures.items()},
            "bytes": {str(rows): size for rows, size in sizes.items()},
        },
    )


if __name__ == "__main__":
    main()
