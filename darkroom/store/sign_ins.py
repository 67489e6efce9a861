"""Sign-ins that are under way: at another provider, or of a program that waits to be let in."""

from __future__ import annotations

from datetime import datetime

from pymongo import ReturnDocument

from darkroom.domain.access import DeviceGrant, SignInAttempt
from darkroom.domain.base import now
from darkroom.store.database import Database, maps_errors
from darkroom.store.repository import Repository


class SignInRepository(Repository[SignInAttempt]):
    """Browsers on their way to another provider."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "sign_ins", SignInAttempt)

    @maps_errors
    def take(self, state: str) -> SignInAttempt | None:
        """Use an attempt up; None when there is none, or not any more.

        Args:
            state: hash of what came along.
        """
        found = self._collection.find_one_and_delete({"_id": state, "expires_at": {"$gt": now()}})
        return None if found is None else self._decode(found)


class DeviceGrantRepository(Repository[DeviceGrant]):
    """Programs that wait to be let in."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "device_grants", DeviceGrant)

    @maps_errors
    def by_user_code(self, user_code: str) -> DeviceGrant | None:
        """The program that waits under a code (its hash) and has not run out."""
        found = self._collection.find_one({"user_code": user_code, "expires_at": {"$gt": now()}})
        return None if found is None else self._decode(found)

    @maps_errors
    def decide(self, user_code: str, user: str, *, approved: bool) -> DeviceGrant | None:
        """Let a program in or not, once; None when it does not wait (any more)."""
        waiting = {"user_code": user_code, "state": "pending", "expires_at": {"$gt": now()}}
        values = {"state": "approved" if approved else "denied", "user": user}
        change = {"$set": values, "$inc": {"revision": 1}}
        found = self._collection.find_one_and_update(waiting, change, return_document=ReturnDocument.AFTER)
        return None if found is None else self._decode(found)

    @maps_errors
    def note_question(self, grant_id: str, at: datetime, *, slower: int = 0) -> DeviceGrant | None:
        """Remember when a program asked; returns what was known before.

        Args:
            grant_id: hash of its device code.
            at: when.
            slower: seconds by which it has to wait longer from now on.
        """
        change = {"$set": {"asked_at": at}, "$inc": {"revision": 1, "interval": slower}}
        found = self._collection.find_one_and_update({"_id": grant_id, "expires_at": {"$gt": at}}, change)
        return None if found is None else self._decode(found)

    @maps_errors
    def take(self, grant_id: str) -> DeviceGrant | None:
        """Use an approved grant up; None for anything else, so that only one of two questions gets tokens."""
        approved = {"_id": grant_id, "state": "approved", "expires_at": {"$gt": now()}}
        found = self._collection.find_one_and_delete(approved)
        return None if found is None else self._decode(found)
