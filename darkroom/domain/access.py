"""Who acts, and what accounts, roles and tokens are."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, Protocol

from pydantic import Field, StringConstraints

from darkroom.domain.base import Document, Model
from darkroom.domain.scope import Scope

Role = Literal["viewer", "annotator", "editor", "trainer", "administrator"]
"""What somebody may do; each role may do everything that the ones before it may."""

ROLES: tuple[Role, ...] = ("viewer", "annotator", "editor", "trainer", "administrator")
"""Every role, the least first."""

EVERYWHERE = "*"
"""The domain of everything: in a role or a rule the whole library, in a check of pictures all of them."""

UNPLACED = "unplaced"
"""In a check: pictures that are in no collection, as new ones are. Nothing is given or denied there."""

Domain = Annotated[str, StringConstraints(pattern=r"^(\*|[a-z]{1,20}:[A-Za-z0-9_.-]{1,80})$")]
"""Where a role or a rule holds: `*` everywhere, or one thing, as `collection:holidays`."""


def in_collection(collection: str) -> str:
    """The domain that is a collection, with all below it."""
    return f"collection:{collection}"


def collection_of(domain: str) -> str | None:
    """The collection that a domain is, or None for any other."""
    kind, _, name = domain.partition(":")
    return name if kind == "collection" else None


class Warrant(Protocol):
    """What vouches for a principal: the guard that admitted it."""

    def check(self, principal: Principal, permission: str, domain: str) -> None:
        """Return if the principal has the permission there, raise `forbidden` otherwise."""

    def scope(self, principal: Principal, permission: str) -> Scope:
        """The pictures on which the principal has the permission, raise `forbidden` when there are none."""

    def reach(self, principal: Principal, permission: str) -> Scope:
        """The pictures on which the account behind the principal has the permission, whatever its token is for."""

    def allows(self, principal: Principal, permission: str, domain: str) -> bool:
        """Whether the principal has a permission; nothing is written down."""

    def allows_on(self, principal: Principal, permission: str, collections: Sequence[str]) -> bool:
        """Whether the principal has a permission on a picture in these collections; nothing is written down."""

    def check_picture(self, principal: Principal, permission: str, collections: Sequence[str]) -> None:
        """Return if the principal has the permission on a picture in these collections, raise `forbidden` otherwise."""


class Principal(Model):
    """Who does something: a person, a program or Darkroom itself. Every service method takes one."""

    id: str
    """Stable identifier, written into events and records."""
    name: str
    """Words for a person."""
    kind: Literal["owner", "user", "token", "system", "anonymous"]
    """`owner` is the person at this machine, as long as nobody has to sign in."""
    user: str | None = None
    """The account it acts for; a token may have none."""
    scopes: tuple[str, ...] | None = None
    """With an API token: the only permissions it has of its account's."""
    session: str | None = None
    """The session it came with."""
    address: str | None = None
    """Network address it came from."""
    warrant: Annotated[Any, Field(exclude=True, repr=False)] = None
    """The guard that admitted it (`Warrant`); without one a user or token may do nothing."""

    @property
    def account(self) -> str:
        """Whose the work is that it begins: an account's, whichever token it came with."""
        return self.user or self.id


LOCAL_OWNER = Principal(id="local", name="Local owner", kind="owner")
"""The person at this machine."""

SYSTEM = Principal(id="system", name="Darkroom", kind="system")
"""Darkroom's own sensors and schedules."""

ANONYMOUS = Principal(id="anonymous", name="Somebody who is not signed in", kind="anonymous")
"""Whoever has shown nothing."""


class Assignment(Model):
    """A role in a domain."""

    role: Role
    """The role."""
    domain: Domain = EVERYWHERE
    """Where it holds."""


class Identity(Model):
    """An account at another provider that signs in to this one."""

    issuer: str
    """Address of the provider."""
    subject: str
    """The account's stable name there."""
    linked_at: datetime
    """When."""


class User(Document):
    """A person's account."""

    email: str
    """Address to sign in with, as it was written."""
    email_key: str
    """The address as it is compared: normalised and case-folded; unique."""
    name: str
    """Words for a person."""
    password: str | None = None
    """bcrypt hash, which names its cost; none for an account that signs in elsewhere."""
    roles: tuple[Assignment, ...] = ()
    """At most one for each domain."""
    identities: tuple[Identity, ...] = ()
    """Accounts at other providers."""
    disabled: bool = False
    """True for an account that may not do anything."""
    created_at: datetime
    """When."""
    password_at: datetime | None = None
    """When the password was last changed."""
    signed_in_at: datetime | None = None
    """When somebody last signed in."""

    def role_in(self, domain: str) -> Role | None:
        """The role held in exactly that domain."""
        return next((one.role for one in self.roles if one.domain == domain), None)

    @property
    def is_administrator(self) -> bool:
        """Whether it administers everything, and is not disabled."""
        return not self.disabled and self.role_in(EVERYWHERE) == "administrator"


SessionKind = Literal["browser", "program"]


