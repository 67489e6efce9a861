"""Models that others trained, by `name@number`."""

from __future__ import annotations

from darkroom.domain.brought import BroughtModel
from darkroom.store.database import Database, Session, maps_errors
from darkroom.store.repository import Repository

_THERE = {"file": {"$ne": None}}


class BroughtModelRepository(Repository[BroughtModel]):
    """Models that were brought."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "brought_models", BroughtModel)
        self._noun = "model"

    @maps_errors
    def all(self) -> list[BroughtModel]:
        """Every version that was not forgotten, by name, the newest first."""
        return [self._decode(one) for one in self._collection.find(_THERE).sort([("name", 1), ("number", -1)])]

    @maps_errors
    def version(self, name: str, number: int | None = None, *, session: Session | None = None) -> BroughtModel | None:
        """A version, the newest where none is named; None where there is none, or it was forgotten."""
        wanted = {"name": name, **({} if number is None else {"number": number}), **_THERE}
        found = self._collection.find_one(wanted, sort=[("number", -1)], session=session)
        return None if found is None else self._decode(found)

    @maps_errors
    def last_number(self, name: str, *, session: Session | None = None) -> int:
        """The highest number that was ever given to a version of a model; 0 for none."""
        found = self._collection.find_one({"name": name}, {"number": 1}, sort=[("number", -1)], session=session)
        return int(found["number"]) if found else 0

    @maps_errors
    def forget(self, version: str, *, session: Session | None = None) -> None:
        """Let a version go; only its number stays taken."""
        self._collection.update_one(
            {"_id": version}, {"$set": {"file": None}, "$inc": {"revision": 1}}, session=session
        )
