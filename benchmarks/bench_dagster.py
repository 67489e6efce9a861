"""The way of a picture end to end: through Dagster beside the bare service, and the wait of a person.

    python -m benchmarks.bench_dagster [--quick]

Bare: `IngestService.run_batch` in this process on a mongod and a blob store of its own; every write is made, Dagster is not there.
Through Dagster: the same files dropped into the inbox of a running Darkroom, from the start of the run to its end.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx

from benchmarks.bench_gallery import library
from benchmarks.corpus import SMALL, draw_corpus
from benchmarks.report import percentile, save, table
from benchmarks.stack import Running, running
from darkroom.domain.access import LOCAL_OWNER
from darkroom.domain.ingest import BatchItem
from darkroom.services.ingest import IngestService
from darkroom.services.runs import DagsterLauncher


def bare(paths: Sequence[Path]) -> float:
    """Seconds that the service takes for the files, without Dagster."""
    with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as folder, library(Path(folder)) as stores:
        service = IngestService(stores.settings, stores, DagsterLauncher(stores.settings))
        items = [
            BatchItem(key=path.name, path=str(path), bytes=path.stat().st_size, modified_ns=path.stat().st_mtime_ns)
            for path in paths
        ]
        batch = service.submit(LOCAL_OWNER, items, connector="cli", launch=False)
        begun = time.perf_counter()
        report = service.run_batch(LOCAL_OWNER, batch.id, "bench")
        seconds = time.perf_counter() - begun
        assert report.batch.added == len(paths), report.batch
        return seconds


def through_dagster(stack: Running, paths: Sequence[Path]) -> dict[str, float]:
    """Drop the files at once; seconds from the start of the first run to the end of the last, and from the drop to the last picture."""
    waiting = stack.home / "waiting"
    waiting.mkdir()
    for path in paths:
        shutil.copyfile(path, waiting / path.name)
    before = total(stack)
    begun = time.perf_counter()
    waiting.rename(stack.inbox / "drop")
    until(lambda: total(stack) == before + len(paths), 900, every=1.0)  # asking costs the same two cores
    elapsed = time.perf_counter() - begun
    until(lambda: all(one["state"] == "done" for one in batches(stack)), 60)
    took = [one for one in batches(stack) if one["connector"] == "inbox" and one["total"] > 1]
    # Two runs may work side by side: the time counts once.
    seconds = max(_moment(one["finished_at"]) for one in took) - min(_moment(one["started_at"]) for one in took)
    return {"run": seconds, "elapsed": elapsed, "batches": float(len(took))}


def waits(stack: Running, paths: Sequence[Path]) -> dict[str, list[float]]:
    """Seconds from a drop, and from an upload, until the gallery shows the picture; one at a time."""
    dropped, uploaded = [], []
    for number, path in enumerate(paths):
        before = total(stack)
        begun = time.perf_counter()
        if number % 2:
            shutil.copyfile(path, stack.inbox / f".{path.name}")
            (stack.inbox / f".{path.name}").rename(stack.inbox / path.name)
        else:
            with path.open("rb") as file:
                httpx.post(f"{stack.api}/images", files=[("files", (path.name, file))]).raise_for_status()
        until(lambda: total(stack) == before + 1, 60)  # noqa: B023
        (dropped if number % 2 else uploaded).append(time.perf_counter() - begun)
        until(lambda: all(one["state"] == "done" for one in batches(stack)), 60)
        time.sleep(2.5)  # out of step with the sensor
    return {"dropped": dropped, "uploaded": uploaded}


def total(stack: Running) -> int:
    """Pictures in the gallery."""
    return int(httpx.get(f"{stack.api}/images", params={"limit": 1}).json()["total"])


def batches(stack: Running) -> list[dict[str, Any]]:
    """All batches."""
    found: list[dict[str, Any]] = httpx.get(f"{stack.api}/batches", params={"limit": 100}).json()["items"]
    return found


def until(condition: Callable[[], bool], seconds: float, *, every: float = 0.1) -> None:
    """Wait for a condition, asking every so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds} s")
        time.sleep(every)


def _moment(text: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(text).timestamp()


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="500 files in place of 10,000, 2 waits each in place of 6")
    quick = parser.parse_args().quick
    # The full size is more than a minute of work, which a sudden drop of many files is.
    count, repeats = (500, 2) if quick else (10_000, 6)
    with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as folder:
        paths = draw_corpus(Path(folder) / "small", count, SMALL)
        singles = draw_corpus(Path(folder) / "singles", 2 * repeats, SMALL, seed=23)
        alone = bare(paths[:5000])
        with running(Path(folder) / "home") as stack:
            waited = waits(stack, singles)
            dagster = through_dagster(stack, paths)
    rate_alone, rate_run = len(paths[:5000]) / alone, len(paths) / dagster["run"]
    rows = [
        ("the bare service, with every write", alone, rate_alone, 100.0),
        ("through Dagster, first start to last end", dagster["run"], rate_run, 100 * rate_run / rate_alone),
        ("from the drop to the last one visible", dagster["elapsed"], len(paths) / dagster["elapsed"],
         100 * len(paths) / dagster["elapsed"] / rate_alone),
    ]  # fmt: skip
    table(f"{len(paths):,} JPEGs of 640 px", ("what", "s", "images/s", "% of bare"), rows)
    lines = [(name, percentile(values, 0.5), max(values)) for name, values in waited.items()]
    table("One picture until it is visible, seconds", ("how", "median", "worst"), lines)
    save("dagster", {"bare_s": alone, "files": len(paths), **dagster, **waited})


if __name__ == "__main__":
    main()
