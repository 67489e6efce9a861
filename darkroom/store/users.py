"""Accounts."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from darkroom.domain.access import EVERYWHERE, User, email_key
from darkroom.errors import Error
from darkroom.store.database import Database, Session, maps_errors
from darkroom.store.keyset import Order, read_page
from darkroom.store.paging import Page, digest
from darkroom.store.repository import Repository

_NEWEST = Order("created_at", datetime, descending=True)
_ADMINISTRATOR = {"role": "administrator", "domain": EVERYWHERE}
_TURNSTILE = "administrators"
_COST = "password_cost"


class UserRepository(Repository[User]):
    """People's accounts, by id and by address."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "users", User)
        self._counters = database.collection("counters")

    def insert(self, document: User, *, session: Session | None = None) -> None:
        """Store a new account.

        Raises:
            Error: `already_exists` when the address has one.
        """
        try:
            super().insert(document, session=session)
        except Error as error:
            if isinstance(error.__cause__, DuplicateKeyError):
                raise Error("already_exists", f"There is an account for {document.email!r} already.") from error
            raise

    @maps_errors
    def any(self) -> bool:
        """Whether there is an account at all."""
        return self._collection.find_one({}, {"_id": 1}) is not None

    @maps_errors
    def by_email(self, email: str) -> User | None:
        """The account with that address, however it is written."""
        found = self._collection.find_one({"email_key": email_key(email)})
        return None if found is None else self._decode(found)

    @maps_errors
    def by_identity(self, issuer: str, subject: str) -> User | None:
        """The account to which one at another provider is linked."""
        wanted = {"identities": {"$elemMatch": {"issuer": issuer, "subject": subject}}}
        found = self._collection.find_one(wanted)
        return None if found is None else self._decode(found)

    @maps_errors
    def all(self) -> builtins.list[User]:
        """Every account that is not disabled, for the table of who holds which role."""
        return [self._decode(found) for found in self._collection.find({"disabled": False})]

    @maps_errors
    def count_in(self, domain: str) -> int:
        """Accounts that hold a role in exactly that domain."""
        return self._collection.count_documents({"roles.domain": domain})

    @maps_errors
    def list(self, *, limit: int = 100, cursor: str | None = None) -> Page[User]:
        """Accounts, newest first.

        Raises:
            Error: `invalid_cursor`.
        """
        return read_page(
            self._collection, [], _NEWEST, query=digest("users"), limit=limit, cursor=cursor, decode=self._decode
        )

    def change(self, user_id: str, change: Callable[[User], User], *, revision: int | None = None) -> User:
        """Change an account in one transaction, keeping at least one administrator.

        Args:
            user_id: whose.
            change: makes the new account of the old one; it may run several times.
            revision: that the account must still have.

        Raises:
            Error: `not_found`, `conflict` when nobody would be left to administer, `precondition_failed` when the
                revision is another one.
        """

        def work(session: Session) -> User:
            before = self.get(user_id, session=session)
            if revision is not None and before.revision != revision:
                raise Error(
                    "precondition_failed", f"The account {before.email!r} has changed since it was read.",
                    id=user_id, revision=before.revision,
                )  # fmt: skip
            after = change(before)
            if before.is_administrator and not after.is_administrator:
                self._keep_one(session, user_id)
            return self.replace(after, session=session)

        return self.database.run(work)

    @maps_errors
    def _keep_one(self, session: Session, but: str) -> None:
        # Everybody who takes administration away passes here one after the other: two could else remove each other.
        self._counters.update_one({"_id": _TURNSTILE}, {"$inc": {"value": 1}}, upsert=True, session=session)
        others = {"_id": {"$ne": but}, "disabled": False, "roles": {"$elemMatch": _ADMINISTRATOR}}
        if self._collection.find_one(others, {"_id": 1}, session=session) is None:
            raise Error(
                "conflict", "This is the last administrator.", remedy="Make somebody else an administrator first."
            )

    @maps_errors
    def note_sign_in(self, user_id: str, at: datetime, *, password: str | None = None) -> None:
        """Remember that somebody signed in, and a hash that was made again at a higher cost."""
        values: dict[str, Any] = {"signed_in_at": at} | ({"password": password} if password else {})
        self._collection.update_one({"_id": user_id}, {"$set": values, "$inc": {"revision": 1}})

    @maps_errors
    def password_cost(self, calibrate: Callable[[], int]) -> int:
        """The cost at which this library hashes passwords: measured once, so that all processes do the same work."""
        found = self._counters.find_one({"_id": _COST})
        if found is None:
            self._counters.update_one({"_id": _COST}, {"$setOnInsert": {"value": calibrate()}}, upsert=True)
            found = self._counters.find_one({"_id": _COST})
        return int(found["value"]) if found else calibrate()
