"""Many pictures at once, on all cores, within a memory budget; a decoder that crashes costs one picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from darkroom.errors import Error
from darkroom.imaging.limits import Limits
from darkroom.imaging.picture import PictureResult


class Sink(Protocol):
    """Where originals and renditions are put; it is pickled into decoder processes (a `BlobStore` fits)."""

    def put(self, namespace: str, key: str, data: bytes, *, durable: bool) -> bool:
        """Keep the bytes under the key; True when they were not there yet."""
        ...


@dataclass(frozen=True)
class Job:
    """One file to take in."""

    index: int
    """The caller's number for it, given back with the outcome."""
    path: Path
    """Where it lies."""
    name: str
    """File name for the record and for messages."""


@dataclass(frozen=True)
class Outcome:
    """What became of a job: a picture or an error."""

    index: int
    picture: PictureResult | None
    error: Error | None
    seconds: float
    """Time from taking up the job to the last byte stored."""


class IngestPool:
    """Takes in files: reads each once, decodes it once, stores original and renditions, yields what it found.

    Args:
        workers: pictures in work at the same time.
        memory_mb: memory that all pictures being decoded may need together; a larger one runs alone.
        timeout: seconds an isolated decoder may take.
        sink: gets namespace `originals` (key sha256, durable) and `renditions` (key address), in the worker.
        isolate_all: decode everything in separate processes, for a batch whose run died before.
    """

    def __init__(
        self,
        limits: Limits,
        *,
        workers: int,
        memory_mb: int,
        timeout: float,
        sink: Sink,
        isolate_all: bool = False,
    ) -> None:
        self._limits = limits
        self._workers = workers
        self._memory_mb = memory_mb
        self._timeout = timeout
        self._sink = sink
        self._isolate_all = isolate_all

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def run(self, jobs: Iterable[Job]) -> Iterator[Outcome]:
        """Outcomes as they are ready, in no order; jobs are taken from the iterable only when a worker is free."""
        raise NotImplementedError

    def close(self) -> None:
        """Stop the decoder processes."""
