"""How much everybody has spent, counted for all web processes together.

A process decides at once from what it knows, and tells here every half second what was spent meanwhile. So a request waits for
nothing, and with n processes somebody can overspend by what the others let through in that time, once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymongo import UpdateOne

from darkroom.store.database import Database, maps_errors

_KEPT_MILLISECONDS = 180_000
"""Longer than a bucket with the largest debt takes to be full again."""


class AllowanceRepository:
    """Token buckets by key; one that is not there is full."""

    def __init__(self, database: Database) -> None:
        # Among the attempts, which vanish by themselves.
        self._collection = database.collection("attempts")

    @maps_errors
    def share(self, policy: str, spent: Mapping[str, float], *, capacity: int, seconds: int) -> dict[str, float]:
        """Take what was spent from buckets; returns what is left in each. Times are the database's.

        Args:
            policy: whose buckets they are: `user`, `token` or `address`.
            spent: units by key.
            capacity: units of a full bucket; a debt is as large at most.
            seconds: in which an empty one is full again.
        """
        if not spent:
            return {}
        names = {f"allowance {policy} {key}": key for key in spent}
        work = [
            UpdateOne({"_id": name}, _taking(spent[key], capacity, seconds), upsert=True) for name, key in names.items()
        ]
        self._collection.bulk_write(work, ordered=False)
        found = self._collection.find({"_id": {"$in": list(names)}}, {"units": 1})
        return {names[one["_id"]]: float(one["units"]) for one in found}


def _taking(spent: float, capacity: int, seconds: int) -> list[dict[str, Any]]:
    """The pipeline that fills a bucket up to this moment and takes from it."""
    passed = {"$max": [0, {"$subtract": ["$$NOW", {"$ifNull": ["$at", "$$NOW"]}]}]}
    gained = {"$multiply": [passed, capacity / (seconds * 1000)]}
    filled = {"$min": [capacity, {"$add": [{"$ifNull": ["$units", capacity]}, gained]}]}
    return [
        {"$set": {
            "units": {"$max": [-capacity, {"$subtract": [filled, spent]}]},
            "at": "$$NOW",
            "expires_at": {"$add": ["$$NOW", _KEPT_MILLISECONDS]},
        }}
    ]  # fmt: skip
