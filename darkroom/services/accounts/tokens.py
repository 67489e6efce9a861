"""API tokens: made, shown once, listed, revoked."""

from __future__ import annotations

from datetime import timedelta

from darkroom.access import PERMISSIONS, opaque, require
from darkroom.access.guard import Guard
from darkroom.access.permissions import expand
from darkroom.access.trail import Trail
from darkroom.domain.access import ApiToken, Principal
from darkroom.domain.base import new_id, now
from darkroom.errors import Error
from darkroom.services.accounts.rank import Rank
from darkroom.services.accounts.requests import NewToken
from darkroom.services.accounts.views import CreatedToken, TokenList, TokenView
from darkroom.store import Stores

WORDS = ("read", "write", "admin")
"""Short names of scopes: all `:read`, all but what only administrators have, and everything."""


class TokenService:
    """Tokens for programs.

    Args:
        stores: repositories.
        guard: told of every change.
    """

    def __init__(self, stores: Stores, guard: Guard) -> None:
        self._stores = stores
        self._guard = guard
        self._trail = Trail(stores)
        self._rank = Rank(guard, self._trail)

    def create(self, principal: Principal, new: NewToken) -> CreatedToken:
        """Make a token; it has its scopes, of them what its account's roles have at the time of use.

        A token made by the operator on the command line without an account has exactly its scopes.

        Raises:
            Error: `forbidden` for another's account without the permission, or for scopes that a token has not itself,
                `invalid_parameter` for a scope that is none, `not_found` for the account.
        """
        require(principal, "account:write")
        user = new.user or principal.user
        if user != principal.user:
            require(principal, "tokens:write")
            self._rank.may_manage(principal, self._stores.users.get(str(user)))
        scopes = tuple(dict.fromkeys(one for scope in new.scopes for one in scopes_of(scope)))
        if principal.scopes is not None:
            for scope in scopes:
                self._rank.may_grant(principal, scope, "*")
        secret, moment = opaque.make(opaque.API), now()
        days = new.expires_in_days
        token = ApiToken(
            id=new_id("t"), name=new.name, user=user, secret=opaque.digest(secret), hint=secret[-6:], scopes=scopes,
            created_at=moment, created_by=principal.id, expires_at=moment + timedelta(days=days) if days else None,
        )  # fmt: skip
        self._stores.tokens.insert(token)
        self._trail.note(principal, "token.created", token.id, token=token.name, scopes=list(scopes), user=user)
        return CreatedToken(token=secret, view=TokenView.of(token))

    def list(self, principal: Principal, *, everybody: bool = False) -> TokenList:
        """One's own tokens, or everybody's; newest first."""
        require(principal, "tokens:read" if everybody else "account:read")
        if not everybody and principal.user is None and principal.kind != "owner":
            return TokenList(items=())
        found = self._stores.tokens.list(None if everybody else principal.user)
        return TokenList(items=tuple(TokenView.of(token) for token in found))

    def revoke(self, principal: Principal, token_id: str) -> TokenView:
        """Make a token worthless at once; revoking it again changes nothing.

        Raises:
            Error: `not_found` also for another's token without the permission.
        """
        require(principal, "account:write")
        token = self._stores.tokens.find(token_id)
        own = token is not None and (
            token.id == principal.id or (token.user is not None and token.user == principal.user)
        )
        if not own:
            require(principal, "tokens:write")
        if token is None:
            raise Error("not_found", f"There is no token {token_id!r}.", id=token_id)
        if self._stores.tokens.revoke(token_id):
            self._guard.changed()
            self._trail.note(principal, "token.revoked", token_id, token=token.name)
        return TokenView.of(self._stores.tokens.get(token_id))


def scopes_of(scope: str) -> tuple[str, ...]:
    """What a scope means: itself, checked to mean something, or the permissions behind one of the short names.

    Raises:
        Error: `invalid_parameter`.
    """
    if scope == "admin":
        return ("*",)
    if scope in WORDS:
        from darkroom.access.policy import permissions_of

        every = permissions_of("trainer")
        return tuple(one for one in every if scope == "write" or one.endswith(":read"))
    try:
        expand(scope)
    except Error as error:
        known = ", ".join((*WORDS, "*", *PERMISSIONS))
        raise Error(
            "invalid_parameter", f"scopes: there is no scope {scope[:100]!r}.", parameter="scopes",
            remedy=f"Give some of: {known}; or `noun:*` for all of a noun.",
        ) from error  # fmt: skip
    return (scope,)
