"""Saved recipes, and filters that people made: every version of both."""

from __future__ import annotations

import builtins
import re

from darkroom.domain.recipe import Preset, SavedFilter
from darkroom.store.database import Database, maps_errors
from darkroom.store.versioned import VersionedRepository


class PresetRepository(VersionedRepository[Preset]):
    """Presets by name and version."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "presets", Preset)

    @maps_errors
    def extending(self, ids: builtins.list[str]) -> builtins.list[str]:
        """Ids of the versions that were made from one of these, oldest first."""
        found = self._collection.find({"extends": {"$in": ids}}, {"_id": 1}).sort("created_at", 1).limit(1000)
        return [str(one["_id"]) for one in found]

    @maps_errors
    def with_step(self, name: str) -> builtins.list[str]:
        """Ids of the versions that have a step of that very name, oldest first."""
        recipe = {"$regex": f'"{re.escape(name)}"'}
        found = self._collection.find({"recipe": recipe}, {"_id": 1}).sort("created_at", 1).limit(1000)
        return [str(one["_id"]) for one in found]


class FilterRepository(VersionedRepository[SavedFilter]):
    """Filters by name and version."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "filters", SavedFilter)
