"""Documents that one run at a time works on: claimed, kept alive by a heartbeat, taken over when it stops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from pymongo import ReturnDocument

from darkroom.domain.turns import Priority
from darkroom.store.database import Session, maps_errors
from darkroom.store.repository import D, Repository

OPEN = ("queued", "running")
"""States of a document that still needs a run."""


def _before_now(seconds: float) -> dict[str, Any]:
    """That long ago by the database's clock, so that clocks of several machines need not agree."""
    return {"$subtract": ["$$NOW", int(seconds * 1000)]}


def silent(field: str, seconds: float) -> dict[str, Any]:
    """An expression: `field` is null or that old."""
    # Null is less than any date in MongoDB's order of types.
    return {"$lte": [{"$ifNull": [f"${field}", None]}, _before_now(seconds)]}


class ClaimedRepository(Repository[D]):
    """Documents with `state`, `run_id`, `attempt` and the times of a claim, such as batches of files.

    Every change is one step of the database and uses its clock, so that neither dead processes nor clocks that differ
    let two runs work on the same document.
    """

    SHORT: ClassVar[dict[str, Any] | None] = None
    """What lists leave out of a document."""
    ON_CLAIM: ClassVar[dict[str, Any]] = {}
    """Further fields that a claim sets."""

    @maps_errors
    def claim(self, document_id: str, run_id: str, stale_after: float) -> D | None:
        """Take a document for a run; None when another run works on it, or it is finished.

        Taken is one that is queued, that this run has already (a retry within the run), or whose run has given no
        sign of life for `stale_after` seconds. Each success counts as an attempt.
        """
        free = {"$or": [
            {"state": "queued"},
            {"state": "running", "run_id": run_id},
            {"state": "running", "$expr": silent("heartbeat_at", stale_after)},
        ]}  # fmt: skip
        change = {
            "state": "running",
            "run_id": {"$literal": run_id},
            "attempt": {"$add": ["$attempt", 1]},
            "started_at": {"$ifNull": ["$started_at", "$$NOW"]},
            "heartbeat_at": "$$NOW",
            **self.ON_CLAIM,
        }
        return self._change({"_id": document_id, **free}, change)

    @maps_errors
    def heartbeat(self, document_id: str, run_id: str) -> bool:
        """Give a sign of life; False when the document no longer belongs to this run."""
        return self._change(held_by(document_id, run_id), {"heartbeat_at": "$$NOW"}) is not None

    @maps_errors
    def pending(self, stale_after: float) -> list[D]:
        """What needs a run, oldest first: queued or abandoned, and not asked for in the last `stale_after` seconds."""
        needs_run = {"$or": [
            {"state": "queued"},
            {"state": "running", "$expr": silent("heartbeat_at", stale_after)},
        ], "$expr": silent("requested_at", stale_after)}  # fmt: skip
        found = self._collection.find({"state": {"$in": OPEN}, **needs_run})
        return [self._decode(one) for one in found.sort([("created_at", 1), ("_id", 1)])]

    @maps_errors
    def in_states(self, *states: str) -> list[D]:
        """Documents in one of these states, as lists tell them, oldest first."""
        found = self._collection.find({"state": {"$in": list(states)}}, self.SHORT)
        return [self._decode(one) for one in found.sort([("created_at", 1), ("_id", 1)])]

    @maps_errors
    def mark_requested(self, document_id: str) -> None:
        """Remember that a run was asked for just now."""
        self._change({"_id": document_id}, {"requested_at": "$$NOW"})

    @maps_errors
    def hurry(self, session: Session, document_id: str, priority: Priority, states: Sequence[str]) -> D | None:
        """Change how urgent a document is that is in one of these states; None when it is in another."""
        return self._change({"_id": document_id, "state": {"$in": list(states)}}, {"priority": priority}, session)

    def _change(self, condition: dict[str, Any], change: dict[str, Any], session: Session | None = None) -> D | None:
        """Change one document if it fits the condition, in one step of the database."""
        found = self._collection.find_one_and_update(
            condition,
            [{"$set": {**change, "revision": {"$add": ["$revision", 1]}}}],
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        return None if found is None else self._decode(found)


def held_by(document_id: str, run_id: str) -> dict[str, Any]:
    """The condition that a document belongs to a run."""
    return {"_id": document_id, "run_id": run_id, "state": "running"}
