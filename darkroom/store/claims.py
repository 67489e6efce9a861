"""Documents that one run at a time works on: claimed, kept alive by a heartbeat, taken over when it stops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from pymongo import ReturnDocument

from darkroom.domain.claim import Claimable
from darkroom.domain.turns import Priority
from darkroom.errors import Error
from darkroom.store.database import Session, maps_errors
from darkroom.store.repository import Repository

C = TypeVar("C", bound=Claimable)

OPEN = ("queued", "running")
"""States of a document that still needs a run."""


def _before_now(seconds: float) -> dict[str, Any]:
    """That long ago by the database's clock, so that clocks of several machines need not agree."""
    return {"$subtract": ["$$NOW", int(seconds * 1000)]}


def silent(field: str, seconds: float) -> dict[str, Any]:
    """An expression: `field` is null or that old."""
    # Null is less than any date in MongoDB's order of types.
    return {"$lte": [{"$ifNull": [f"${field}", None]}, _before_now(seconds)]}


class ClaimedRepository(Repository[C]):
    """Documents that runs claim, such as batches of files.

    Every change is one step of the database and uses its clock, so that neither dead processes nor clocks that differ
    let two runs work on the same document.
    """

    SHORT: ClassVar[dict[str, Any] | None] = None
    """What lists leave out of a document."""
    ON_CLAIM: ClassVar[dict[str, Any]] = {}
    """Further fields that a claim sets."""

    @maps_errors
    def claim(self, document_id: str, run_id: str, stale_after: float) -> C | None:
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

    def _hold(
        self, document_id: str, run_id: str, fields: Mapping[str, Any], session: Session | None = None, **more: Any
    ) -> C:
        """Set fields of a document that a run holds; also a heartbeat.

        Args:
            document_id: which.
            run_id: of the run.
            fields: values as they are, none of them an expression.
            session: of a transaction, so that a run that lost the document writes nothing with it.
            more: further conditions.

        Raises:
            Error: `conflict` when it no longer belongs to this run (cancelled, or taken over): stop then.
        """
        values = {name: {"$literal": value} for name, value in fields.items()}
        change = {**values, "heartbeat_at": "$$NOW"}
        found = self._change({**held_by(document_id, run_id), **more}, change, session)
        return found or self._refuse(document_id, run_id, session)

    def _refuse(self, document_id: str, run_id: str, session: Session | None = None) -> C:
        """Say why a run may not write to a document."""
        found = self.get(document_id, session=session)
        raise Error(
            "conflict", f"The {self._noun} {document_id} does not belong to run {run_id} (any more).", id=document_id,
            state=found.state, run_id=found.run_id,
        )  # fmt: skip

    def _end(
        self, session: Session, document_id: str, state: str, run_id: str | None, *,
        fields: Mapping[str, Any] | None = None, before: Sequence[str] = OPEN,
    ) -> C | None:  # fmt: skip
        """Bring a document to its end.

        Args:
            session: of a transaction.
            document_id: which.
            state: how it ends.
            run_id: of the run that ends it; None for somebody else, who may do so in any state of `before`.
            fields: values that are set as well.
            before: states that are not over.

        Returns:
            None when it is over already, or is another run's.
        """
        mine = {"_id": document_id, "state": {"$in": list(before)}} if run_id is None else held_by(document_id, run_id)
        values = {name: {"$literal": value} for name, value in (fields or {}).items()}
        return self._change(mine, {**values, "state": state, "finished_at": "$$NOW"}, session)

    @maps_errors
    def pending(self, stale_after: float) -> list[C]:
        """What needs a run, oldest first: queued or abandoned, and not asked for in the last `stale_after` seconds."""
        needs_run = {"$or": [
            {"state": "queued"},
            {"state": "running", "$expr": silent("heartbeat_at", stale_after)},
        ], "$expr": silent("requested_at", stale_after)}  # fmt: skip
        found = self._collection.find({"state": {"$in": OPEN}, **needs_run})
        return [self._decode(one) for one in found.sort([("created_at", 1), ("_id", 1)])]

    @maps_errors
    def in_states(self, *states: str) -> list[C]:
        """Documents in one of these states, as lists tell them, oldest first."""
        found = self._collection.find({"state": {"$in": list(states)}}, self.SHORT)
        return [self._decode(one) for one in found.sort([("created_at", 1), ("_id", 1)])]

    @maps_errors
    def mark_requested(self, document_id: str) -> None:
        """Remember that a run was asked for just now."""
        self._change({"_id": document_id}, {"requested_at": "$$NOW"})

    @maps_errors
    def hurry(self, session: Session, document_id: str, priority: Priority, states: Sequence[str]) -> C | None:
        """Change how urgent a document is that is in one of these states; None when it is in another."""
        return self._change({"_id": document_id, "state": {"$in": list(states)}}, {"priority": priority}, session)

    def _change(self, condition: dict[str, Any], change: dict[str, Any], session: Session | None = None) -> C | None:
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
