"""Contests of presets."""

from __future__ import annotations

import builtins

from darkroom.domain.preset_contest import PresetContest
from darkroom.store.database import Database, maps_errors
from darkroom.store.repository import Repository


class PresetContestRepository(Repository[PresetContest]):
    """Contests by id, and by preset."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "preset_contests", PresetContest)

    @maps_errors
    def of(self, preset: str, most: int) -> builtins.list[PresetContest]:
        """Those of a preset, newest first."""
        found = self._collection.find({"preset": preset}).sort([("created_at", -1), ("_id", -1)]).limit(most)
        return [self._decode(one) for one in found]

    @maps_errors
    def keep_newest(self, preset: str, most: int) -> int:
        """Forget those of a preset but the newest; returns how many are gone."""
        order = [("created_at", -1), ("_id", -1)]
        ids = [one["_id"] for one in self._collection.find({"preset": preset}, {"_id": 1}).sort(order).skip(most)]
        return self._collection.delete_many({"_id": {"$in": ids}}).deleted_count if ids else 0
