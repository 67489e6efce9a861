"""What is kept of tags beside the pictures that have them: their colours."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from darkroom.domain.edit import MAX_TAG
from darkroom.domain.organise import Tag
from darkroom.store.database import Database, Session, maps_errors
from darkroom.store.repository import Repository


class TagRepository(Repository[Tag]):
    """Tags that have a colour."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "tags", Tag)

    @maps_errors
    def colours(self) -> dict[str, str]:
        """Tag -> its colour, of those that have one."""
        return {one["_id"]: one["colour"] for one in self._collection.find({"colour": {"$ne": None}}, {"colour": 1})}

    @maps_errors
    def set_colour(self, session: Session, tag: str, colour: str | None, at: datetime) -> None:
        """Give a tag a colour; None for none."""
        if colour is None:
            self._collection.delete_one({"_id": tag}, session=session)
            return
        change: dict[str, Any] = {
            "$set": {"colour": colour}, "$inc": {"revision": 1}, "$setOnInsert": {"created_at": at},
        }  # fmt: skip
        self._collection.update_one({"_id": tag}, change, upsert=True, session=session)

    @maps_errors
    def move(self, session: Session, tag: str, to: str | None) -> None:
        """Let the colours of a tag and of those below it go along to another name; one that is there keeps its own."""
        where = {"_id": {"$regex": f"^{re.escape(tag)}(/|$)"}}
        for one in list(self._collection.find(where, session=session)):
            self._collection.delete_one({"_id": one["_id"]}, session=session)
            if to is not None and len(moved := to + one["_id"].removeprefix(tag)) <= MAX_TAG:
                self._collection.update_one(
                    {"_id": moved}, {"$setOnInsert": {**one, "_id": moved}}, upsert=True, session=session
                )
