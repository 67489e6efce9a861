"""The table of the newest 200 trainings among 2,000, each with as long a story as trainings have; beside the same with whole documents.

    python -m benchmarks.bench_experiments

What the page of experiments asks: their options, scores with intervals, and which options differ. The peer reads the same documents
with their curves and validations, as they are stored.
"""

from __future__ import annotations

import argparse
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.bench_gallery import library
from benchmarks.report import milliseconds, percentile, save, table
from darkroom.domain.access import LOCAL_OWNER
from darkroom.domain.training import CurvePoint, Metric, StoredFile, StoredReport, TrainingRun
from darkroom.services.datasets.reach import VersionReach
from darkroom.services.training.experiments import ExperimentService
from darkroom.services.training.results import ResultService
from darkroom.store import Stores
from training.config import TrainConfig

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
POINTS, VALIDATIONS, TURNS = 240, 240, 20


def fill(stores: Stores, count: int) -> None:
    """Trainings that are over, and their reports."""
    for number in range(count):
        config = TrainConfig(seed=number % 5, learning_rate=0.01 + number % 7 / 100).model_dump(mode="json")
        created = BEGIN + timedelta(minutes=10 * number)
        about: dict[str, Any] = {"dataset": "shapes@1", "created_at": created}
        report = StoredReport(
            id=f"report-{number}", checkpoint=f"checkpoint-{number}", training=f"training-{number}", split="test", count=200,
            metrics=tuple(Metric(name=name, value=0.9, low=0.86, high=0.93) for name in ("accuracy", "macro_f1", "log_loss")),
            details=StoredFile(name="report.json", key=f"{number:064x}", bytes=4000), **about,
        )  # fmt: skip
        run = TrainingRun(
            id=f"training-{number}", principal=LOCAL_OWNER.id, owner=LOCAL_OWNER.account, waits_since=created, dataset_hash="0" * 64, model_line="shapes", task="classification",
            config=config, state="done", started_at=created, finished_at=created + timedelta(minutes=8), report=report.id,
            history=tuple({"step": at * 10.0, "accuracy": 0.9, "macro_f1": 0.9, "log_loss": 0.4} for at in range(VALIDATIONS)),
            curve=tuple(CurvePoint(step=at * 10, loss=1 / (1 + at), rate=0.01) for at in range(POINTS)), **about,
        )  # fmt: skip
        stores.reports.insert(report)
        stores.trainings.insert(run)


def whole(stores: Stores) -> list[TrainingRun]:
    """The same trainings with everything that is kept of them."""
    found = stores.database.collection("training_runs").find().sort([("created_at", -1), ("_id", -1)]).limit(200)
    return [stores.trainings._decode(one) for one in found]


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trainings", type=int, default=2000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as folder, library(Path(folder)) as stores:
        fill(stores, asked.trainings)
        service = ExperimentService(ResultService(stores, VersionReach(stores)))
        assert len(service.list(LOCAL_OWNER).items) == min(200, asked.trainings)
        ways = {"the table": lambda: service.list(LOCAL_OWNER), "whole documents": lambda: whole(stores)}
        times: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(TURNS):
            for name, way in ways.items():
                times[name] += milliseconds(way, 1)
    figures = {name: {"p50": percentile(found, 0.5), "p95": percentile(found, 0.95)} for name, found in times.items()}
    rows = [[name, one["p50"], one["p95"]] for name, one in figures.items()]
    table(f"200 of {asked.trainings:,} trainings, ms", ["what", "p50", "p95"], rows)
    save("experiments", figures)


if __name__ == "__main__":
    main()
