"""Many pictures at once, on all cores, within a memory budget; a decoder that crashes costs one picture."""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
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
from darkroom.imaging.worker import Postponed, Setup, Work

__all__ = ["IngestPool", "Job", "Outcome", "Sink"]

# Outcomes that wait for the caller; they hold no pixels.
WAITING_OUTCOMES = 2_048
# Writers wait for the disk, not for a core.
WRITERS = 4
# A picture that needs more than this share of the memory would hold up the others.
_GIANT_SHARE = 8
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
    processes, which can be stopped and may crash. Small pictures never wait behind giants: those are put off once
    their header is known, go one at a time through a thread of their own, and through all once nothing small is left.

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
        self._giant_mb = memory_mb / _GIANT_SHARE
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
        run = _Run(iter(jobs), self._workers, self._serve_giants)
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
            run.join_giants()

    def close(self) -> None:
        """Stop the decoder processes."""
        self._writers.shutdown(wait=True)
        self._isolated.close()

    def _work(self, run: _Run) -> None:
        try:
            while (job := run.next_job()) is not None:
                self._take_in(job, run)
            while (job := run.next_giant()) is not None:
                self._take_in(job, run, giant=True)
        finally:
            run.worker_done()

    def _serve_giants(self, run: _Run) -> None:
        while (job := run.next_giant(last=True)) is not None:
            self._take_in(job, run, giant=True)

    def _take_in(self, job: Job, run: _Run, *, giant: bool = False) -> None:
        """Deal with one job; its outcome comes now, or from a writer once the bytes are stored, or when its turn has come."""
        begun = time.perf_counter()
        try:
            found = self._decode(job, None if giant else self._giant_mb)
        except Postponed:
            run.postpone(job)
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

    def _decode(self, job: Job, most_mb: float | None) -> PictureResult | tuple[Picture, bytes]:
        """Stored already when an isolated decoder had it, else with the bytes that are still to be stored.

        Raises:
            Postponed: it needs more memory than `most_mb`.
        """
        with opened(job.path, job.name, self._limits) as source:
            if most_mb is not None and source.size / 1e6 > most_mb:
                raise Postponed
            if self._isolate_all or not codecs.is_quick(source.head, job.name):
                work = Work(job.path, job.name, seconds=self._patience(source.size))
                return self._taken_in(work, source.size, most_mb)
            data = source.rest()
        header = inspect(data, name=job.name, limits=self._limits)
        if most_mb is not None and header.memory_mb > most_mb:
            raise Postponed
        if not header.quick:
            return self._taken_in(Work(job.path, job.name, data), len(data), None)
        with self._gate.admit(header.memory_mb):
            return develop(data, header, name=job.name, limits=self._limits), data

    def _patience(self, size: int) -> float | None:
        """Seconds for a file that is read by regions: it is copied as well, and every byte takes its time."""
        return None if size <= self._limits.whole_bytes else self._timeout + size / _SLOW_BYTES_A_SECOND

    def _taken_in(self, work: Work, size: int, most_mb: float | None) -> PictureResult:
        found: PictureResult = self._isolated.do(work, size, most_mb=most_mb)
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

    def __init__(self, jobs: Iterator[Job], workers: int, serve_giants: Callable[[_Run], None]) -> None:
        self._jobs = jobs
        self._giants: deque[Job] = deque()
        self._serve_giants = serve_giants
        self._giant_thread: threading.Thread | None = None
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

    def postpone(self, job: Job) -> None:
        """Leave a job for the thread of giants, which begins if it is not at work."""
        with self._state:
            self._giants.append(job)
            if self._giant_thread is not None:
                return
            self._active += 1
            self._giant_thread = threading.Thread(target=self._work_on_giants, name="picture-giants", daemon=True)
            self._giant_thread.start()

    def next_giant(self, *, last: bool = False) -> Job | None:
        """A job that was put off.

        Args:
            last: whether it is the thread of giants that asks, which ends when there is none.
        """
        with self._state:
            if self._giants and not self._stopped.is_set():
                return self._giants.popleft()
            if last:
                self._giant_thread = None
            return None

    def _work_on_giants(self) -> None:
        try:
            self._serve_giants(self)
        finally:
            self.worker_done()

    def join_giants(self) -> None:
        """Wait for the thread of giants, if there is one."""
        with self._state:
            thread = self._giant_thread
        if thread is not None:
            thread.join()

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
