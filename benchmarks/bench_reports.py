"""A report over a million predictions: its figures, curves, weakest parts and a comparison of two models, from Parquet.

    python -m benchmarks.bench_reports --pictures 1000000

What the page of a report and of a comparison ask, by the code that answers them. The peer is the same figures by DuckDB in SQL, and
accuracy with the confusion by plain Python over the rows.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from benchmarks.report import milliseconds, percentile, save, table
from darkroom.datasets.beside import apart, disputed, joined, parts
from darkroom.datasets.slices import every, weakest
from darkroom.services.training.point_views import PointRegion
from darkroom.services.training.points import class_curves, curve, density, drawn, within

CLASSES, TURNS = 10, 5


def predictions(count: int, seed: int, truth_seed: int = 7) -> pl.DataFrame:
    """What a model said of pictures, with what is known of them."""
    draw, same = np.random.default_rng(seed), np.random.default_rng(truth_seed)
    truth = same.integers(0, CLASSES, count)
    sure = draw.beta(5, 1.4, count)
    hit = draw.random(count) < sure
    called = np.where(hit, truth, (truth + 1 + draw.integers(0, CLASSES - 1, count)) % CLASSES)
    labels = pl.Series([f"class {number}" for number in range(CLASSES)])
    cameras = pl.Series([f"Camera {number}" for number in range(12)])
    return pl.DataFrame({
        "key": [f"{number:064x}" for number in range(count)], "label": labels.gather(truth), "predicted": labels.gather(called),
        "right": np.where(called == truth, sure, (1 - sure) / 2), "hit": called == truth, "sure": sure,
        "camera": cameras.gather(same.integers(0, 12, count)), "brightness": same.random(count), "megapixels": same.gamma(4, 3, count),
    })  # fmt: skip


def figures(path: Path) -> pl.DataFrame:
    """Counts of the confusion, of which accuracy and each class's precision, recall and F1 follow."""
    return pl.read_parquet(path, columns=["label", "predicted"]).group_by("label", "predicted").len()


def in_sql(path: Path) -> int:
    """The same by DuckDB."""
    asked = "SELECT label, predicted, count(*) FROM read_parquet(?) GROUP BY ALL"
    return len(duckdb.execute(asked, [str(path)]).fetchall())


def in_python(path: Path) -> int:
    """The same by plain Python."""
    rows = pl.read_parquet(path, columns=["label", "predicted"]).iter_rows()
    return len(Counter(rows))


def compared(tables: Sequence[Path]) -> int:
    """Where two models disagree, the widest apart first, as `ExperimentService.compare` finds it."""
    columns = ["key", "label", "predicted", "right", "hit"]
    pairs = joined([pl.read_parquet(one, columns=columns) for one in tables])
    return len(pairs.group_by("hit_0", "hit_1").len()) + len(apart(pairs, 60))


def put_beside(tables: Sequence[Path]) -> int:
    """Two models part by part, as `side_by_side` finds it."""
    told = joined([pl.read_parquet(one) for one in tables])
    return len(list(parts(told))) + len(disputed(told, 60))


def looked_at(path: Path) -> int:
    """Where all pictures lie in half of a drawing, and those drawn one by one, as `ResultService.points` finds them."""
    region = PointRegion(by="brightness", low=0.25, high=0.75)
    meant = within(pl.read_parquet(path), region)
    return len(drawn(meant)) + len(curve(meant)) + (density(meant, region) is not None)


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=1_000_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        one, other = Path(folder) / "one.parquet", Path(folder) / "other.parquet"
        predictions(asked.pictures, 1).write_parquet(one)
        predictions(asked.pictures, 2).write_parquet(other)
        ways = {
            "figures, polars": lambda: figures(one),
            "figures, DuckDB": lambda: in_sql(one),
            "figures, plain Python": lambda: in_python(one),
            "dots and curve of the page": lambda: (drawn(found := pl.read_parquet(one)), curve(found)),
            "a part of the drawing": lambda: looked_at(one),
            "precision against recall": lambda: class_curves(
                pl.read_parquet(one, columns=["label", "predicted", "hit", "sure"])
            ),
            "weakest parts (once, when judged)": lambda: weakest(every(pl.read_parquet(one))),
            "comparison of two models": lambda: compared((one, other)),
            "two models part by part": lambda: put_beside((one, other)),
        }
        times: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(TURNS):
            for name, way in ways.items():
                times[name] += milliseconds(way, 1)
    rows = [[name, percentile(found, 0.5), max(found)] for name, found in times.items()]
    table(f"{asked.pictures:,} predictions, ms", ["what", "p50", "worst"], rows)
    save("reports", {name: {"p50": percentile(found, 0.5), "worst": max(found)} for name, found in times.items()})


if __name__ == "__main__":
    main()
