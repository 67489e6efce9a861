"""How far work is that goes on for long in one piece: counted by whoever does it, written down once in a while."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from darkroom.domain.work import LongWork, WorkFailure
from darkroom.errors import Error
from darkroom.services.heartbeat import Heartbeat
from darkroom.store import Stores
from darkroom.store.work import add_failures

_EVERY_SECONDS = 0.5


class Lost(Exception):  # noqa: N818 - no error: the work is somebody else's
    """The work was cancelled or taken over."""


class Progress:
    """Counts, and finds out whether the work is still this run's.

    Args:
        stores: where the work is.
        work: as claimed by this run.
        run_id: of the run.
        beat: signs of life of the run.
        on_progress: told whenever it was written down.
        afresh: begin to count at nothing: what an earlier run did is done again.
    """

    def __init__(
        self, stores: Stores, work: LongWork, run_id: str, beat: Heartbeat, on_progress: Callable[[LongWork], None],
        *, afresh: bool,
    ) -> None:  # fmt: skip
        self._stores = stores
        nothing = {"done": 0, "changed": 0, "failed": 0, "failures": (), "failures_by_code": {}, "result": {}}
        self._work = work.model_copy(update=nothing) if afresh else work
        self._run_id = run_id
        self._beat = beat
        self._tell = on_progress
        self._begun = self._written = time.monotonic()
        self._before = self._work.done

    @property
    def done(self) -> int:
        """Things dealt with so far, by this run and, where it goes on, by those before it."""
        return self._work.done

    def of(self, total: int) -> None:
        """Say how many things there are, as far as that is known."""
        self._work = self._work.model_copy(update={"total": total})

    def add(self, done: int = 1, *, changed: int = 0, failures: Iterable[WorkFailure] = (), **counts: int) -> None:
        """Count what was dealt with.

        Raises:
            Lost: when nothing more is to be done.
        """
        work, new = self._work, list(failures)
        listed, codes = add_failures(work, new)
        self._work = work.model_copy(update={
            "done": work.done + done, "changed": work.changed + changed, "failed": work.failed + len(new),
            "failures": tuple(WorkFailure(**one) for one in listed), "failures_by_code": codes,
            "result": dict(Counter(work.result) + Counter(counts)),  # without those that are 0
        })  # fmt: skip
        if time.monotonic() - self._written >= _EVERY_SECONDS:
            self.save()

    def found(self, result: Mapping[str, int]) -> None:
        """Say what came of it, in numbers."""
        self._work = self._work.model_copy(update={"result": dict(result)})

    def save(self) -> None:
        """Write down how far it is.

        Raises:
            Lost: when the work was cancelled or taken over.
        """
        if self._beat.lost:
            raise Lost
        work = self._work
        seconds = time.monotonic() - self._begun
        change: dict[str, Any] = {
            "total": max(work.total, work.done), "rate": (work.done - self._before) / seconds if seconds > 0 else None,
            "failures": [one.model_dump() for one in work.failures],
            **{name: getattr(work, name) for name in ("done", "changed", "failed", "failures_by_code", "result")},
        }  # fmt: skip
        try:
            with self._beat.still:
                self._tell(self._stores.work.note(work.id, self._run_id, change))
        except Error as error:
            if error.code == "conflict":
                raise Lost from error
            raise
        self._written = time.monotonic()
