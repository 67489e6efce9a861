"""Signing in and out, and who a request comes from."""

from __future__ import annotations

import time
from datetime import timedelta

from darkroom.access import opaque, passwords, require
from darkroom.access.guard import Guard
from darkroom.access.keys import ACCESS_SECONDS, SigningKeys
from darkroom.access.owner import OwnerSecret
from darkroom.access.permissions import expand
from darkroom.access.throttle import Throttle
from darkroom.access.trail import Trail
from darkroom.domain.access import ANONYMOUS, LOCAL_OWNER, ApiToken, Principal, RefreshToken, Session, SessionKind, User
from darkroom.domain.base import Model, new_id, now
from darkroom.errors import Error
from darkroom.services.accounts.requests import Credentials
from darkroom.services.accounts.users import UserService
from darkroom.store import Stores

SESSION_LIFE = timedelta(days=30)
"""How long somebody stays signed in at most."""
_REMEMBERED_SECONDS = 60.0
_EMPTY_SECONDS = 0.25
_AT_HOME = "home"
"""Session of whoever has shown the secret of the home: no session of the database, so nothing ends it."""


class Tokens(Model):
    """Tokens of a program that has signed in."""

    access_token: str
    """For the `Authorization: Bearer` header."""
    token_type: str = "Bearer"  # noqa: S105 - a word of the protocol
    """How to send it."""
    expires_in: int = ACCESS_SECONDS
    """Seconds until the access token ends."""
    refresh_token: str
    """Exchanged once for new tokens; shown a second time, it ends the session."""


