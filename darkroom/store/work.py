"""Long work, what it is to be done on, and the way back."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Sequence
from typing import Any

from darkroom.domain.work import MOST_FAILURES, LongWork, UndoGroup, UndoPart, WorkFailure, WorkPart, WorkState
from darkroom.errors import Error
from darkroom.store.claims import ClaimedRepository, held_by
from darkroom.store.database import Database, Session, maps_errors
from darkroom.store.documents import from_mongo, to_mongo

THINGS_A_PART = 1000
"""Things in one stored piece of work."""

_PARTS_AT_ONCE = 50
_LAST = 999_999_999


class WorkRepository(ClaimedRepository[LongWork]):
    """Work with its parts. Heartbeats and their ages are those of the database's clock."""

    ON_CLAIM = {"rate": None}

    def __init__(self, database: Database) -> None:
        super().__init__(database, "work", LongWork)
        self._noun = "operation"
        self._parts = database.collection("work_parts")
        self._undo = database.collection("undo")

    @maps_errors
    def write_parts(self, parts: Iterable[WorkPart]) -> int:
        """Store what work is to be done on, before the work itself; returns how many things that are.

        What belongs to no work in the end is forgotten with its time.
        """
        total = 0
        waiting: builtins.list[dict[str, Any]] = []
        for part in parts:
            total += len(part.items)
            waiting.append(to_mongo(part))
            if len(waiting) >= _PARTS_AT_ONCE:
                self._parts.insert_many(waiting)
                waiting = []
        if waiting:
            self._parts.insert_many(waiting)
        return total

    @maps_errors
    def things(self, work_id: str, begin: int, most: int) -> tuple[str, ...]:
        """The things from the number `begin` on, at most so many of them, and none when there are no more."""
        found = self._parts.find_one({"_id": part_id(work_id, begin // THINGS_A_PART)}, {"items": 1})
        offset = begin % THINGS_A_PART
        return () if found is None else tuple(found["items"][offset : offset + most])

    @maps_errors
    def text(self, work_id: str) -> str:
        """All things one after the other: those of work in one piece are the pieces of a text."""
        mine = {"_id": {"$gte": part_id(work_id, 0), "$lte": part_id(work_id, _LAST)}}
        found = self._parts.find(mine, {"items": 1}).sort("_id", 1)
        return "".join(piece for part in found for piece in part["items"])

    @maps_errors
    def newest(self, kind: str) -> LongWork | None:
        """The last work of a kind that was done."""
        found = self._collection.find_one({"kind": kind, "state": "done"}, sort=[("created_at", -1)])
        return None if found is None else from_mongo(LongWork, found)

    @maps_errors
    def last(self, kind: str, params: str) -> LongWork | None:
        """The work of a kind with exactly these parameters that was asked for last."""
        found = self._collection.find_one({"kind": kind, "params": params}, sort=[("created_at", -1)])
        return None if found is None else from_mongo(LongWork, found)

    @maps_errors
    def drop_parts(self, work_id: str) -> None:
        """Forget what work was to be done on."""
        self._parts.delete_many({"work": work_id})

    @maps_errors
    def holds(self, session: Session, work: LongWork, run_id: str) -> bool:
        """Whether the next step of the work is this run's to do."""
        mine = {**held_by(work.id, run_id), "cursor": work.cursor}
        return self._collection.find_one(mine, {"_id": 1}, session=session) is not None

    @maps_errors
    def progress(self, session: Session, work: LongWork, run_id: str, change: dict[str, Any]) -> LongWork:
        """Set the counters in the transaction of a step; also a heartbeat.

        Raises:
            Error: `conflict` when the work no longer belongs to this run, or another step was done since: stop then.
        """
        return self._hold(work.id, run_id, change, session, cursor=work.cursor)

    @maps_errors
    def note(self, work_id: str, run_id: str, change: dict[str, Any]) -> LongWork:
        """Set the counters of work in one piece; also a heartbeat.

        Raises:
            Error: `conflict` when the work does not belong to this run (any more): stop then.
        """
        return self._hold(work_id, run_id, change)

    @maps_errors
    def end(
        self, session: Session, work_id: str, state: WorkState, *, run_id: str | None = None, error: Error | None = None
    ) -> LongWork | None:
        """Finish or cancel work that is not over; None when it is, or is another run's."""
        why = {} if error is None else {"error_code": error.code, "error_cause": error.cause}
        return self._end(session, work_id, state, run_id, fields=why)

    @maps_errors
    def keep_undo(self, session: Session, work: LongWork, groups: Sequence[UndoGroup]) -> None:
        """Keep the way back of the step that begins at the cursor."""
        found = UndoPart(
            id=part_id(work.id, work.cursor), work=work.id, part=work.cursor, groups=tuple(groups),
            expires_at=work.expires_at,
        )  # fmt: skip
        self._undo.insert_one(to_mongo(found), session=session)

    @maps_errors
    def undo_at(self, work_id: str, number: int) -> UndoPart | None:
        """The way back of the step that did the thing of that number, or of the last one before it that kept any."""
        earlier = {"_id": {"$gte": part_id(work_id, 0), "$lte": part_id(work_id, number)}}
        found = self._undo.find_one(earlier, sort=[("_id", -1)])
        return None if found is None else from_mongo(UndoPart, found)

    @maps_errors
    def undo_after(self, work_id: str, number: int) -> UndoPart | None:
        """The way back of the next step that began behind the thing of that number; None when there is none."""
        later = {"_id": {"$gt": part_id(work_id, number), "$lte": part_id(work_id, _LAST)}}
        found = self._undo.find_one(later, sort=[("_id", 1)])
        return None if found is None else from_mongo(UndoPart, found)

    @maps_errors
    def mark_undone(self, session: Session, work_id: str, by: str, *, before: str | None) -> bool:
        """Remember who takes work back; False when somebody else was quicker."""
        change = {"undone_by": {"$literal": by}}
        return self._change({"_id": work_id, "undone_by": before}, change, session) is not None


def part_id(work_id: str, part: int) -> str:
    """Id of a numbered piece of work."""
    return f"{work_id}/{part:09d}"


def add_failures(
    work: LongWork, new: Sequence[WorkFailure]
) -> tuple[builtins.list[dict[str, Any]], dict[str, int]]:  # fmt: skip
    """The listed failures and the counts by code with some more."""
    listed = [one.model_dump() for one in (*work.failures, *new)[:MOST_FAILURES]]
    counts = dict(work.failures_by_code)
    for one in new:
        counts[one.code] = counts.get(one.code, 0) + 1
    return listed, counts