class Session(Document):
    """Somebody signed in: a browser with a cookie, or a program with refresh tokens."""

    user: str
    """Id of the account."""
    kind: SessionKind
    """`browser` holds a cookie, `program` a family of refresh tokens."""
    secret: str | None = None
    """SHA-256 of the cookie."""
    address: str | None = None
    """Where it began."""
    agent: str | None = None
    """What the program calls itself, at most 200 characters."""
    created_at: datetime
    """When."""
    expires_at: datetime
    """When it ends by itself."""
    revoked_at: datetime | None = None
    """When it was ended."""
    revoked_why: str | None = None
    """Why: `signed_out`, `refresh_reused`, `password_changed`, ..."""


class RefreshToken(Document):
    """One refresh token; its id is the SHA-256 of the token."""

    session: str
    """The family it belongs to."""
    used_at: datetime | None = None
    """When it was exchanged; a second time is theft."""
    expires_at: datetime
    """When it ends by itself."""


class ApiToken(Document):
    """A token for a program; only its hash is kept."""

    name: str
    """What it is for."""
    user: str | None = None
    """The account it acts for; none for one that the operator made on the command line."""
    secret: str
    """SHA-256 of the token."""
    hint: str
    """Its last characters, to recognise it by."""
    scopes: tuple[str, ...]
    """Permissions, `noun:*` for all of a noun, or `*`."""
    created_at: datetime
    """When."""
    created_by: str
    """Id of who made it."""
    expires_at: datetime | None = None
    """When it ends; none for never."""
    last_used_at: datetime | None = None
    """When it was last used, to the minute."""
    revoked_at: datetime | None = None
    """When it was revoked."""


class Link(Document):
    """A one-time link to set a password; its id is the SHA-256 of its secret."""

    user: str
    """Whose password it sets."""
    created_by: str
    """Id of who made it."""
    created_at: datetime
    """When."""
    expires_at: datetime
    """When it ends."""
    used_at: datetime | None = None
    """When it was used."""


class SignInAttempt(Document):
    """A browser on its way to another provider and back; its id is the SHA-256 of the state that comes along."""

    provider: str
    """Id of the provider."""
    browser: str
    """SHA-256 of the cookie of the browser that began it."""
    nonce: str
    """What the ID token must repeat."""
    verifier: str
    """Of PKCE: what shows that whoever exchanges the code asked for it."""
    return_to: str
    """Path where it ends."""
    session: str | None = None
    """Session of whoever links an account to his own; none for signing in."""
    created_at: datetime
    """When."""
    expires_at: datetime
    """When it ends."""


class DeviceGrant(Document):
    """A program that waits until somebody lets it in; its id is the SHA-256 of its device code."""

    user_code: str
    """SHA-256 of what the person types."""
    state: Literal["pending", "approved", "denied"] = "pending"
    """What became of it."""
    user: str | None = None
    """The account that approved it."""
    agent: str | None = None
    """What the program calls itself, at most 200 characters."""
    address: str | None = None
    """Where it asked from."""
    interval: int = Field(ge=1)
    """Seconds to wait between two questions; grows when it asks too often."""
    asked_at: datetime | None = None
    """When it last asked."""
    created_at: datetime
    """When."""
    expires_at: datetime
    """When it ends."""


class Rule(Document):
    """An exception from what the roles say: somebody may, or may not, do something somewhere."""

    subject: str
    """Id of an account, or name of a role."""
    permission: str
    """A permission, `noun:*` for all of a noun, or `*`."""
    domain: Domain = EVERYWHERE
    """Where it holds."""
    effect: Literal["allow", "deny"]
    """`deny` beats everything else."""
    reason: str = Field("", max_length=500)
    """Why, in words."""
    created_at: datetime
    """When."""
    created_by: str
    """Id of who made it."""

    @property
    def words(self) -> str:
        """The rule in words."""
        where = "everywhere" if self.domain == EVERYWHERE else f"in {self.domain}"
        verb = "may" if self.effect == "allow" else "may not"
        return f"{self.subject} {verb} {self.permission} {where}" + (f" ({self.reason})" if self.reason else "")


class AuditEntry(Model):
    """One line of the audit log; it is only ever added."""

    id: str
    """Identifier that sorts by time; `_id` in MongoDB."""
    at: datetime
    """When."""
    principal: str
    """Id of who did it or was not let."""
    name: str
    """That one's name at the time."""
    kind: str
    """That one's kind."""
    action: str
    """What: a permission that was refused, or a change such as `user.created`."""
    resource: str | None = None
    """What it was about: an id, or a domain."""
    outcome: Literal["done", "denied", "failed"]
    """`denied` by a rule, `failed` when somebody could not show who they are."""
    address: str | None = None
    """Network address it came from."""
    trace_id: str | None = None
    """Trace of the request."""
    detail: dict[str, Any] = Field(default_factory=dict)
    """Facts (JSON values; never secrets)."""


def email_key(email: str) -> str:
    """An address as it is compared: two that look and sound the same are the same."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", email).casefold()).strip()
