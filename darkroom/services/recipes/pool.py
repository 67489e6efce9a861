"""Recipes on many stored pictures: all cores, within a memory budget, giants in a lane of their own."""

from __future__ import annotations

import queue
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from darkroom.domain.develop import DevelopSettings
from darkroom.errors import Error
from darkroom.services.recipes.originals import original
from darkroom.store.blobs import BlobStore

if TYPE_CHECKING:
    from darkroom.imaging.recipes.compile import Program
    from darkroom.imaging.recipes.lane import RecipeLane
    from darkroom.imaging.recipes.package import Rendered
    from darkroom.imaging.recipes.run import Resources
    from darkroom.imaging.words import Words

_TRIES = 3
_RESULTS_AHEAD = 256


@dataclass(frozen=True)
class Subject:
    """A stored picture to be worked on."""

    image: str
    name: str
    address: str
    """Where the result goes."""
    megapixels: float
    giant: bool
    """Whether it is large enough to hold up others."""
    need_mb: float = 0.0
    """Memory that it will need, as far as its size tells."""
    words: Words | None = None
    """What the library says of it, where the recipe writes that."""
    settings: DevelopSettings | None = None
    """How its sidecar wants a RAW file to be developed."""


@dataclass(frozen=True)
class Result:
    """What became of it."""

    subject: Subject
    made: Rendered | None
    error: Error | None
    seconds: float


@dataclass(frozen=True)
class Work:
    """What is done with every picture."""

    program: Program
    resources: Resources
    lane: RecipeLane
    blobs: BlobStore


def worked(work: Work, subject: Subject, stopped: Callable[[], bool] = lambda: False) -> Result:
    """Run the recipe on one picture and store what came of it; never raises.

    Args:
        work: what is done.
        subject: with what.
        stopped: whether trying again makes no sense any more.
    """
    begun = time.perf_counter()
    for attempt in range(1, _TRIES + 1):
        error = None
        try:
            return Result(subject, _made(work, subject), None, time.perf_counter() - begun)
        except Error as refused:
            error = refused
        except MemoryError:
            error = Error("image_out_of_memory", f"{subject.name} needs more memory than is free.")
        except Exception as broken:  # noqa: BLE001 - one picture must never stop the others
            words = f"{subject.name} broke its decoder: {type(broken).__name__}: {broken}."
            error = Error("image_corrupt", words)
        if not error.retryable or attempt == _TRIES or stopped():
            break
        time.sleep(random.uniform(0, 0.5 * 2**attempt))  # noqa: S311
    return Result(subject, None, error, time.perf_counter() - begun)


def _made(work: Work, subject: Subject) -> Rendered:
    with original(work.blobs, subject.image, subject.name, subject.megapixels, work.lane.limits) as data:
        made = work.lane.render(
            work.program, data, subject.name, work.resources, words=subject.words, settings=subject.settings
        )
    # They can be made again from the original: they need not survive a power cut.
    work.blobs.put("renditions", subject.address, made.data, durable=False)
    return made


class RecipePool:
    """Runs a recipe on pictures with as many threads as there are workers.

    Small pictures never wait behind a giant: those go one at a time through a thread of their own, and through all of
    them once nothing small is left. What fits into memory together, the lane decides.

    Args:
        work: what is done.
        workers: pictures in work at the same time, giants besides.
    """

    def __init__(self, work: Work, workers: int) -> None:
        self._work = work
        self._workers = workers

    def run(self, subjects: Iterator[Subject]) -> Generator[Result | None, None, None]:
        """Results as they are ready, in no order; None now and then while there is nothing to tell."""
        run = _Run(subjects)
        threads = [
            threading.Thread(target=self._serve, args=(run, number == 0), name=f"recipe-{number}", daemon=True)
            for number in range(self._workers + 1)
        ]
        for thread in threads:
            thread.start()
        try:
            left = len(threads)
            while left:
                try:
                    found = run.results.get(timeout=0.25)
                except queue.Empty:
                    yield None
                    continue
                if isinstance(found, BaseException):
                    raise found
                if found is None:
                    left -= 1
                else:
                    yield found
        finally:
            run.stop()
            for thread in threads:
                thread.join()

    def _serve(self, run: _Run, only_giants: bool) -> None:
        try:
            while (subject := run.take(only_giants=only_giants)) is not None:
                run.put(self._one(subject, run))
        except Exception as error:  # noqa: BLE001 - raised again in the caller's thread
            run.put(error)
        run.put(None)

    def _one(self, subject: Subject, run: _Run) -> Result:
        return worked(self._work, subject, lambda: run.stopped)


class _Run:
    """What the threads of one pass share."""

    def __init__(self, subjects: Iterator[Subject]) -> None:
        self.results: queue.Queue[Result | BaseException | None] = queue.Queue(_RESULTS_AHEAD)
        self._subjects = subjects
        self._giants: deque[Subject] = deque()
        self._exhausted = False
        self._stopped = threading.Event()
        self._changed = threading.Condition()

    @property
    def stopped(self) -> bool:
        return self._stopped.is_set()

    def take(self, *, only_giants: bool) -> Subject | None:
        """The next picture for a thread; None when there is nothing left for it."""
        with self._changed:
            while not self.stopped:
                if self._giants and (only_giants or self._exhausted):
                    return self._giants.popleft()
                if self._exhausted:
                    return None
                if only_giants:
                    self._changed.wait(0.5)
                    continue
                subject = next(self._subjects, None)
                if subject is None:
                    self._exhausted = True
                elif not subject.giant:
                    return subject
                else:
                    self._giants.append(subject)
                self._changed.notify_all()
            return None

    def put(self, found: Result | BaseException | None) -> None:
        while True:
            try:
                return self.results.put(found, timeout=0.2)
            except queue.Full:
                if self.stopped:
                    return None

    def stop(self) -> None:
        self._stopped.set()
