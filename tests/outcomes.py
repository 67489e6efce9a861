"""What an ingest pool makes of files, and how much memory it takes for that."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import psutil

from darkroom.imaging.limits import Limits
from darkroom.imaging.pool import IngestPool, Job, Outcome
from tests.sinks import NoSink


def take_in(paths: Sequence[Path], **options: Any) -> list[Outcome]:
    """The outcome of each file, in the order of the files."""
    settings: dict[str, Any] = {"workers": 2, "memory_mb": 1024, "timeout": 60, "sink": NoSink(), **options}
    with IngestPool(Limits(), **settings) as pool:
        jobs = (Job(number, path, path.name) for number, path in enumerate(paths))
        return sorted(pool.run(jobs), key=lambda outcome: outcome.index)


def code(outcome: Outcome) -> str:
    """Code of the error, or `ok`."""
    return outcome.error.code if outcome.error else "ok"


class MemoryWatch:
    """Most memory in megabytes that this process and children it started since took, beyond what this one had before.

    Children that were there already, such as the database of other tests, do not count.
    """

    def __init__(self) -> None:
        self.most = 0.0
        self._before = psutil.Process().memory_info().rss
        self._others = {child.pid for child in psutil.Process().children(recursive=True)}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.05):
            total = psutil.Process().memory_info().rss - self._before
            for child in psutil.Process().children(recursive=True):
                if child.pid in self._others:
                    continue
                try:
                    total += child.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            self.most = max(self.most, total / 1e6)
