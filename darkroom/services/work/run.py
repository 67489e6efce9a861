"""One run of long work: a transaction for each step, with counters, cursor, way back and events in it.

What makes it safe to kill at any moment: the cursor moves in the transaction that does the step, and only for the run
that holds the work. So a step is done once, whoever does it.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence

from darkroom import logs
from darkroom.domain.work import LongWork, WorkFailure, WorkState
from darkroom.errors import Error
from darkroom.services.batch_run import SYSTEMIC
from darkroom.services.heartbeat import Heartbeat
from darkroom.services.work.kinds import Step, WholeKind, WorkKind
from darkroom.services.work.progress import Lost, Progress
from darkroom.store import Stores
from darkroom.store.database import Session
from darkroom.store.work import add_failures

STEP_SECONDS = 0.4
"""How long a step is to take: so that a cancel is noticed soon, and a run that works never seems silent."""
MOST_ATTEMPTS = 20
"""Runs after which work that keeps breaking is given up."""

_log = logs.get(__name__)


class _TakenBack(Exception):  # noqa: N818 - no error: the end of a trial
    """A trial went well, and nothing of it stays."""


class WorkRun:
    """Does work that was claimed.

    Args:
        stores: where it is.
        kind: knows how.
        work: as claimed by this run.
        run_id: of the orchestrator, or of a request.
        silence: seconds without a heartbeat after which the run counts as dead.
        on_progress: told after every step.
    """

    def __init__(
        self,
        stores: Stores,
        kind: WorkKind,
        work: LongWork,
        run_id: str,
        *,
        silence: float,
        on_progress: Callable[[LongWork], None] | None = None,
    ) -> None:
        self._stores = stores
        self._kind = kind
        self._work = work
        self._run_id = run_id
        self._beat = Heartbeat(stores.work, work.id, run_id, silence)
        self._tell = on_progress or (lambda _: None)
        self._begun = time.monotonic()
        self._before = work.done
        self._least = min(10, kind.most)
        self._size = min(100, kind.most)

    def work(self) -> LongWork:
        """Do every step that is not done yet, and finish the work.

        Raises:
            Error: when the house is at fault; another run does the rest.
        """
        if self._work.attempt > MOST_ATTEMPTS:
            return self._end(Error("work_failed", f"{self._work.attempt - 1} runs broke off."))
        try:
            with self._beat as beat:
                if isinstance(self._kind, WholeKind):
                    self._whole(self._kind)
                else:
                    self._steps(beat)
            return self._stores.work.get(self._work.id) if beat.lost else self._end()
        except Lost:
            found = self._stores.work.get(self._work.id)
            _log.info("work_lost", work=found.id, run=self._run_id, state=found.state, to=found.run_id)
            return found
        except Error as error:
            if error.code in SYSTEMIC or error.retryable:
                raise
            return self._end(error)

    def _steps(self, beat: Heartbeat) -> None:
        while not beat.lost:
            items, following = self._kind.read(self._work, self._size)
            if not items:
                break
            self._work = self._done(items, following)
            self._tell(self._work)

    def _whole(self, kind: WholeKind) -> None:
        progress = Progress(
            self._stores, self._work, self._run_id, self._beat, self._tell, afresh=not kind.goes_on
        )  # fmt: skip
        kind.do(self._work, progress)
        progress.save()

    def _done(self, items: Sequence[str], following: int) -> LongWork:
        """The work after one more step; the next one is as large as fits its time."""
        begun = time.monotonic()
        try:
            found = self._commit(items, following, items, ())
            wanted = len(items) * STEP_SECONDS / max(time.monotonic() - begun, 0.001)
            self._size = min(max(self._least, round(wanted)), 2 * self._size, self._kind.most)
            return found
        except Error as error:
            if error.code in SYSTEMIC or error.retryable:
                raise
            failures = self._find_bad(items)
            if not failures:
                raise
        bad = {one.id for one in failures}
        return self._commit(items, following, [one for one in items if one not in bad], failures)

    def _commit(
        self, items: Sequence[str], following: int, good: Sequence[str], bad: Sequence[WorkFailure]
    ) -> LongWork:
        def transaction(session: Session) -> LongWork:
            # Asked first, so that what another run did meanwhile is never taken for a thing that breaks.
            if not self._stores.work.holds(session, self._work, self._run_id):
                raise Lost
            step = self._kind.step(session, self._work, good) if good else Step()
            if step.undo:
                self._stores.work.keep_undo(session, self._work, step.undo)
            found = self._stores.work.progress(
                session, self._work, self._run_id, self._change(items, following, step, bad)
            )
            for name, ids in step.events:
                if ids:
                    self._stores.events.append(
                        session, type=name, principal=found.principal, ids=ids, data={"operation": found.id},
                        trace_id=found.trace_id,
                    )  # fmt: skip
            return found

        # A beat changes the same document: in the middle of a slow step it would make the step begin anew, for ever.
        with self._beat.still:
            return self._stores.database.run(transaction)

    def _change(
        self, items: Sequence[str], following: int, step: Step, bad: Sequence[WorkFailure]
    ) -> dict[str, object]:
        """The counters after a step."""
        work, failures = self._work, (*step.failures, *bad)
        listed, codes = add_failures(work, failures)
        done = work.done + len(items)
        seconds = time.monotonic() - self._begun
        return {
            "cursor": following, "done": done, "total": max(work.total, done),
            "changed": work.changed + len(step.changed), "failed": work.failed + len(failures), "failures": listed,
            "failures_by_code": codes, "result": dict(Counter(work.result) + Counter(step.counts)),
            "rate": (done - self._before) / seconds if seconds > 0 else None,
        }  # fmt: skip

    def _find_bad(self, items: Sequence[str]) -> list[WorkFailure]:
        """The things on which the step breaks: it is tried in halves, and nothing of that stays."""
        error = self._trial(items)
        if error is None:
            return []
        if len(items) == 1:
            return [WorkFailure(id=items[0], code=error.code, cause=error.cause)]
        middle = len(items) // 2
        return self._find_bad(items[:middle]) + self._find_bad(items[middle:])

    def _trial(self, items: Sequence[str]) -> Error | None:
        def transaction(session: Session) -> None:
            if not self._stores.work.holds(session, self._work, self._run_id):
                raise Lost
            self._kind.step(session, self._work, items)
            raise _TakenBack

        try:
            self._stores.database.run(transaction)
        except _TakenBack:
            return None
        except Error as error:
            if error.code in SYSTEMIC or error.retryable:
                raise
            return error
        return None

    def _end(self, error: Error | None = None) -> LongWork:
        """Finish the work, and say so."""

        def transaction(session: Session) -> LongWork | None:
            state: WorkState = "done" if error is None else "failed"
            ended = self._stores.work.end(session, self._work.id, state, run_id=self._run_id, error=error)
            if ended is not None:
                if error is None:
                    self._kind.conclude(session, ended)
                tell_end(self._stores, session, ended)
            return ended

        ended = self._stores.database.run(transaction)
        if ended is None:
            return self._stores.work.get(self._work.id)
        self._stores.work.drop_parts(ended.id)
        self._kind.afterwards(ended)
        return ended


def tell_end(stores: Stores, session: Session, work: LongWork) -> None:
    """Tell readers that work is over."""
    data = {"kind": work.kind, "state": work.state, "total": work.total, "changed": work.changed, "failed": work.failed}
    stores.events.append(
        session, type="operation.finished", principal=work.principal, ids=[work.id],
        data=data | {"owner": work.owner}, trace_id=work.trace_id,
    )  # fmt: skip
