"""What is shown of accounts, sessions and tokens: never a hash."""

from __future__ import annotations

from datetime import datetime

from darkroom.domain.access import ApiToken, Assignment, Session, SessionKind, User
from darkroom.domain.base import Model, now


class UserView(Model):
    """A person's account."""

    id: str
    """Id of the account."""
    revision: int
    """Grows with every change; also the `ETag`."""
    email: str
    """Address to sign in with."""
    name: str
    """Words for a person."""
    roles: tuple[Assignment, ...]
    """At most one for each domain."""
    providers: tuple[str, ...]
    """Issuers of the accounts at other providers that are linked."""
    has_password: bool
    """Whether it can sign in with a password."""
    disabled: bool
    """True for an account that may not do anything."""
    created_at: datetime
    """When."""
    signed_in_at: datetime | None
    """When somebody last signed in."""

    @classmethod
    def of(cls, user: User) -> UserView:
        """The view of an account."""
        return cls(
            id=user.id, revision=user.revision, email=user.email, name=user.name, roles=user.roles,
            providers=tuple(one.issuer for one in user.identities), has_password=user.password is not None,
            disabled=user.disabled, created_at=user.created_at, signed_in_at=user.signed_in_at,
        )  # fmt: skip


class UserPage(Model):
    """Accounts, newest first."""

    items: tuple[UserView, ...]
    """The accounts."""
    next_cursor: str | None
    """Cursor of the next page; null on the last one."""


class SessionView(Model):
    """A browser or program that is signed in."""

    id: str
    """Id of the session."""
    kind: SessionKind
    """`browser` or `program`."""
    address: str | None
    """Where it began."""
    agent: str | None
    """What the program calls itself."""
    created_at: datetime
    """When."""
    expires_at: datetime
    """When it ends by itself."""
    current: bool
    """Whether the request that asks came with it."""

    @classmethod
    def of(cls, session: Session, current: str | None) -> SessionView:
        """The view of a session."""
        return cls(
            id=session.id, kind=session.kind, address=session.address, agent=session.agent,
            created_at=session.created_at, expires_at=session.expires_at, current=session.id == current,
        )  # fmt: skip


class Me(Model):
    """Who asks, and what they may do."""

    id: str
    """Id of the principal."""
    name: str
    """Its name."""
    kind: str
    """`owner`, `user` or `token`."""
    user: UserView | None
    """The account, if there is one."""
    permissions: tuple[str, ...]
    """What it may do everywhere."""
    denied: dict[str, str]
    """What it may not do everywhere, and for each why, in words."""
    sessions: tuple[SessionView, ...]
    """Browsers and programs signed in to the account."""


class TokenView(Model):
    """An API token; the token itself is shown once, when it is made."""

    id: str
    """Id of the token."""
    name: str
    """What it is for."""
    user: str | None
    """The account it acts for; null for one made on the command line without an account."""
    hint: str
    """Its last characters."""
    scopes: tuple[str, ...]
    """Permissions, `noun:*`, or `*`."""
    created_at: datetime
    """When."""
    expires_at: datetime | None
    """When it ends; null for never."""
    last_used_at: datetime | None
    """When it was last used, to the minute."""
    revoked_at: datetime | None
    """When it was revoked."""
    active: bool
    """Neither revoked nor run out."""

    @classmethod
    def of(cls, token: ApiToken) -> TokenView:
        """The view of a token."""
        active = token.revoked_at is None and (token.expires_at is None or token.expires_at > now())
        return cls(active=active, **{name: getattr(token, name) for name in cls.model_fields if name != "active"})


class TokenList(Model):
    """API tokens, newest first."""

    items: tuple[TokenView, ...]
    """The tokens."""


class CreatedToken(Model):
    """A new API token."""

    token: str
    """The token itself; it cannot be shown again."""
    view: TokenView
    """What is known of it."""


class ResetLink(Model):
    """A one-time link with which a person sets a new password."""

    token: str
    """Secret of the link, for `POST /api/v1/auth/reset`; it cannot be shown again."""
    url: str
    """The link to hand over."""
    expires_at: datetime
    """When it ends."""
