"""The decision who may do what: roles in domains, rules beside them, denials first. Decided by casbin."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import Any

from darkroom.access.permissions import LEAST, PERMISSIONS, expand
from darkroom.domain.access import EVERYWHERE, ROLES, Role, Rule, User
from darkroom.domain.base import Model
from darkroom.errors import Error

OPERATOR = "operator"
"""Subject of tokens that the operator made on the command line, without an account."""

_MODEL = """
[request_definition]
r = sub, dom, act

[policy_definition]
p = sub, dom, act, eft

[role_definition]
g = _, _, _

[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))

[matchers]
m = r.act == p.act && (p.dom == "*" || p.dom == r.dom) && (g(r.sub, p.sub, r.dom) || g(r.sub, p.sub, "*"))
"""


class Decision(Model):
    """Whether somebody may do something, and why."""

    allowed: bool
    """Whether."""
    because: str
    """Why, in words."""
    rule: str | None = None
    """Id of the rule that decided, where it was no role."""
    roles: tuple[Role, ...] = ()
    """Roles that would allow it, the least first."""


def least_role(permission: str) -> Role:
    """The least role that has a permission."""
    return LEAST.get(permission, "administrator")


def roles_with(permission: str) -> tuple[Role, ...]:
    """Every role that has a permission, the least first."""
    return ROLES[ROLES.index(least_role(permission)) :]


def permissions_of(role: Role) -> tuple[str, ...]:
    """Every permission of a role."""
    return tuple(name for name in PERMISSIONS if role in roles_with(name))


class Policy:
    """What holds at one moment: who has which role, and the rules. It never changes; decisions are remembered.

    Rules are written for roles, not for domains: a decision reads all of them one after the other.

    Args:
        users: accounts that are not disabled; others may do nothing.
        rules: beside the roles.
    """

    def __init__(self, users: Iterable[User], rules: Sequence[Rule]) -> None:
        import casbin

        self._roles = {user.id: user.roles for user in users}
        self._rules = {rule.id: rule for rule in rules}
        self._lock = threading.Lock()
        self._decided: dict[tuple[str, str, str], Decision] = {}
        model = casbin.Model()
        model.load_model_from_text(_MODEL)
        self._enforcer: Any = casbin.Enforcer(model)
        self._origin: dict[tuple[str, ...], str] = {}
        lines = [(least_role(name), EVERYWHERE, name, "allow") for name in PERMISSIONS]
        self._enforcer.add_policies([list(line) for line in dict.fromkeys([*lines, *self._lines(rules)])])
        self._enforcer.add_grouping_policies(_links(self._roles))

    def decide(self, subject: str, permission: str, domain: str = EVERYWHERE) -> Decision:
        """Whether an account (by its id) may do something somewhere."""
        key = (subject, permission, domain)
        found = self._decided.get(key)
        if found is None:
            with self._lock:
                allowed, line = self._enforcer.enforce_ex(subject, domain, permission)
            found = self._decided[key] = self._words(subject, permission, domain, allowed=allowed, line=tuple(line))
        return found

    def domains(self, subject: str, permission: str) -> frozenset[str]:
        """Where an account may do something: `*` among them when everywhere; for lists that show only what one may see."""
        places = {one.domain for one in self._roles.get(subject, ())} | {one.domain for one in self._rules.values()}
        return frozenset(one for one in places | {EVERYWHERE} if self.decide(subject, permission, one).allowed)

    def roles_of(self, subject: str, domain: str) -> tuple[Role, ...]:
        """Roles that an account holds there."""
        if subject == OPERATOR:
            return ("administrator",)
        return tuple(one.role for one in self._roles.get(subject, ()) if one.domain in (EVERYWHERE, domain))

    def _lines(self, rules: Sequence[Rule]) -> Iterable[tuple[str, str, str, str]]:
        for rule in rules:
            # What is denied to a role is denied to those who hold it, not to those above it.
            subject = f"={rule.subject}" if rule.effect == "deny" and rule.subject in ROLES else rule.subject
            for permission in _expand(rule.permission):
                line = (subject, rule.domain, permission, rule.effect)
                self._origin[line] = rule.id
                yield line

    def _words(self, subject: str, permission: str, domain: str, *, allowed: bool, line: tuple[str, ...]) -> Decision:
        roles = roles_with(permission)
        rule = self._rules.get(self._origin.get(line, ""))
        if rule is not None:
            return Decision(allowed=allowed, because=f"The rule says: {rule.words}.", rule=rule.id, roles=roles)
        held = self.roles_of(subject, domain)
        if allowed:
            by = next((role for role in held if role in roles), None)
            if by is not None:
                return Decision(allowed=True, because=f"The role {by} has it.", roles=roles)
            giving = self._giving(subject, permission, domain)
            return Decision(allowed=True, because=f"The rule says: {giving.words}.", rule=giving.id, roles=roles)
        where = "" if domain == EVERYWHERE else f" in {domain}"
        has = f"only the role {' and '.join(held)}" if held else "no role"
        return Decision(allowed=False, because=f"It takes the role {roles[0]}{where}; there is {has}.", roles=roles)

    def _giving(self, subject: str, permission: str, domain: str) -> Rule:
        """The rule that allowed what no role did; casbin names only the one that denied."""
        below = {role for held in self.roles_of(subject, domain) for role in ROLES[: ROLES.index(held) + 1]}
        return next(
            rule
            for rule in self._rules.values()
            if rule.effect == "allow"
            and rule.subject in below | {subject}
            and rule.domain in (EVERYWHERE, domain)
            and permission in _expand(rule.permission)
        )


def _expand(pattern: str) -> tuple[str, ...]:
    try:
        return expand(pattern)
    except Error:
        # A rule about a permission that a later version no longer has: it decides nothing.
        return ()


def _links(held: dict[str, Any]) -> list[list[str]]:
    """Who is linked to which role where: to the one held, and for what it includes to those below."""
    found = [[OPERATOR, role, EVERYWHERE] for role in (*ROLES, "=administrator")]
    for user, assignments in held.items():
        for one in assignments:
            below = ROLES[: ROLES.index(one.role) + 1]
            found += [[user, role, one.domain] for role in (*below, f"={one.role}")]
    return found
