"""Batches of files on their way into the library."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import Field
from pymongo import ASCENDING

from darkroom.domain.base import Document
from darkroom.domain.ingest import Batch, BatchItem, BatchState, Manifest
from darkroom.errors import Error
from darkroom.store.claims import OPEN, ClaimedRepository, held_by
from darkroom.store.database import Database, Session, maps_errors
from darkroom.store.documents import from_mongo, to_mongo
from darkroom.store.keyset import Order, read_page
from darkroom.store.paging import Page, digest

ITEMS_A_PART = 1000
"""Files in one stored piece of a manifest: paths may be long, and a document holds at most 16 MB."""

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


class BatchRepository(ClaimedRepository[Batch]):
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
    def progress(
        self, batch_id: str, run_id: str, *, done: int, added: int, duplicates: int, failed: int, bytes: int,  # noqa: A002
        failures_by_code: dict[str, int], session: Session | None = None,
    ) -> Batch:  # fmt: skip
        """Set the counters; also a heartbeat. In the transaction of the results it fences off a run that lost its batch.

        Raises:
            Error: `conflict` when the batch no longer belongs to this run (cancelled, or taken over): stop then.
        """
        counts = {
            "done": done,
            "added": added,
            "duplicates": duplicates,
            "failed": failed,
            "done_bytes": bytes,
            "failures_by_code": failures_by_code,
        }
        return self._hold(batch_id, run_id, counts, session)

    @maps_errors
    def finish(self, session: Session, batch_id: str, run_id: str) -> Batch:
        """Mark a batch done; doing it twice is the same as once.

        Raises:
            Error: `conflict` when the batch does not belong to this run.
        """
        change = {"state": "done", "finished_at": "$$NOW", "heartbeat_at": "$$NOW"}
        found = self._change(held_by(batch_id, run_id), change, session)
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
        found = self._change({"_id": batch_id, "state": {"$in": OPEN}}, change, session)
        if found is None:
            found = self.get(batch_id, session=session)
            if found.state != "cancelled":
                raise Error("conflict", f"The batch {batch_id} is {found.state}.", id=batch_id, state=found.state)
        return found

    @maps_errors
    def open_keys(self, connector: str) -> dict[str, tuple[int, int]]:
        """Key -> (bytes, modified_ns) of every file in an unfinished batch of that connector."""
        batches = self._collection.find({"state": {"$in": OPEN}, "connector": connector}, {"_id": 1})
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
        found = list(self._collection.aggregate([{"$match": {"state": {"$in": OPEN}}}, {"$group": group}]))
        if not found:
            return QueueStats(0, 0, 0, None)
        return QueueStats(found[0]["batches"], found[0]["files"], found[0]["left"], found[0]["oldest"])
