"""Many pictures at once, on all cores, within a memory budget; a decoder that crashes costs one picture."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from darkroom.errors import Error
from darkroom.imaging import codecs
from darkroom.imaging.ingest import develop, inspect
from darkroom.imaging.isolated import IsolatedLane
from darkroom.imaging.limits import Limits
from darkroom.imaging.memory import MemoryGate
from darkroom.imaging.picture import Picture, PictureResult
from darkroom.imaging.sink import Sink, store
from darkroom.imaging.source import opened
from darkroom.imaging.worker import Setup, Work

__all__ = ["IngestPool", "Job", "Outcome", "Sink"]

# Outcomes that wait for the caller; they hold no pixels.
WAITING_OUTCOMES = 2_048
# Writers wait for the disk, not for a core.
WRITERS = 4
_SLOW_BYTES_A_SECOND = 20e6


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

    Common pictures are decoded by threads of this process. All others, and all when `isolate_all`, go to decoder
    processes, which can be stopped and may crash.

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
        self._sink = sink
        self._isolate_all = isolate_all
        self._timeout = timeout
        self._gate = MemoryGate(memory_mb)
        self._isolated = IsolatedLane(Setup(limits, sink, memory_mb), timeout=timeout, gate=self._gate)
        self._writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="writer")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def run(self, jobs: Iterable[Job]) -> Iterator[Outcome]:
        """Outcomes as they are ready, in no order; jobs are taken from the iterable only when a worker is free."""
        run = _Run(iter(jobs), self._workers)
        threads = [
            threading.Thread(target=self._work, args=(run,), name=f"picture-{number}", daemon=True)
            for number in range(self._workers)
        ]
        for thread in threads:
            thread.start()
        try:
            yield from run.outcomes()
        finally:
            run.stop()
            for thread in threads:
                thread.join()

    def close(self) -> None:
        """Stop the decoder processes."""
        self._writers.shutdown(wait=True)
        self._isolated.close()

    def _work(self, run: _Run) -> None:
        try:
            while (job := run.next_job()) is not None:
                self._take_in(job, run)
        finally:
            run.worker_done()

    def _take_in(self, job: Job, run: _Run) -> None:
        """Deal with one job; its outcome comes now, or from a writer once the bytes are stored."""
        begun = time.perf_counter()
        try:
            found = self._decode(job)
        except Error as error:
            run.emit(Outcome(job.index, None, error, time.perf_counter() - begun))
        except MemoryError:
            exhausted = Error("image_out_of_memory", f"{job.name} needs more memory than is free.")
            run.emit(Outcome(job.index, None, exhausted, time.perf_counter() - begun))
        except Exception as error:  # noqa: BLE001 - one picture must never stop the others
            unexpected = Error("image_corrupt", f"{job.name} broke its decoder: {type(error).__name__}: {error}.")
            run.emit(Outcome(job.index, None, unexpected, time.perf_counter() - begun))
        else:
            if isinstance(found, PictureResult):
                run.emit(Outcome(job.index, found, None, time.perf_counter() - begun))
            else:
                run.writing()
                self._writers.submit(self._store, job, *found, begun, run)

    def _decode(self, job: Job) -> PictureResult | tuple[Picture, bytes]:
        """Stored already when an isolated decoder had it, else with the bytes that are still to be stored."""
        with opened(job.path, job.name, self._limits) as source:
            if self._isolate_all or not codecs.is_quick(source.head, job.name):
                return self._taken_in(Work(job.path, job.name, seconds=self._patience(source.size)), source.size)
            data = source.rest()
        header = inspect(data, name=job.name, limits=self._limits)
        if not header.quick:
            return self._taken_in(Work(job.path, job.name, data), len(data))
        with self._gate.admit(header.memory_mb):
            return develop(data, header, name=job.name, limits=self._limits), data

    def _patience(self, size: int) -> float | None:
        """Seconds for a file that is read by regions: it is copied as well, and every byte takes its time."""
        return None if size <= self._limits.whole_bytes else self._timeout + size / _SLOW_BYTES_A_SECOND

    def _taken_in(self, work: Work, size: int) -> PictureResult:
        found: PictureResult = self._isolated.do(work, size)
        return found

    def _store(self, job: Job, picture: Picture, data: bytes, begun: float, run: _Run) -> None:
        error: Error | None = None
        try:
            store(picture, data, self._sink)
        except Error as refused:
            error = refused
        except Exception as unexpected:  # noqa: BLE001 - a sink that breaks must not swallow the outcome
            error = Error("storage_io", f"{job.name} could not be stored: {unexpected}.")
        result = None if error else picture.result()
        run.emit(Outcome(job.index, result, error, time.perf_counter() - begun))
        run.written()


class _Run:
    """One pass over an iterable of jobs: what its workers and the caller share."""

    def __init__(self, jobs: Iterator[Job], workers: int) -> None:
        self._jobs = jobs
        self._taking = threading.Lock()
        self._queue: queue.Queue[Outcome | BaseException | None] = queue.Queue(WAITING_OUTCOMES)
        self._stopped = threading.Event()
        # Pictures decoded but not yet stored are bounded: their bytes are in memory.
        self._slots = threading.Semaphore(workers + WRITERS)
        self._active = workers
        self._unwritten = 0
        self._state = threading.Lock()

    def next_job(self) -> Job | None:
        with self._taking:
            if self._stopped.is_set():
                return None
            try:
                return next(self._jobs, None)
            except Exception as error:  # noqa: BLE001 - raised again in the caller's thread
                self._put(error)
                self._stopped.set()
                return None

    def emit(self, outcome: Outcome) -> None:
        self._put(outcome)

    def writing(self) -> None:
        self._slots.acquire()
        with self._state:
            self._unwritten += 1

    def written(self) -> None:
        self._slots.release()
        with self._state:
            self._unwritten -= 1
            self._finish_if_idle()

    def worker_done(self) -> None:
        with self._state:
            self._active -= 1
            self._finish_if_idle()

    def _finish_if_idle(self) -> None:
        if self._active == 0 and self._unwritten == 0:
            self._put(None)

    def _put(self, item: Outcome | BaseException | None) -> None:
        while not self._stopped.is_set():
            try:
                return self._queue.put(item, timeout=0.2)
            except queue.Full:
                continue
        return None

    def outcomes(self) -> Iterator[Outcome]:
        while (item := self._queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item

    def stop(self) -> None:
        self._stopped.set()