class SessionService:
    """Sessions of people, and the principal of each request.

    Args:
        stores: repositories.
        guard: vouches for principals.
        users: accounts.
        keys: sign access tokens.
        owner: secret of the home.
    """

    def __init__(self, stores: Stores, guard: Guard, users: UserService, keys: SigningKeys, owner: OwnerSecret) -> None:
        self._stores = stores
        self._guard = guard
        self._users = users
        self._keys = keys
        self._owner = owner
        self._trail = Trail(stores)
        self._throttle = Throttle(stores.attempts)
        self._empty_until, self._empty_at = float("-inf"), -1
        self._set_up = False

    # Who a request comes from

    def recall(self, use: str, credential: str) -> Principal | None:
        """Whom a credential belongs to, if that is still known from a moment ago; never waits.

        Args:
            use: `bearer` or `cookie`; one is worth nothing as the other.
            credential: what the request shows.
        """
        found: Principal | None = self._guard.recall(opaque.digest(f"{use} {credential}"))
        return found

    def of_bearer(self, token: str) -> Principal:
        """Whom an API token or access token belongs to.

        Raises:
            Error: `unauthenticated`, saying why.
        """
        if token.startswith("dr"):
            return self._of_api_token(token)
        claims = self._keys.verify(token)
        version = self._guard.version
        session = self._stores.sessions.find(claims.session)
        if session is None or session.user != claims.user or session.kind != "program":
            raise Error("unauthenticated", "The session of the access token is not there any more.")
        principal = self._of_session(session)
        self._remember(f"bearer {token}", principal, version, claims.expires_at - time.time())
        return principal

    def of_cookie(self, cookie: str) -> Principal:
        """Whom a browser's session belongs to.

        Raises:
            Error: `unauthenticated`, saying why.
        """
        version = self._guard.version
        found = opaque.is_one(opaque.COOKIE, cookie)
        session = self._stores.sessions.by_secret(opaque.digest(cookie)) if found else None
        if session is None or session.kind != "browser":
            raise Error("unauthenticated", "The session is not there any more.")
        principal = self._of_session(session)
        self._remember(f"cookie {cookie}", principal, version, (session.expires_at - now()).total_seconds())
        return principal

    def of_home(self, token: str, *, local: bool) -> Principal:
        """Who shows the secret of the home: its owner, who can read everything here anyway.

        Raises:
            Error: `unauthenticated` where it does not fit, or comes from elsewhere.
        """
        if not local or not self._owner.fits(token):
            raise Error(
                "unauthenticated", "The secret of the home does not fit, or comes from another machine.",
                remedy="Use an API token, or `darkroom login`.",
            )  # fmt: skip
        return LOCAL_OWNER.model_copy(update={"session": _AT_HOME})

    def of_nobody(self, *, local: bool) -> Principal:
        """Who acts when a request shows nothing: the person at this machine as long as there is no account.

        Raises:
            Error: `setup_needed` for a request from elsewhere while there is no account.
        """
        if self.has_accounts():
            return ANONYMOUS
        if not local:
            raise Error("setup_needed", "Until there is an administrator, only this machine itself is served.")
        return LOCAL_OWNER

    @property
    def is_set_up(self) -> bool:
        """Whether it is known that there is an account; never waits."""
        return self._set_up

    def has_accounts(self) -> bool:
        """Whether there is an account; that there is none is believed for a quarter of a second."""
        version = self._guard.version
        if not self._set_up and (time.monotonic() >= self._empty_until or version != self._empty_at):
            self._set_up = self._stores.users.any()
            self._empty_until, self._empty_at = time.monotonic() + _EMPTY_SECONDS, version
        return self._set_up

    def may_follow(self, principal: Principal, permission: str) -> bool:
        """Whether a principal may still have an answer that goes on and on; nothing is written down."""
        found: bool | None = self._guard.recall(f"follows {principal.id} {principal.session} {permission}")
        if found is None:
            version = self._guard.version
            found = self._guard.allows(principal, permission) and self._still_holds(principal)
            if principal.kind != "owner":
                key = f"follows {principal.id} {principal.session} {permission}"
                self._guard.remember(key, found, version, _REMEMBERED_SECONDS)
        return found

    def _still_holds(self, principal: Principal) -> bool:
        """Whether what a principal came with is still good."""
        if principal.kind == "owner":
            return principal.session == _AT_HOME or not self.has_accounts()
        try:
            if principal.session is not None:
                self._of_session(self._stores.sessions.get(principal.session))
            elif principal.kind == "token":
                self._check_token(self._stores.tokens.get(principal.id))
        except Error as error:
            if error.status >= 500:
                raise
            return False
        return True

    # Signing in and out

    def sign_in(self, given: Credentials, *, address: str | None, agent: str | None) -> tuple[Session, str | Tokens]:
        """Begin a session with address and password.

        Returns:
            The session, and its cookie (`browser`) or its tokens (`program`).

        Raises:
            Error: `sign_in_failed` whatever was wrong, `too_many_attempts`.
        """
        anybody = ANONYMOUS.model_copy(update={"address": address})
        try:
            keys = self._throttle.count(given.email, address)
        except Error as error:
            if error.context.get("first"):
                self._trail.note(anybody, "sign_in.throttled", outcome="denied", email=given.email)
            raise
        user = self._stores.users.by_email(given.email)
        cost = self._users.password_cost
        right = passwords.verify(given.password, user.password if user else None, cost)
        if user is None or not right or user.disabled:
            self._trail.note(anybody, "sign_in.failed", user.id if user else None, outcome="failed", email=given.email)
            raise Error("sign_in_failed", "There is no account with this address and password.")
        rehashed = self._stronger(given.password, user, cost)
        self._throttle.succeeded(keys)
        self._stores.users.note_sign_in(user.id, now(), password=rehashed)
        return self.begin(user, given.kind, address=address, agent=agent, how="password")

    def begin(
        self, user: User, kind: SessionKind, *, address: str | None, agent: str | None, how: str
    ) -> tuple[Session, str | Tokens]:
        """Begin a session of somebody who has shown who he is; its secret is always a new one."""
        moment = now()
        secret = opaque.make(opaque.COOKIE) if kind == "browser" else None
        session = Session(
            id=new_id("s"), user=user.id, kind=kind, secret=opaque.digest(secret) if secret else None, address=address,
            agent=agent[:200] if agent else None, created_at=moment, expires_at=moment + SESSION_LIFE,
        )  # fmt: skip
        self._stores.sessions.insert(session)
        principal = self._principal(user, session)
        self._trail.note(principal.model_copy(update={"address": address}), "session.begun", session.id, how=how)
        return session, secret or self._first_tokens(session)

    def refresh(self, refresh_token: str, *, address: str | None = None) -> Tokens:
        """Exchange a refresh token for new tokens; one that is shown twice was stolen, and ends the session.

        Raises:
            Error: `unauthenticated`.
        """
        if not opaque.is_one(opaque.REFRESH, refresh_token):
            raise _over("The refresh token is not one that Darkroom made.")
        new = opaque.make(opaque.REFRESH)
        used = self._stores.sessions.exchange(
            opaque.digest(refresh_token), opaque.digest(new), now() + SESSION_LIFE
        )  # fmt: skip
        if used is None:
            raise _over("The refresh token is not known here, or has run out.")
        session = self._stores.sessions.find(used.session)
        if used.used_at is not None:
            if session is not None and self._stores.sessions.revoke(session.id, "refresh_reused"):
                self._guard.changed()
                thief = ANONYMOUS.model_copy(update={"address": address})
                self._trail.note(thief, "session.refresh_reused", session.id, outcome="denied", user=session.user)
            raise _over("The refresh token was used before: its session has been ended, for it may be stolen.")
        if session is None or used.expires_at <= now():
            raise _over("The session has run out.")
        self._of_session(session)
        return Tokens(access_token=self._keys.sign(session.user, session.id), refresh_token=new)

    def sign_out(self, principal: Principal, *, everywhere: bool = False) -> int:
        """End the session that a request came with, or every session of its account; returns how many ended."""
        require(principal, "account:write")
        if everywhere and principal.user is not None and principal.kind == "user":
            count = self._stores.sessions.revoke_all(principal.user, "signed_out_everywhere")
        elif principal.session is not None:
            count = int(self._stores.sessions.revoke(principal.session, "signed_out"))
        else:
            count = 0
        self._guard.changed()
        if count:
            self._trail.note(principal, "session.ended", principal.session, count=count)
        return count

    def forget(self, cookie: str) -> None:
        """End the session of a cookie, whosever it is: a browser that signs in has a new one."""
        session = self._stores.sessions.by_secret(opaque.digest(cookie))
        if session is not None and self._stores.sessions.revoke(session.id, "replaced"):
            self._guard.changed()

    def end(self, principal: Principal, session_id: str) -> None:
        """End one of one's own sessions.

        Raises:
            Error: `not_found`.
        """
        require(principal, "account:write")
        session = self._stores.sessions.find(session_id)
        if session is None or principal.user is None or session.user != principal.user:
            raise Error("not_found", "There is no such session of yours.")
        self._stores.sessions.revoke(session.id, "ended")
        self._guard.changed()
        self._trail.note(principal, "session.ended", session.id)

    # Parts

    def _of_api_token(self, token: str) -> Principal:
        version, moment = self._guard.version, now()
        found = self._stores.tokens.by_secret(opaque.digest(token)) if opaque.is_one(opaque.API, token) else None
        if found is None:
            raise Error("unauthenticated", "The API token is not known here.", remedy="Make another API token.")
        user = self._check_token(found)
        self._stores.tokens.note_use(found, moment)
        principal = self._of_token(found, user)
        left = (found.expires_at - moment).total_seconds() if found.expires_at else _REMEMBERED_SECONDS
        self._remember(f"bearer {token}", principal, version, left)
        return principal

    def _check_token(self, token: ApiToken) -> User | None:
        """The account of a token that is still good."""
        if token.revoked_at is not None or (token.expires_at is not None and token.expires_at <= now()):
            what = "was revoked" if token.revoked_at else "has run out"
            raise Error("unauthenticated", f"The API token {token.name!r} {what}.", remedy="Make another API token.")
        user = self._stores.users.find(token.user) if token.user else None
        if token.user and (user is None or user.disabled):
            raise Error("unauthenticated", "The account of the API token is disabled.")
        return user

    def _of_token(self, token: ApiToken, user: User | None) -> Principal:
        name = f"Token {token.name}" + (f" of {user.name}" if user else "")
        scopes = tuple(dict.fromkeys(one for scope in token.scopes for one in _expand(scope)))
        return Principal(id=token.id, name=name, kind="token", user=token.user, scopes=scopes, warrant=self._guard)

    def _of_session(self, session: Session) -> Principal:
        if session.revoked_at is not None:
            raise _over(f"The session was ended ({session.revoked_why}).")
        if session.expires_at <= now():
            raise _over("The session has run out.")
        user = self._stores.users.find(session.user)
        if user is None or user.disabled:
            raise Error("unauthenticated", "The account is disabled.", remedy="Ask an administrator.")
        return self._principal(user, session)

    def _principal(self, user: User, session: Session) -> Principal:
        return Principal(id=user.id, name=user.name, kind="user", user=user.id, session=session.id, warrant=self._guard)

    def _remember(self, credential: str, principal: Principal, version: int, seconds: float) -> None:
        life = min(seconds, _REMEMBERED_SECONDS)
        self._guard.remember(opaque.digest(credential), principal, version, life)

    def _first_tokens(self, session: Session) -> Tokens:
        secret = opaque.make(opaque.REFRESH)
        token = RefreshToken(id=opaque.digest(secret), session=session.id, expires_at=session.expires_at)
        self._stores.sessions.refresh.insert(token)
        return Tokens(access_token=self._keys.sign(session.user, session.id), refresh_token=secret)

    def _stronger(self, password: str, user: User, cost: int) -> str | None:
        if user.password is None or passwords.cost_of(user.password) >= cost:
            return None
        return passwords.hash_password(password, cost)


def _expand(scope: str) -> tuple[str, ...]:
    try:
        return expand(scope)
    except Error:
        # A permission that a later version no longer has.
        return ()


def _over(cause: str) -> Error:
    return Error("unauthenticated", cause, remedy="Sign in again.")
