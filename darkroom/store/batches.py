"""Batches of files on their way into the library."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import Field
from pymongo import ASCENDING, ReturnDocument

from darkroom.domain.base import Document
from darkroom.domain.ingest import Batch, BatchItem, BatchState, Manifest
from darkroom.errors import Error
from darkroom.store.database import Database, Session, maps_errors
from darkroom.store.documents import from_mongo, to_mongo
from darkroom.store.keyset import Order, read_page
from darkroom.store.paging import Page, digest
from darkroom.store.repository import Repository

ITEMS_A_PART = 1000
"""Files in one stored piece of a manifest: paths may be long, and a document holds at most 16 MB."""

_OPEN: tuple[BatchState, ...] = ("queued", "running")
_NEWEST = Order("created_at", datetime, descending=True)


class ManifestPart(Document):
    """A piece of a manifest as it is stored; its id is `<batch>/<part>`."""

    batch: str
    """The batch."""
    part: int = Field(ge=0)
    """Position among the pieces."""
    items: tuple[BatchItem, ...]
    """The files."""


@dataclass(frozen=True)
class QueueStats:
    """How much waits."""

    batches: int
    """Batches queued or running."""
    files: int
    """Files in them."""
    files_left: int
    """Files in them that are not dealt with yet."""
    oldest_at: datetime | None
    """When the oldest of the waiting files arrived."""


def _before_now(seconds: float) -> dict[str, Any]:
    """That long ago by the database's clock, so that clocks of several machines need not agree."""
    return {"$subtract": ["$$NOW", int(seconds * 1000)]}


def silent(field: str, seconds: float) -> dict[str, Any]:
    """An expression: `field` is null or that old."""
    # Null is less than any date in MongoDB's order of types.
    return {"$lte": [{"$ifNull": [f"${field}", None]}, _before_now(seconds)]}


