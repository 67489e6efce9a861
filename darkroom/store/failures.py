"""The failure ledger."""

from __future__ import annotations

import builtins
import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from darkroom.domain.ingest import Failure, FailureState
from darkroom.store.database import Database, Session, maps_errors
from darkroom.store.keyset import Order, read_page
from darkroom.store.paging import Page, digest
from darkroom.store.repository import Repository

_LATEST = Order("last_at", datetime, descending=True)
_OF_FILES = {"connector": {"$ne": "recipe"}, "image": None}
_KEPT = ("_id", "revision", "attempts", "first_at")


def failure_id(connector: str, key: str) -> str:
    """The one entry that a file has in the ledger, however often it fails."""
    return "f-" + hashlib.sha256(f"{connector}\0{key}".encode()).hexdigest()[:32]


class FailureRepository(Repository[Failure]):
    """Files that could not be taken in."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "failures", Failure)

    @maps_errors
    def record(self, session: Session, failure: Failure) -> bool:
        """Open an entry, or count one more attempt of the one there is; returns whether it is new."""
        document = self._encode(failure)
        latest = {key: value for key, value in document.items() if key not in _KEPT}
        result = self._collection.update_one(
            {"_id": failure.id},
            {
                "$set": {**latest, "state": "open", "image": None},
                "$setOnInsert": {"first_at": document["first_at"]},
                "$inc": {"attempts": failure.attempts, "revision": 1},
            },
            upsert=True,
            session=session,
        )
        return result.upserted_id is not None

    @maps_errors
    def resolve(self, session: Session, failure_id: str, image: str) -> bool:
        """Mark an entry resolved by an image; False when there is no such entry."""
        change = {"$set": {"state": "resolved", "image": image}, "$inc": {"revision": 1}}
        return self._collection.update_one({"_id": failure_id}, change, session=session).matched_count > 0

    @maps_errors
    def open_among(self, ids: Sequence[str]) -> builtins.list[str]:
        """Those of the entries that are open."""
        found = self._collection.find({"_id": {"$in": list(ids)}, "state": "open"}, {"_id": 1})
        return [str(one["_id"]) for one in found]

    @maps_errors
    def mark(self, session: Session, ids: Sequence[str], state: FailureState) -> int:
        """Set the state of entries; returns how many changed."""
        change = {"$set": {"state": state}, "$inc": {"revision": 1}}
        other = {"_id": {"$in": list(ids)}, "state": {"$ne": state}}
        return self._collection.update_many(other, change, session=session).modified_count

    @maps_errors
    def many(self, ids: Sequence[str]) -> builtins.list[Failure]:
        """The entries with those ids that there are, in that order."""
        found = {one["_id"]: self._decode(one) for one in self._collection.find({"_id": {"$in": list(ids)}})}
        return [found[one] for one in ids if one in found]

    @maps_errors
    def list(
        self, *, state: FailureState | None = "open", code: str | None = None, batch: str | None = None,
        of_pictures: bool = True, limit: int = 100, cursor: str | None = None,
    ) -> Page[Failure]:  # fmt: skip
        """Entries, latest failure first.

        Args:
            state: None for all.
            code: of the error table.
            batch: that brought the file.
            of_pictures: False leaves out what names a picture of the library.
            limit: most entries in the page.
            cursor: of the page before.

        Raises:
            Error: `invalid_cursor`.
        """
        wanted = {"state": state, "code": code, "batch": batch}
        conditions: builtins.list[dict[str, Any]] = [{name: value} for name, value in wanted.items() if value]
        conditions += [] if of_pictures else [_OF_FILES]
        return read_page(
            self._collection, conditions, _LATEST, query=digest("failures", wanted), limit=limit, cursor=cursor,
            decode=self._decode,
        )  # fmt: skip

    @maps_errors
    def counts(self, *, of_pictures: bool = True) -> dict[str, int]:
        """Open entries by code; `of_pictures` as in `list`."""
        stages: builtins.list[dict[str, Any]] = [
            {"$match": {"state": "open"} | ({} if of_pictures else _OF_FILES)},
            {"$group": {"_id": "$code", "count": {"$sum": 1}}},
            {"$sort": {"_id": 1}},
        ]
        return {found["_id"]: found["count"] for found in self._collection.aggregate(stages)}

    @maps_errors
    def of_batch(self, batch: str) -> dict[str, Failure]:
        """Entries whose latest failure was in that batch, by key."""
        return {found["key"]: self._decode(found) for found in self._collection.find({"batch": batch})}
