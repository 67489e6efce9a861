"""Moves of blobs, as they are remembered."""

from __future__ import annotations

from datetime import datetime

from pymongo import ReturnDocument

from darkroom.domain.storage import StorageMove
from darkroom.errors import Error
from darkroom.store.database import Database, Session, maps_errors
from darkroom.store.repository import Repository

_OF_OTHERS = ("_id", "requested_at", "stopped_at")
"""What whoever moves does not write."""


class MoveRepository(Repository[StorageMove]):
    """Moves between stores."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "storage_moves", StorageMove)

    @maps_errors
    def effective(self) -> list[StorageMove]:
        """Moves that say where blobs are, oldest first; usually none."""
        found = self._collection.find({"state": {"$ne": "rolled_back"}}).sort([("started_at", 1), ("_id", 1)])
        return [self._decode(one) for one in found]

    @maps_errors
    def between(self, source: str, target: str) -> StorageMove | None:
        """The newest move from one place to another that was not taken back, or None."""
        wanted = {"source": source, "target": target, "state": {"$ne": "rolled_back"}}
        found = self._collection.find_one(wanted, sort=[("started_at", -1), ("_id", -1)])
        return None if found is None else self._decode(found)

    @maps_errors
    def requested(self, before: datetime) -> list[StorageMove]:
        """Moves that a run was asked for before that time, and that are not through."""
        found = self._collection.find({"requested_at": {"$lt": before}}).sort([("started_at", 1), ("_id", 1)])
        return [self._decode(one) for one in found]

    @maps_errors
    def request(self, move_id: str, at: datetime | None) -> None:
        """Note when a run was asked for, or that none is needed.

        It leaves the revision alone: whoever moves writes how far it is, over and over. A move that was stopped goes on.
        """
        resumed = {} if at is None else {"stopped_at": None}
        self._collection.update_one({"_id": move_id}, {"$set": {"requested_at": at, **resumed}})

    @maps_errors
    def stop(self, move_id: str, at: datetime) -> bool:
        """Have whoever moves end; False when nothing is being moved."""
        going_on = {"_id": move_id, "state": {"$in": ["running", "rolling_back"]}, "stopped_at": None}
        change = {"$set": {"stopped_at": at, "requested_at": None}}
        return self._collection.update_one(going_on, change).matched_count == 1

    @maps_errors
    def go_on(self, move_id: str) -> StorageMove:
        """The move, no longer stopped."""
        self._collection.update_one({"_id": move_id}, {"$set": {"stopped_at": None}})
        return self.get(move_id)

    @maps_errors
    def replace(self, document: StorageMove, *, session: Session | None = None) -> StorageMove:
        """Store how far a move is, if nobody else did since it was read; what others ask of it stays as they asked."""
        changed = document.model_copy(update={"revision": document.revision + 1})
        values = {name: one for name, one in self._encode(changed).items() if name not in _OF_OTHERS}
        found = self._collection.find_one_and_update(
            {"_id": document.id, "revision": document.revision}, {"$set": values},
            return_document=ReturnDocument.AFTER, session=session,
        )  # fmt: skip
        if found is None:
            self.get(document.id, session=session)
            raise Error("conflict", f"The move {document.id!r} has changed since it was read.", id=document.id)
        return self._decode(found)

    @maps_errors
    def all(self) -> list[StorageMove]:
        """Every move, newest first."""
        return [self._decode(one) for one in self._collection.find().sort([("started_at", -1), ("_id", -1)])]