class BatchRepository(Repository[Batch]):
    """Batches with their manifests. Heartbeats and their ages are those of the database's clock."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "batches", Batch)
        self._manifests = database.collection("manifests")

    @maps_errors
    def create(self, session: Session, batch: Batch, manifest: Manifest) -> None:
        """Store a batch with its manifest.

        Raises:
            Error: `already_exists`.
        """
        items = manifest.items
        parts = [
            ManifestPart(
                id=f"{batch.id}/{start // ITEMS_A_PART:04d}", batch=batch.id, part=start // ITEMS_A_PART,
                items=items[start : start + ITEMS_A_PART],
            )
            for start in range(0, max(len(items), 1), ITEMS_A_PART)
        ]  # fmt: skip
        self._collection.insert_one(self._encode(batch), session=session)
        self._manifests.insert_many([to_mongo(part) for part in parts], session=session)

    @maps_errors
    def manifest(self, batch_id: str) -> Manifest:
        """The files of a batch.

        Raises:
            Error: `not_found`.
        """
        found = self._manifests.find({"batch": batch_id}).sort("part", ASCENDING)
        parts = [from_mongo(ManifestPart, document) for document in found]
        if not parts:
            raise Error("not_found", f"There is no manifest of {batch_id!r}.", id=batch_id)
        return Manifest(id=batch_id, items=tuple(item for part in parts for item in part.items))

    @maps_errors
    def list(
        self, *, states: Sequence[BatchState] | None = None, connector: str | None = None, limit: int = 100,
        cursor: str | None = None,
    ) -> Page[Batch]:  # fmt: skip
        """Batches, newest first.

        Raises:
            Error: `invalid_cursor`.
        """
        conditions: builtins.list[dict[str, Any]] = []
        if states is not None:
            conditions.append({"state": {"$in": sorted(set(states))}})
        if connector is not None:
            conditions.append({"connector": connector})
        return read_page(
            self._collection, conditions, _NEWEST, query=digest("batches", conditions), limit=limit, cursor=cursor,
            decode=self._decode,
        )  # fmt: skip

    @maps_errors
    def claim(self, batch_id: str, run_id: str, stale_after: float) -> Batch | None:
        """Take a batch for a run; None when another run works on it, or it is finished.

        Taken is a batch that is queued, that this run has already (a retry within the run), or whose run has given no
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
        }
        return self._change({"_id": batch_id, **free}, change)

    @maps_errors
    def progress(
        self, batch_id: str, run_id: str, *, done: int, added: int, duplicates: int, failed: int, bytes: int,  # noqa: A002
        failures_by_code: dict[str, int], session: Session | None = None,
    ) -> Batch:  # fmt: skip
        """Set the counters; also a heartbeat. In the transaction of the results it fences off a run that lost its batch.

        Raises:
            Error: `conflict` when the batch no longer belongs to this run (cancelled, or taken over): stop then.
        """
        change = {
            "done": done,
            "added": added,
            "duplicates": duplicates,
            "failed": failed,
            "done_bytes": bytes,
            "failures_by_code": {"$literal": failures_by_code},
            "heartbeat_at": "$$NOW",
        }
        found = self._change({"_id": batch_id, "run_id": run_id, "state": "running"}, change, session)
        return found or self._refuse(batch_id, run_id)

    @maps_errors
    def heartbeat(self, batch_id: str, run_id: str) -> bool:
        """Give a sign of life; False when the batch no longer belongs to this run."""
        mine = {"_id": batch_id, "run_id": run_id, "state": "running"}
        return self._change(mine, {"heartbeat_at": "$$NOW"}) is not None

    @maps_errors
    def finish(self, session: Session, batch_id: str, run_id: str) -> Batch:
        """Mark a batch done; doing it twice is the same as once.

        Raises:
            Error: `conflict` when the batch does not belong to this run.
        """
        change = {"state": "done", "finished_at": "$$NOW", "heartbeat_at": "$$NOW"}
        found = self._change({"_id": batch_id, "run_id": run_id, "state": "running"}, change, session)
        if found is None:
            found = self.get(batch_id, session=session)
            if (found.state, found.run_id) != ("done", run_id):
                self._refuse(batch_id, run_id)
        return found

    @maps_errors
    def cancel(self, session: Session, batch_id: str) -> Batch:
        """Stop a batch that is not finished; its run notices at its next progress.

        Raises:
            Error: `conflict` when it is finished, `not_found`.
        """
        change = {"state": "cancelled", "finished_at": "$$NOW"}
        found = self._change({"_id": batch_id, "state": {"$in": _OPEN}}, change, session)
        if found is None:
            found = self.get(batch_id, session=session)
            if found.state != "cancelled":
                raise Error("conflict", f"The batch {batch_id} is {found.state}.", id=batch_id, state=found.state)
        return found

    @maps_errors
    def pending(self, stale_after: float) -> builtins.list[Batch]:
        """Batches that need a run, oldest first: queued or abandoned, and not asked for in the last `stale_after` s."""
        needs_run = {"$or": [
            {"state": "queued"},
            {"state": "running", "$expr": silent("heartbeat_at", stale_after)},
        ], "$expr": silent("requested_at", stale_after)}  # fmt: skip
        found = self._collection.find({"state": {"$in": _OPEN}, **needs_run})
        return [self._decode(document) for document in found.sort([("created_at", 1), ("_id", 1)])]

    @maps_errors
    def mark_requested(self, batch_id: str) -> None:
        """Remember that a run was asked for just now."""
        self._change({"_id": batch_id}, {"requested_at": "$$NOW"})

    @maps_errors
    def open_keys(self, connector: str) -> dict[str, tuple[int, int]]:
        """Key -> (bytes, modified_ns) of every file in an unfinished batch of that connector."""
        batches = self._collection.find({"state": {"$in": _OPEN}, "connector": connector}, {"_id": 1})
        names = [batch["_id"] for batch in batches]
        fields = {"items.key": 1, "items.bytes": 1, "items.modified_ns": 1}
        parts = self._manifests.find({"batch": {"$in": names}}, fields)
        return {item["key"]: (item["bytes"], item["modified_ns"]) for part in parts for item in part["items"]}

    @maps_errors
    def queue(self) -> QueueStats:
        """How much waits."""
        group = {
            "_id": None,
            "batches": {"$sum": 1},
            "files": {"$sum": "$total"},
            "left": {"$sum": {"$max": [0, {"$subtract": ["$total", "$done"]}]}},
            "oldest": {"$min": {"$ifNull": ["$oldest_at", "$created_at"]}},
        }
        found = list(self._collection.aggregate([{"$match": {"state": {"$in": _OPEN}}}, {"$group": group}]))
        if not found:
            return QueueStats(0, 0, 0, None)
        return QueueStats(found[0]["batches"], found[0]["files"], found[0]["left"], found[0]["oldest"])

    def _change(
        self, condition: dict[str, Any], change: dict[str, Any], session: Session | None = None
    ) -> Batch | None:
        """Change one batch if it fits the condition, in one step of the database."""
        found = self._collection.find_one_and_update(
            condition,
            [{"$set": {**change, "revision": {"$add": ["$revision", 1]}}}],
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        return None if found is None else self._decode(found)

    def _refuse(self, batch_id: str, run_id: str) -> Batch:
        """Say why a run may not write to a batch."""
        found = self.get(batch_id)
        raise Error(
            "conflict", f"The batch {batch_id} does not belong to run {run_id} (any more).", id=batch_id,
            state=found.state, run_id=found.run_id,
        )  # fmt: skip
