"""Who is signed in: sessions, their refresh tokens, and one-time links."""

from __future__ import annotations

import builtins
from datetime import datetime
from typing import Any

from darkroom.domain.access import Link, RefreshToken
from darkroom.domain.access import Session as SignedIn
from darkroom.domain.base import now
from darkroom.errors import Error
from darkroom.store.database import Database, Session, maps_errors
from darkroom.store.repository import Repository

_MOST = 500


class SessionRepository(Repository[SignedIn]):
    """Browsers and programs that are signed in."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "sessions", SignedIn)
        self.refresh: Repository[RefreshToken] = Repository(database, "refresh_tokens", RefreshToken)
        self._refresh = database.collection("refresh_tokens")

    @maps_errors
    def by_secret(self, secret: str) -> SignedIn | None:
        """The session whose cookie has that hash, whatever became of it."""
        found = self._collection.find_one({"secret": secret})
        return None if found is None else self._decode(found)

    @maps_errors
    def list(self, user: str) -> builtins.list[SignedIn]:
        """Sessions of an account that have not ended, newest first."""
        alive = {"user": user, "revoked_at": None, "expires_at": {"$gt": now()}}
        found = self._collection.find(alive).sort([("created_at", -1), ("_id", -1)]).limit(_MOST)
        return [self._decode(one) for one in found]

    @maps_errors
    def revoke(self, session_id: str, why: str, *, session: Session | None = None) -> bool:
        """End a session; False when it has ended already."""
        change = {"$set": {"revoked_at": now(), "revoked_why": why}, "$inc": {"revision": 1}}
        alive = {"_id": session_id, "revoked_at": None}
        return self._collection.update_one(alive, change, session=session).modified_count > 0

    @maps_errors
    def revoke_all(self, user: str, why: str, *, but: str | None = None) -> int:
        """End every session of an account; returns how many."""
        alive: dict[str, Any] = {"user": user, "revoked_at": None}
        if but is not None:
            alive["_id"] = {"$ne": but}
        change = {"$set": {"revoked_at": now(), "revoked_why": why}, "$inc": {"revision": 1}}
        return self._collection.update_many(alive, change).modified_count

    def exchange(self, old: str, new: str, expires_at: datetime) -> RefreshToken | None:
        """Use a refresh token up and put its successor in its place, in one step.

        Args:
            old: hash of the token that was shown.
            new: hash of its successor.
            expires_at: of the successor.

        Returns:
            The token used, with `used_at` set when it had been used before (nothing is changed then); None when
            there is none.
        """

        def work(session: Session) -> RefreshToken | None:
            # A write even when it was used before: two exchanges at the same time must not both succeed.
            found = self._refresh.find_one_and_update(
                {"_id": old, "used_at": None}, {"$set": {"used_at": now()}, "$inc": {"revision": 1}}, session=session
            )
            if found is None:
                return self.refresh.find(old, session=session)
            token = RefreshToken(id=new, session=found["session"], expires_at=expires_at)
            self.refresh.insert(token, session=session)
            return RefreshToken(id=old, session=found["session"], expires_at=found["expires_at"])

        return self.database.run(work)


class LinkRepository(Repository[Link]):
    """One-time links."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "links", Link)

    @maps_errors
    def use(self, secret: str) -> Link:
        """Use a link up.

        Args:
            secret: hash of what the link carries.

        Raises:
            Error: `link_expired` when there is none, or it was used, or it is too old.
        """
        alive = {"_id": secret, "used_at": None, "expires_at": {"$gt": now()}}
        change = {"$set": {"used_at": now()}, "$inc": {"revision": 1}}
        found = self._collection.find_one_and_update(alive, change)
        if found is None:
            raise Error("link_expired", "The link was used already, has run out, or never was one.")
        return self._decode(found)

    @maps_errors
    def drop(self, user: str) -> None:
        """Make every open link of an account worthless."""
        self._collection.delete_many({"user": user, "used_at": None})
