"""Saved recipes, every version."""

from __future__ import annotations

import builtins
from typing import Any

from darkroom.domain.recipe import Preset
from darkroom.store.database import Database, Session, maps_errors
from darkroom.store.repository import Repository


class PresetRepository(Repository[Preset]):
    """Presets by name and version."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "presets", Preset)

    @maps_errors
    def newest(self, name: str, *, session: Session | None = None) -> Preset | None:
        """The newest version of a name, retired or not, or None."""
        found = self._collection.find_one({"name": name}, sort=[("version", -1)], session=session)
        return None if found is None else self._decode(found)

    @maps_errors
    def versions(self, name: str) -> builtins.list[Preset]:
        """Every version of a name, newest first."""
        return [self._decode(one) for one in self._collection.find({"name": name}).sort("version", -1)]

    @maps_errors
    def list(self) -> builtins.list[Preset]:
        """The newest version of every name that is not retired, by name."""
        newest: builtins.list[dict[str, Any]] = [
            {"$match": {"retired_at": None}},
            {"$sort": {"name": 1, "version": -1}},
            {"$group": {"_id": "$name", "found": {"$first": "$$ROOT"}}},
            {"$sort": {"_id": 1}},
            {"$replaceRoot": {"newRoot": "$found"}},
        ]
        return [self._decode(one) for one in self._collection.aggregate(newest)]

    @maps_errors
    def extending(self, ids: builtins.list[str]) -> builtins.list[str]:
        """Ids of the versions that were made from one of these, oldest first."""
        found = self._collection.find({"extends": {"$in": ids}}, {"_id": 1}).sort("created_at", 1).limit(1000)
        return [str(one["_id"]) for one in found]

    @maps_errors
    def retire(self, session: Session, name: str) -> int:
        """Take every version of a name out of the list; returns how many were in it."""
        change = [{"$set": {"retired_at": "$$NOW", "revision": {"$add": ["$revision", 1]}}}]
        return self._collection.update_many({"name": name, "retired_at": None}, change, session=session).modified_count
