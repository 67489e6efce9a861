"""Documents that are saved as versions of a name: a version never changes, and leaves the list without being lost."""

from __future__ import annotations

import builtins
from typing import Any, TypeVar

from darkroom.domain.base import Document
from darkroom.store.database import Session, maps_errors
from darkroom.store.repository import Repository

V = TypeVar("V", bound=Document)


class VersionedRepository(Repository[V]):
    """Documents by name and version, with the field `retired_at`."""

    @maps_errors
    def newest(self, name: str, *, session: Session | None = None) -> V | None:
        """The newest version of a name, retired or not, or None."""
        found = self._collection.find_one({"name": name}, sort=[("version", -1)], session=session)
        return None if found is None else self._decode(found)

    @maps_errors
    def versions(self, name: str) -> builtins.list[V]:
        """Every version of a name, newest first."""
        return [self._decode(one) for one in self._collection.find({"name": name}).sort("version", -1)]

    @maps_errors
    def list(self) -> builtins.list[V]:
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
    def retire(self, session: Session, name: str) -> int:
        """Take every version of a name out of the list; returns how many were in it."""
        change = [{"$set": {"retired_at": "$$NOW", "revision": {"$add": ["$revision", 1]}}}]
        return self._collection.update_many({"name": name, "retired_at": None}, change, session=session).modified_count

    @maps_errors
    def restore(self, session: Session, name: str) -> int:
        """Put every version of a name into the list again; returns how many were out of it."""
        change = {"$set": {"retired_at": None}, "$inc": {"revision": 1}}
        out = {"name": name, "retired_at": {"$ne": None}}
        return self._collection.update_many(out, change, session=session).modified_count
