"""Beginning, running, stopping and undoing long work."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from darkroom import logs
from darkroom.access import may, require, scope_of
from darkroom.access.permissions import PLACED
from darkroom.domain.access import Principal
from darkroom.domain.base import new_id, now
from darkroom.domain.work import OVER, LongWork, WorkPart
from darkroom.errors import Error
from darkroom.services.runs import WORK_JOB, RunLauncher, asked_for
from darkroom.services.turns import priority_of
from darkroom.services.work.kinds import WorkKind
from darkroom.services.work.run import WorkRun, tell_end
from darkroom.services.work.undo import UndoKind
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.database import Session
from darkroom.store.work import THINGS_A_PART, part_id

AT_ONCE = 200
"""Things up to which work is done before its request is answered."""
AT_ONCE_RUN = "at-once-"
"""What the id of such a run begins with: Dagster knows nothing of it."""

_PIECE = 3000
"""Characters of a text in one thing: a thousand of them, of any alphabet, fit into a document."""

_log = logs.get(__name__)


class WorkService:
    """Long work of every kind.

    Args:
        settings: how long silence may last, and how long work is remembered.
        stores: where it is.
        launcher: asks for runs.
        kinds: what can be done.
    """

    def __init__(self, settings: Settings, stores: Stores, launcher: RunLauncher, kinds: Sequence[WorkKind]) -> None:
        self._settings = settings
        self._stores = stores
        self._launcher = launcher
        self.kinds: dict[str, WorkKind] = {one.name: one for one in kinds}
        self._undo = UndoKind(stores, self.kinds)
        self.kinds[UndoKind.name] = self._undo

    def begin(
        self, principal: Principal, kind: str, items: Iterable[Sequence[str]], *, title: str,
        params: Mapping[str, Any] | None = None, work_id: str | None = None,
    ) -> LongWork:  # fmt: skip
        """Write work down with everything that it is to be done on, and do it: a little at once, more by a run.

        Args:
            principal: whose it is.
            kind: name of a kind.
            items: ids of the things, in any pieces; what they are is settled here and now. Of pictures, those alone
                on which the principal has the permission of the kind (`scope_of`), which is for the caller to see to.
            title: what is done, in words.
            params: what exactly; the kind reads it.
            work_id: an id of the caller's own (`new_id("o")`): asking twice with it begins once.

        Raises:
            Error: `forbidden`, or `invalid_parameter` when there is nothing to do it on.
        """
        how = self.kinds[kind]
        (scope_of if how.permission in PLACED else require)(principal, how.permission)
        if work_id is not None and (known := self._stores.work.find(work_id)) is not None:
            return known
        work = self._new(principal, kind, title=title, params=params, work_id=work_id, undoable=how.undoable)
        if work_id is not None:
            self._stores.work.drop_parts(work.id)  # of an attempt that broke off
        total = self._stores.work.write_parts(_parts(work, items))
        if total == 0:
            raise Error("invalid_parameter", "There is nothing to do this on.", parameter="selection")
        return self._started(principal, work.model_copy(update={"total": total}))

    def begin_whole(
        self, principal: Principal, kind: str, *, title: str, params: Mapping[str, Any] | None = None,
        text: str | None = None, work_id: str | None = None, at_once: bool = False,
    ) -> LongWork:  # fmt: skip
        """Write work in one piece down, and have a run do it, or do it at once.

        Args:
            principal: whose it is.
            kind: name of a `WholeKind`.
            title: what is done, in words.
            params: what exactly; the kind reads it.
            text: what is too long for that; the kind reads it piece by piece, and it is forgotten with the end.
            work_id: an id of the caller's own: asking twice with it begins once.
            at_once: do it before this returns, for what takes no longer than a request may.

        Raises:
            Error: `forbidden`.
        """
        how = self.kinds[kind]
        (scope_of if how.permission in PLACED else require)(principal, how.permission)
        if work_id is not None and (known := self._stores.work.find(work_id)) is not None:
            return known
        work = self._new(principal, kind, title=title, params=params, work_id=work_id, undoable=False)
        if text is not None:
            self._stores.work.drop_parts(work.id)  # of an attempt that broke off
            pieces = (text[start : start + _PIECE] for start in range(0, len(text), _PIECE))
            self._stores.work.write_parts(_parts(work, ([one] for one in pieces)))
        return self._started(principal, work, at_once=at_once)

    def undo(self, principal: Principal, work_id: str, *, undo_id: str | None = None) -> LongWork:
        """Take work back, as work of its own; what somebody changed since is left alone and counted as `stale`.

        Whoever may change some of the pictures alone takes it back on those; the others are told as failed.

        Raises:
            Error: `not_found`; `conflict` when it goes on still, cannot be undone, or is undone already.
        """
        require(principal, "operations:write")
        if undo_id is not None and (known := self._stores.work.find(undo_id)) is not None:
            return known
        work = self.get(principal, work_id)
        limits = self._undo.limits(principal, work)
        if work.state not in OVER:
            raise Error("conflict", f"The operation {work.id} is {work.state}.", remedy="Wait for it, or cancel it.")
        if not work.undoable:
            raise Error("conflict", f"What the operation {work.id} did cannot be undone.", remedy="Change it by hand.")
        if self._is_taken_back(work):
            raise Error(
                "conflict", f"The operation {work.id} was undone by {work.undone_by}.", operation=work.undone_by
            )
        back = self._new(principal, UndoKind.name, title=f"Undo: {work.title}", params=limits, work_id=undo_id,
                         undoable=True)  # fmt: skip
        back = back.model_copy(update={"undoes": work.id, "total": work.changed})
        return self._started(principal, back, work)

    def _is_taken_back(self, work: LongWork) -> bool:
        """Whether it is, or is being, undone; an undo that was stopped may be begun again."""
        undo = self._stores.work.find(work.undone_by) if work.undone_by else None
        return undo is not None and undo.state not in ("cancelled", "failed")

    def cancel(self, principal: Principal, work_id: str) -> LongWork:
        """Stop work before its next step; what is done stays, and can be undone where the kind can.

        Raises:
            Error: `not_found`, or `conflict` when it is over already.
        """
        require(principal, "operations:write")
        work = self.get(principal, work_id)

        def transaction(session: Session) -> LongWork | None:
            ended = self._stores.work.end(session, work.id, "cancelled")
            if ended is not None:
                tell_end(self._stores, session, ended)
            return ended

        found = self._stores.database.run(transaction)
        if found is None:
            state = self._stores.work.get(work.id).state
            raise Error("conflict", f"The operation {work.id} is {state}.", state=state)
        self._stores.work.drop_parts(work.id)
        return found

    def get(self, principal: Principal, work_id: str) -> LongWork:
        """Work of one's own; of everybody's with `operations:all`.

        Raises:
            Error: `not_found`.
        """
        require(principal, "operations:read")
        work = self._stores.work.find(work_id)
        if work is None or not (work.owner == owner_of(principal) or may(principal, "operations:all")):
            raise Error("not_found", f"There is no operation {work_id!r} of yours.", id=work_id)
        return work

    def launch(self, principal: Principal, work_id: str) -> str | None:
        """Ask for a run of work; None when the orchestrator is down and the sensor will do it later."""
        require(principal, "operations:write")
        work = self._stores.work.get(work_id)

        def launch() -> str:
            urgency = priority_of(self._stores, work)
            return self._launcher.launch(work_id, trace_id=work.trace_id, job=WORK_JOB, priority=urgency)

        return asked_for("work", work_id, launch, self._stores.work.mark_requested)

    def pending(self, principal: Principal) -> list[LongWork]:
        """Work that needs a run, oldest first."""
        require(principal, "operations:all")
        return self._stores.work.pending(self._settings.heartbeat_seconds)

    def mark_requested(self, principal: Principal, work_id: str) -> None:
        """Remember that a run of the work was asked for just now."""
        require(principal, "operations:all")
        self._stores.work.mark_requested(work_id)

    def run(
        self, principal: Principal, work_id: str, run_id: str, *, on_progress: Callable[[LongWork], None] | None = None
    ) -> LongWork:
        """Do work, or what is left of it: the engine behind the job, safe to repeat after being killed at any moment.

        Raises:
            Error: `not_found`; `database_unavailable`, ... when the whole run cannot go on.
        """
        require(principal, "operations:all")
        return self._run(work_id, run_id, on_progress)

    def _run(
        self, work_id: str, run_id: str, on_progress: Callable[[LongWork], None] | None = None
    ) -> LongWork:  # fmt: skip
        silence = self._settings.heartbeat_seconds
        work = self._stores.work.claim(work_id, run_id, silence)
        if work is None:
            return self._stores.work.get(work_id)
        kind = self.kinds[work.kind]
        return WorkRun(self._stores, kind, work, run_id, silence=silence, on_progress=on_progress).work()

    def _new(
        self, principal: Principal, kind: str, *, title: str, params: Mapping[str, Any] | None, work_id: str | None,
        undoable: bool,
    ) -> LongWork:  # fmt: skip
        moment = now()
        return LongWork(
            id=work_id or new_id("o"), kind=kind, title=title, params=json.dumps(dict(params or {})),
            principal=principal.id, owner=owner_of(principal), created_at=moment, total=0, undoable=undoable,
            expires_at=moment + timedelta(days=self._settings.operation_days),
            trace_id=logs.trace_id() or logs.new_trace_id(),
        )  # fmt: skip

    def _started(
        self, principal: Principal, work: LongWork, undoes: LongWork | None = None, *, at_once: bool | None = None
    ) -> LongWork:
        """Store work whose parts are written, and do it or ask for its run."""
        at_once = work.total <= AT_ONCE if at_once is None else at_once
        if at_once:
            # Nobody else is to take it up while it is done here; a sensor does once this process is silent.
            work = work.model_copy(update={"requested_at": now()})

        def transaction(session: Session) -> None:
            if undoes is not None and not self._stores.work.mark_undone(
                session, undoes.id, work.id, before=undoes.undone_by
            ):
                raise Error("conflict", f"Somebody else undoes the operation {undoes.id} just now.")
            self._stores.work.insert(work, session=session)
            data = {"kind": work.kind, "total": work.total, "owner": work.owner}
            self._stores.events.append(
                session, type="operation.queued", principal=principal, ids=[work.id], data=data, trace_id=work.trace_id
            )

        self._stores.database.run(transaction)
        if not at_once:
            self.launch(principal, work.id)
            return self._stores.work.get(work.id)
        try:
            return self._run(work.id, f"{AT_ONCE_RUN}{secrets.token_hex(4)}")
        except Error as error:
            _log.warning("work_left_to_a_run", work=work.id, code=error.code, cause=error.cause)
            return self._stores.work.get(work.id)


def owner_of(principal: Principal) -> str:
    """Whose the work is that a principal begins: an account's, whichever token it came with."""
    return principal.account


def _parts(work: LongWork, items: Iterable[Sequence[str]]) -> Iterable[WorkPart]:
    """The things in pieces as they are stored."""
    waiting: list[str] = []
    number = 0
    for piece in items:
        waiting += piece
        while len(waiting) >= THINGS_A_PART:
            yield _part(work, number, waiting[:THINGS_A_PART])
            waiting, number = waiting[THINGS_A_PART:], number + 1
    if waiting:
        yield _part(work, number, waiting)


def _part(work: LongWork, number: int, items: Sequence[str]) -> WorkPart:
    return WorkPart(
        id=part_id(work.id, number), work=work.id, part=number, items=tuple(items), expires_at=work.expires_at
    )
