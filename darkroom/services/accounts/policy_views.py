"""What is shown of roles and rules."""

from __future__ import annotations

from darkroom.domain.access import Role, Rule
from darkroom.domain.base import Model


class RoleView(Model):
    """A role."""

    name: Role
    """Its name."""
    permissions: tuple[str, ...]
    """What it may do."""


class Roles(Model):
    """The roles, the least first, and what there is to be allowed."""

    items: tuple[RoleView, ...]
    """The roles; each may do everything that the ones before it may."""
    permissions: dict[str, str]
    """Every permission, and what it allows in words."""


class RuleList(Model):
    """The rules beside the roles, oldest first."""

    items: tuple[Rule, ...]
    """The rules."""


class Explanation(Model):
    """Whether somebody may do something, and why."""

    principal: str
    """Id of the account or token."""
    permission: str
    """What."""
    words: str
    """What that is, in words."""
    domain: str
    """Where."""
    allowed: bool
    """Whether."""
    because: str
    """Why."""
    rule: str | None
    """Id of the rule that decided; null when it was a role."""
    roles: tuple[Role, ...]
    """Roles that would allow it, the least first."""
