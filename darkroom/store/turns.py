"""Who computed how much of late, over everything that runs do."""

from __future__ import annotations

from typing import Any

from darkroom.store.claims import OPEN
from darkroom.store.database import Database, maps_errors

WORKED = ("training_runs", "rendition_orders", "work")
"""Collections of what runs do for somebody."""


class TurnReader:
    """Reads what decides whose turn it is.

    Args:
        database: where it is kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @maps_errors
    def used(self, seconds: float) -> dict[str, float]:
        """Seconds of work in the last `seconds`, by account; runs of two trainings at a time count twice."""
        since = {"$subtract": ["$$NOW", int(seconds * 1000)]}
        # Work at work goes on until now; what rests, or whose run died, went on until its last sign of life.
        until = {"$ifNull": ["$finished_at", {"$ifNull": ["$heartbeat_at", "$started_at"]}]}
        begun = {"$max": ["$started_at", since]}
        found: dict[str, float] = {}
        for name in WORKED:
            steps: list[dict[str, Any]] = [
                {"$match": {
                    "started_at": {"$ne": None},
                    "$or": [{"state": {"$in": [*OPEN, "paused"]}}, {"$expr": {"$gte": ["$finished_at", since]}}],
                }},
                {"$group": {"_id": "$owner", "ms": {"$sum": {"$max": [0, {"$subtract": [until, begun]}]}}}},
            ]  # fmt: skip
            for one in self._database.collection(name).aggregate(steps):
                found[one["_id"]] = found.get(one["_id"], 0.0) + one["ms"] / 1000
        return found

    @maps_errors
    def waiting(self, account: str) -> int:
        """How much of an account's waits for a run."""
        return sum(
            self._database.collection(name).count_documents({"state": "queued", "owner": account}) for name in WORKED
        )
