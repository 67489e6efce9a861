"""API tokens."""

from __future__ import annotations

import builtins
from datetime import datetime, timedelta

from darkroom.domain.access import ApiToken
from darkroom.domain.base import now
from darkroom.store.database import Database, maps_errors
from darkroom.store.repository import Repository

_MOST = 1000
_NOTED_EVERY = timedelta(minutes=1)


class TokenRepository(Repository[ApiToken]):
    """Tokens for programs."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "api_tokens", ApiToken)

    @maps_errors
    def by_secret(self, secret: str) -> ApiToken | None:
        """The token with that hash, whatever became of it."""
        found = self._collection.find_one({"secret": secret})
        return None if found is None else self._decode(found)

    @maps_errors
    def list(self, user: str | None = None) -> builtins.list[ApiToken]:
        """Tokens of an account, or all of them; newest first, also those that were revoked or have run out."""
        wanted = {} if user is None else {"user": user}
        found = self._collection.find(wanted).sort([("created_at", -1), ("_id", -1)]).limit(_MOST)
        return [self._decode(one) for one in found]

    @maps_errors
    def revoke(self, token_id: str) -> bool:
        """Revoke a token; False when it was already."""
        change = {"$set": {"revoked_at": now()}, "$inc": {"revision": 1}}
        return self._collection.update_one({"_id": token_id, "revoked_at": None}, change).modified_count > 0

    @maps_errors
    def note_use(self, token: ApiToken, at: datetime) -> None:
        """Remember that a token was used, once a minute at most."""
        if token.last_used_at is None or at - token.last_used_at >= _NOTED_EVERY:
            self._collection.update_one({"_id": token.id}, {"$set": {"last_used_at": at}})
