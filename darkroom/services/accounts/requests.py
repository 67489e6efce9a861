"""What may be asked of accounts. Every field that is not named here is refused, so nobody gives himself a role."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from darkroom.domain.access import EVERYWHERE, Assignment, Domain, Role
from darkroom.domain.base import Model

_EMAIL = re.compile(r"[^\s@<>\"(),:;\[\]\\]{1,64}@[^\s@<>\"(),:;\[\]\\.]+(\.[^\s@<>\"(),:;\[\]\\.]+)*\Z")


def _email(value: str) -> str:
    if not _EMAIL.match(value) or not value.isprintable():
        raise ValueError("give an e-mail address, as ada@example.org")
    return value


def _plain(value: str) -> str:
    if not value.isprintable():
        raise ValueError("only visible characters")
    return value


Email = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=254), AfterValidator(_email)]
"""An address."""
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), AfterValidator(_plain)]
"""A name."""
Password = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
"""A password; its rules are checked where it is set."""
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,80}$")]
"""An id."""
Scope = Annotated[str, StringConstraints(pattern=r"^(\*|[a-z]{1,30}(:(\*|[a-z]{1,30}))?)$")]
"""A permission, `noun:*`, `*`, or one of `read`, `write`, `admin`."""


class NewAdministrator(Model):
    """The first account, which administers everything."""

    email: Email
    """Address to sign in with."""
    name: Name | None = None
    """Words for a person; the address when not given."""
    password: Password
    """At least ten characters."""


class NewUser(Model):
    """An account to create."""

    email: Email
    """Address to sign in with."""
    name: Name | None = None
    """Words for a person; the address when not given."""
    role: Role = "viewer"
    """What the person may do everywhere."""
    password: Password | None = None
    """Without one, hand the person a one-time link."""


class UserChange(Model):
    """What to change of an account; what is not given stays."""

    email: Email | None = None
    """Address to sign in with."""
    name: Name | None = None
    """Words for a person."""
    disabled: bool | None = None
    """True takes every access away at once."""


class RoleChange(Model):
    """A role to give or to take."""

    role: Role | None
    """The role; null takes away the one held there."""
    domain: Domain = EVERYWHERE
    """Where: `*`, or one thing, as `collection:holidays`."""


class Credentials(Model):
    """Address and password."""

    email: Annotated[str, StringConstraints(min_length=1, max_length=254)]
    """Address."""
    password: Password
    """Password."""
    kind: Literal["browser", "program"] = "program"
    """`browser` sets a cookie, `program` answers with tokens."""


class OwnChange(Model):
    """What to change of one's own account."""

    name: Name
    """Words for a person."""


class PasswordChange(Model):
    """One's own new password."""

    old: Password
    """The present one."""
    new: Password
    """At least ten characters."""


class PasswordReset(Model):
    """A new password by a one-time link."""

    token: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    """Secret of the link."""
    password: Password
    """At least ten characters."""


class NewToken(Model):
    """An API token to make."""

    name: Name
    """What it is for."""
    scopes: tuple[Scope, ...] = Field(min_length=1, max_length=50)
    """Permissions, `noun:*` for all of a noun, `*` for all; or `read`, `write`, `admin`."""
    expires_in_days: int | None = Field(None, ge=1, le=3650)
    """Days until it ends; never when not given."""
    user: Id | None = None
    """The account it acts for; one's own when not given."""


class NewRule(Model):
    """A rule to add."""

    subject: Id
    """Id of an account, or name of a role."""
    permission: Scope
    """A permission, `noun:*`, or `*`."""
    domain: Domain = EVERYWHERE
    """Where it holds."""
    effect: Literal["allow", "deny"]
    """`deny` beats everything else."""
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""
    """Why, in words; people who are refused read it."""


def with_role(roles: tuple[Assignment, ...], change: RoleChange) -> tuple[Assignment, ...]:
    """The roles of an account after a change."""
    kept = tuple(one for one in roles if one.domain != change.domain)
    return kept if change.role is None else (*kept, Assignment(role=change.role, domain=change.domain))
