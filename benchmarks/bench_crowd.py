"""Giants and thumbnails in one batch: how much memory they take together, and whether the small ones wait.

Run as `python -m benchmarks.bench_crowd [--giants 20] [--thumbnails 10000]`. A giant has 201 megapixels: JPEG, PNG that is read line by
line, and interlaced PNG, which has to be held whole. They come first in the batch, where they would hold up the others most. The
peer is the same without admission: all memory is said to be there, and each worker has a giant at once.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from benchmarks.corpus import SMALL, draw_corpus
from benchmarks.report import save, table
from benchmarks.sinks import NoSink
from darkroom.imaging import native
from darkroom.imaging.limits import Limits
from darkroom.imaging.pool import IngestPool, Job
from darkroom.settings import Settings

PATTERN, COLUMNS, ROWS = 1_024, 16, 12
KINDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("held.png", {"compression": 1, "filter": "up", "interlace": True}),
    ("giant.jpg", {"Q": 80}),
    ("giant.png", {"compression": 1, "filter": "up"}),
)
WITHOUT = 4
"""Giants that have to be held whole, at once, where nothing is admitted."""


def draw_giants(folder: Path) -> list[Path]:
    """One of each kind, with something in every part of it."""
    vips = native.pyvips().Image
    place = vips.xyz(PATTERN, PATTERN)
    waves = [(place[0] / divisor + place[1] / (divisor + 40)).sin() * 100 + 128 for divisor in (31, 77, 193)]
    pattern = waves[0].bandjoin(waves[1:]).cast("uchar").copy(interpretation="srgb").copy_memory()
    for name, options in KINDS:
        pattern.replicate(COLUMNS, ROWS).write_to_file(str(folder / name), **options)
    return [folder / name for name, _ in KINDS]


class Watch:
    """Most memory of this process and its children beyond what this one had, in MiB, looked at ten times a second."""

    def __init__(self) -> None:
        self.most = 0.0
        self._own = psutil.Process()
        self._before = self._own.memory_info().rss
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(0.1):
            total = self._own.memory_info().rss - self._before
            for child in self._own.children(recursive=True):
                try:
                    total += child.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            self.most = max(self.most, total / 2**20)


def run(giants: Sequence[Path], small: Sequence[Path], *, workers: int, memory_mb: int) -> dict[str, float]:
    """Take all in; seconds until the last small one and until the end, MiB at most, and what swapping there was."""
    jobs = [Job(number, path, path.name) for number, path in enumerate([*giants, *small])]
    swapped, began, last_small = psutil.swap_memory().sout, time.perf_counter(), 0.0
    with (
        Watch() as watch,
        IngestPool(Limits(), workers=workers, memory_mb=memory_mb, timeout=600, sink=NoSink()) as pool,
    ):
        for outcome in pool.run(jobs):
            assert outcome.error is None, outcome.error
            if outcome.index >= len(giants):
                last_small = time.perf_counter() - began
    return {
        "small_seconds": last_small,
        "seconds": time.perf_counter() - began,
        "peak_mb": watch.most,
        "swapped_mb": (psutil.swap_memory().sout - swapped) / 2**20,
    }


def main() -> None:
    """Measure, print, save."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--giants", type=int, default=20)
    asked.add_argument("--thumbnails", type=int, default=10_000)
    options = asked.parse_args()
    limit, workers = Settings().decode_memory_mb, os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kinds = draw_giants(folder)
        small = draw_corpus(folder / "small", 50, SMALL)
        giants = [kinds[number % len(kinds)] for number in range(options.giants)]
        thumbnails = [small[number % len(small)] for number in range(options.thumbnails)]
        found = {
            "admitted": run(giants, thumbnails, workers=workers, memory_mb=limit),
            "all at once": run([kinds[0]] * WITHOUT, [], workers=WITHOUT, memory_mb=1_000_000),
        }
    columns = ["", "small ones done, s", "all done, s", "most memory, MiB", "swapped, MiB"]
    table(f"{options.giants} giants, {options.thumbnails} thumbnails, limit {limit} MB", columns, [
        [words, *figures.values()] for words, figures in found.items()
    ])  # fmt: skip
    save("crowd", {"limit_mb": limit, "giants": options.giants, "thumbnails": options.thumbnails, **found})


if __name__ == "__main__":
    main()
