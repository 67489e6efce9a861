"""Moves of blobs, as they are remembered."""

from __future__ import annotations

from datetime import datetime

from darkroom.domain.storage import StorageMove
from darkroom.store.database import Database, maps_errors
from darkroom.store.repository import Repository


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

        It leaves the revision alone: whoever moves writes how far it is, over and over.
        """
        self._collection.update_one({"_id": move_id}, {"$set": {"requested_at": at}})

    @maps_errors
    def all(self) -> list[StorageMove]:
        """Every move, newest first."""
        return [self._decode(one) for one in self._collection.find().sort([("started_at", -1), ("_id", -1)])]
