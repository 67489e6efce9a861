"""What was answered to requests that must not be done twice: in the database, so that it holds in every process."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field
from pymongo import ReturnDocument

from darkroom.domain.base import Model
from darkroom.store.database import Database, maps_errors

_PREFIX = "once:"


class StoredAnswer(Model):
    """An answer, to be given again."""

    status: int
    """HTTP status."""
    headers: tuple[tuple[str, str], ...]
    """Names and values."""
    body: bytes
    """As it was sent."""


class StoredRequest(Model):
    """A request under its key."""

    state: Literal["doing", "done"]
    """Whether the answer is there."""
    holder: str
    """Which attempt is or was at work."""
    made: str
    """Suffix of the ids of what the request makes: the same for every attempt."""
    attempts: int = Field(1, ge=1)
    """How many attempts there were; more than one after an attempt that broke off."""
    fingerprint: str | None = None
    """Of the body; None while it is still coming in."""
    answer: StoredAnswer | None = None
    """With `done`."""
    seconds: int = 0
    """With `doing`: after how many seconds it counts as broken off."""


class RequestRepository:
    """Requests by key, each for a while; they lie among the attempts, which vanish by themselves."""

    def __init__(self, database: Database) -> None:
        self._collection = database.collection("attempts")

    @maps_errors
    def claim(
        self, key: str, holder: str, made: str, *, fingerprint: str | None, lease_seconds: int, keep_seconds: int
    ) -> StoredRequest:
        """Begin a request, or go on with one that broke off; the result has another holder if neither is so.

        Args:
            key: of the request.
            holder: name of this attempt.
            made: suffix for ids, if this is the first attempt.
            fingerprint: of the body, if it is known already.
            lease_seconds: after which an attempt that does not `extend` counts as broken off.
            keep_seconds: how long the answer is kept.
        """
        gone = {"$lte": [{"$ifNull": ["$expires_at", "$$NOW"]}, "$$NOW"]}
        over = {"$and": [{"$eq": ["$state", "doing"]}, {"$lte": ["$lease_until", "$$NOW"]}]}
        free = {"$or": [gone, over]}

        def choose(condition: Any, then: Any, otherwise: Any) -> Any:
            return {"$cond": [condition, then, otherwise]}

        later = {"$add": ["$$NOW", keep_seconds * 1000]}
        change = [
            {
                "$set": {
                    "holder": choose(free, {"$literal": holder}, "$holder"),
                    "lease_until": choose(free, {"$add": ["$$NOW", lease_seconds * 1000]}, "$lease_until"),
                    "state": choose(free, "doing", "$state"),
                    "made": choose(gone, {"$literal": made}, "$made"),
                    "attempts": choose(gone, 1, choose(over, {"$add": ["$attempts", 1]}, "$attempts")),
                    "fingerprint": choose(gone, fingerprint, {"$ifNull": ["$fingerprint", fingerprint]}),
                    "answer": choose(gone, None, "$answer"),
                    "expires_at": choose(gone, later, "$expires_at"),
                    "now": "$$NOW",
                }
            }
        ]
        found: Any = self._collection.find_one_and_update(
            {"_id": _PREFIX + key}, change, upsert=True, return_document=ReturnDocument.AFTER
        )
        left = (found["lease_until"] - found["now"]).total_seconds()
        values = {name: found[name] for name in StoredRequest.model_fields if name in found}
        return StoredRequest.model_validate(values | {"seconds": max(int(left) + 1, 1)})

    @maps_errors
    def extend(self, key: str, holder: str, lease_seconds: int) -> bool:
        """Say that the attempt is still at work; False when another has taken over."""
        change = [{"$set": {"lease_until": {"$add": ["$$NOW", lease_seconds * 1000]}}}]
        return self._collection.update_one(self._own(key, holder), change).matched_count > 0

    @maps_errors
    def complete(self, key: str, holder: str, fingerprint: str, answer: StoredAnswer) -> bool:
        """Keep the answer; False when another attempt has taken over."""
        values = {"state": "done", "fingerprint": fingerprint, "answer": answer.model_dump()}
        return self._collection.update_one(self._own(key, holder), {"$set": values}).matched_count > 0

    @maps_errors
    def release(self, key: str, holder: str, *, changed: bool) -> None:
        """End an attempt without an answer; what may have `changed` something is gone on with under the same ids."""
        if changed:
            self._collection.update_one(self._own(key, holder), [{"$set": {"lease_until": "$$NOW"}}])
        else:
            self._collection.delete_one(self._own(key, holder))

    @staticmethod
    def _own(key: str, holder: str) -> dict[str, Any]:
        return {"_id": _PREFIX + key, "holder": holder, "state": "doing"}
