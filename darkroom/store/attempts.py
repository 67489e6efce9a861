"""How often somebody tried: counted in the database, so that it holds in every process."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pymongo import ReturnDocument

from darkroom.store.database import Database, maps_errors


class AttemptRepository:
    """Counters that begin anew once their window is over."""

    def __init__(self, database: Database) -> None:
        self._collection = database.collection("attempts")

    @maps_errors
    def count(self, key: str, window_seconds: int) -> tuple[int, datetime]:
        """Count one attempt; returns how many there are in this window, and when it ends. Times are the database's."""
        over = {"$lte": [{"$ifNull": ["$expires_at", "$$NOW"]}, "$$NOW"]}
        change = [
            {
                "$set": {
                    "count": {"$cond": [over, 1, {"$add": ["$count", 1]}]},
                    "expires_at": {"$cond": [over, {"$add": ["$$NOW", window_seconds * 1000]}, "$expires_at"]},
                }
            }
        ]
        found: Any = self._collection.find_one_and_update(
            {"_id": key}, change, upsert=True, return_document=ReturnDocument.AFTER
        )
        return int(found["count"]), found["expires_at"]

    @maps_errors
    def forget(self, keys: Iterable[str]) -> None:
        """Begin anew."""
        self._collection.delete_many({"_id": {"$in": list(keys)}})

    @maps_errors
    def take_back(self, keys: Iterable[str]) -> None:
        """Count one attempt less."""
        self._collection.update_many({"_id": {"$in": list(keys)}, "count": {"$gt": 0}}, {"$inc": {"count": -1}})
