"""Uploads in parts, while they come in and until their batch has run."""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from darkroom.domain.base import now
from darkroom.domain.upload import Upload, UploadState
from darkroom.store.database import Database, maps_errors
from darkroom.store.repository import Repository


class UploadRepository(Repository[Upload]):
    """Uploads by owner, state and group. Every change of state is one step of the database."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "uploads", Upload)

    @maps_errors
    def list(self, owner: str, *, limit: int) -> builtins.list[Upload]:
        """Those of an owner that belong to no batch yet, newest first."""
        wanted = {"owner": owner, "state": {"$in": ["open", "waiting"]}}
        found = self._collection.find(wanted).sort([("created_at", -1), ("_id", -1)]).limit(limit)
        return [self._decode(one) for one in found]

    @maps_errors
    def same(self, owner: str, sha256: str, size: int) -> Upload | None:
        """An upload of the same content that can be gone on with, the newest; None when there is none."""
        wanted = {"owner": owner, "sha256": sha256, "bytes": size, "state": {"$in": ["open", "waiting"]}}
        found = self._collection.find_one(wanted, sort=[("created_at", -1)])
        return None if found is None else self._decode(found)

    @maps_errors
    def regroup(self, upload_id: str, group: str | None, tags: tuple[str, ...]) -> bool:
        """Go on with one under another key and tags; False when it belongs to a batch by now."""
        change = {"$set": {"group": group, "tags": list(tags), "touched_at": now()}, "$inc": {"revision": 1}}
        wanted = {"_id": upload_id, "state": {"$in": ["open", "waiting"]}}
        return self._collection.update_one(wanted, change).matched_count > 0

    @maps_errors
    def count(self, owner: str, *states: UploadState, group: str | None = None) -> int:
        """How many an owner has in these states, of one group where one is named."""
        wanted: dict[str, Any] = {"owner": owner, "state": {"$in": list(states)}}
        return self._collection.count_documents(wanted if group is None else wanted | {"group": group})

    @maps_errors
    def touch(self, upload_id: str) -> None:
        """Remember that something came in just now."""
        self._collection.update_one({"_id": upload_id}, {"$set": {"touched_at": now()}, "$inc": {"revision": 1}})

    @maps_errors
    def finish(self, upload_id: str) -> bool:
        """Let an open one wait for its batch; False when it is not open (any more)."""
        change = {"$set": {"state": "waiting", "touched_at": now()}, "$inc": {"revision": 1}}
        return self._collection.update_one({"_id": upload_id, "state": "open"}, change).modified_count > 0

    @maps_errors
    def take(self, upload_ids: Sequence[str], batch: str) -> builtins.list[Upload]:
        """Give waiting ones to a batch; returns those that are its own now, whoever gave them to it."""
        change = {"$set": {"state": "submitted", "batch": batch, "touched_at": now()}, "$inc": {"revision": 1}}
        self._collection.update_many({"_id": {"$in": list(upload_ids)}, "state": "waiting"}, change)
        return self.of_batch(batch)

    @maps_errors
    def of_batch(self, batch: str) -> builtins.list[Upload]:
        """Those that a batch was made of, by name."""
        return [self._decode(one) for one in self._collection.find({"batch": batch}).sort([("name", 1), ("_id", 1)])]

    @maps_errors
    def waiting(self, owner: str, group: str, *, limit: int) -> builtins.list[str]:
        """Ids of the whole ones of a group, oldest first."""
        wanted = {"owner": owner, "group": group, "state": "waiting"}
        found = self._collection.find(wanted, {"_id": 1}).sort([("created_at", 1), ("_id", 1)]).limit(limit)
        return [str(one["_id"]) for one in found]

    @maps_errors
    def last_batch(self, owner: str, group: str) -> str | None:
        """The batch that a group was given to last."""
        wanted = {"owner": owner, "group": group, "state": "submitted"}
        found = self._collection.find_one(wanted, {"batch": 1}, sort=[("touched_at", -1)])
        return None if found is None else str(found["batch"])

    @maps_errors
    def untouched(self, state: UploadState, before: datetime, *, limit: int = 10_000) -> Iterator[Upload]:
        """Those in a state in which nothing came in since, oldest first."""
        found = (
            self._collection.find({"state": state, "touched_at": {"$lt": before}}).sort("touched_at", 1).limit(limit)
        )
        return map(self._decode, found)

    @maps_errors
    def newest_touch(self, owner: str, group: str | None) -> datetime | None:
        """When something of a group last came in, whole or not."""
        wanted = {"owner": owner, "group": group, "state": {"$in": ["open", "waiting"]}}
        found = self._collection.find_one(wanted, {"touched_at": 1}, sort=[("touched_at", -1)])
        return None if found is None else found["touched_at"]

    @maps_errors
    def remove(self, upload_id: str) -> bool:
        """Forget one; returns whether it was there."""
        return self._collection.delete_one({"_id": upload_id}).deleted_count > 0
