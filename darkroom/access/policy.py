"""The decision who may do what: roles in domains, rules beside them, denials first. Decided by casbin.

A collection is a domain, and so are those below it: what is given or denied in one holds in all that it contains.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from darkroom.access.permissions import ANYWHERE, APART, DENIED_WITH, LEAST, PERMISSIONS, PLACED, SEEN_FIRST, expand
from darkroom.domain.access import (
    EVERYWHERE,
    ROLES,
    UNPLACED,
    Assignment,
    Role,
    Rule,
    User,
    collection_of,
    in_collection,
)
from darkroom.domain.base import Model
from darkroom.domain.scope import EVERYTHING, Scope
from darkroom.errors import Error

OPERATOR = "operator"
"""Subject of tokens that the operator made on the command line, without an account."""

_MODEL = """
[request_definition]
r = sub, dom, act

[policy_definition]
p = sub, dom, act, eft

[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))

[matchers]
m = r.act == p.act && holds(r.sub, p.sub, r.dom) && within(r.dom, p.dom)
"""
# casbin's own roles in domains copy everybody's roles for each pattern of domains: seconds for a thousand accounts.


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
        parents: every collection, and the one that it lies in.
    """

    def __init__(
        self, users: Iterable[User], rules: Sequence[Rule], parents: Mapping[str, str | None] | None = None
    ) -> None:
        import casbin

        self._roles = {user.id: user.roles for user in users}
        self._rules = {rule.id: rule for rule in rules}
        self._parents = parents or {}
        self._ruled = frozenset(rule.domain for rule in rules)
        self._links = _links(self._roles)
        self._lock = threading.Lock()
        self._decided: dict[tuple[str, str, str], Decision] = {}
        self._scopes: dict[tuple[str, str], Scope | None] = {}
        model = casbin.Model()
        model.load_model_from_text(_MODEL)
        self._enforcer: Any = casbin.Enforcer(model)
        self._enforcer.add_function("holds", self._holds)
        self._enforcer.add_function("within", lambda domain, of: of in self.around(domain))
        self._origin: dict[tuple[str, ...], str] = {}
        lines = [(least_role(name), EVERYWHERE, name, "allow") for name in PERMISSIONS]
        self._enforcer.add_policies([list(line) for line in dict.fromkeys([*lines, *self._lines(rules)])])

    def decide(self, subject: str, permission: str, domain: str = EVERYWHERE) -> Decision:
        """Whether an account (by its id) may do something somewhere."""
        key = (subject, permission, domain)
        found = self._decided.get(key)
        if found is None:
            with self._lock:
                allowed, line = self._enforcer.enforce_ex(subject, domain, permission)
            found = self._words(subject, permission, domain, allowed=allowed, line=tuple(line))
            if not found.allowed and found.rule is None and permission in ANYWHERE:
                found = self._anywhere(subject, permission) or found
            self._decided[key] = found
        return found

    def decide_on(self, subject: str, permission: str, collections: Collection[str]) -> Decision:
        """Whether an account may do something with a picture that is in these collections."""
        if permission != SEEN_FIRST and not (seen := self.decide_on(subject, SEEN_FIRST, collections)).allowed:
            return seen
        general = self.decide(subject, permission, UNPLACED)
        there = [self.decide(subject, permission, in_collection(one)) for one in sorted(collections)]
        denied = (one for one in (general, *there) if not one.allowed and one.rule is not None)
        return next(denied, None) or next(
            (one for one in (general, *there) if one.allowed), there[0] if there else general
        )

    def decide_on_all(self, subject: str, permission: str) -> Decision:
        """Whether an account may do something with every picture, whatever collections it is in."""
        if permission != SEEN_FIRST and not (seen := self.decide_on_all(subject, SEEN_FIRST)).allowed:
            return seen
        general, scope = self.decide(subject, permission, UNPLACED), self._scope_alone(subject, permission)
        if scope is None or not general.allowed:
            return general
        return next(
            (self.decide(subject, permission, in_collection(one)) for one in sorted(scope.outside)), general
        )  # fmt: skip

    def decide_whole(self, subject: str, permission: str, domain: str = EVERYWHERE) -> Decision:
        """Whether an account may do something with all that a domain contains."""
        place = collection_of(domain)
        if permission in PLACED and place is not None:
            return self.decide_on(subject, permission, (place,))
        found = self.decide(subject, permission, domain)
        if not found.allowed or domain == UNPLACED or permission in APART or permission in ANYWHERE:
            return found
        if permission in PLACED:
            return self.decide_on_all(subject, permission)
        # About the library as a whole: what there is to see in it is of all pictures.
        seen = self.decide_on_all(subject, SEEN_FIRST)
        return found if seen.allowed else seen

    def decide_somewhere(self, subject: str, permission: str) -> Decision:
        """Whether there can be anything that an account may do it with."""
        if permission not in PLACED:
            return self.decide_whole(subject, permission)
        found = self.decide(subject, permission)
        if found.allowed or self.scope(subject, permission) is None:
            return found
        return Decision(allowed=True, because="A role or rule in a collection gives it.", roles=found.roles)

    def scope(self, subject: str, permission: str) -> Scope | None:
        """The pictures on which an account has a permission; None when none can be, whatever the library holds."""
        key = (subject, permission)
        if key not in self._scopes:
            scope = self._scope_alone(subject, permission)
            if scope is not None and permission != SEEN_FIRST:
                seen = self.scope(subject, SEEN_FIRST)
                scope = None if seen is None else scope.also(seen)
            self._scopes[key] = scope
        return self._scopes[key]

    def roles_of(self, subject: str, domain: str) -> tuple[Role, ...]:
        """Roles that an account holds there."""
        if subject == OPERATOR:
            return ("administrator",)
        around = self.around(domain)
        return tuple(one.role for one in self._roles.get(subject, ()) if one.domain in around)

    def around(self, domain: str) -> tuple[str, ...]:
        """A domain and all that it lies in, itself first, everything last."""
        found, one = [domain], collection_of(domain)
        while one is not None and (one := self._parents.get(one)) is not None:
            found.append(in_collection(one))
        return (*found, EVERYWHERE) if domain != EVERYWHERE else (EVERYWHERE,)

    def _scope_alone(self, subject: str, permission: str) -> Scope | None:
        """The scope of a permission without what it takes beside it."""
        general = self.decide(subject, permission, UNPLACED)
        if not general.allowed and general.rule is not None:
            return None
        held = {one.domain for one in self._roles.get(subject, ())}
        named = {one for place in held | self._ruled if (one := collection_of(place)) and one in self._parents}
        places = {
            one: self.decide(subject, permission, in_collection(nearest)) for one, nearest in self._nearest(named)
        }
        denied = frozenset(one for one, found in places.items() if not found.allowed and found.rule is not None)
        if general.allowed:
            return Scope(outside=denied) if denied else EVERYTHING
        allowed = frozenset(one for one, found in places.items() if found.allowed)
        return Scope(inside=(allowed,), outside=denied) if allowed else None

    def _nearest(self, named: Collection[str]) -> Iterable[tuple[str, str]]:
        """Every collection in or below a named one, with the nearest named one: what is decided there holds for it."""
        if not named:
            return
        for collection in self._parents:
            around = (collection_of(one) for one in self.around(in_collection(collection)))
            nearest = next((one for one in around if one in named), None)
            if nearest is not None:
                yield collection, nearest

    def _holds(self, subject: str, held: str, domain: str) -> bool:
        if subject == held:
            return True
        places = self._links.get((subject, held))
        return places is not None and not places.isdisjoint(self.around(domain))

    def _lines(self, rules: Sequence[Rule]) -> Iterable[tuple[str, str, str, str]]:
        for rule in rules:
            # What is denied to a role is denied to those who hold it, not to those above it.
            subject = f"={rule.subject}" if rule.effect == "deny" and rule.subject in ROLES else rule.subject
            denied = rule.effect == "deny"
            for permission in _with_lesser(_expand(rule.permission)) if denied else _expand(rule.permission):
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
        where = "" if domain in (EVERYWHERE, UNPLACED) else f" in {domain}"
        has = f"only the role {' and '.join(held)}" if held else "no role"
        return Decision(allowed=False, because=f"It takes the role {roles[0]}{where}; there is {has}.", roles=roles)

    def _anywhere(self, subject: str, permission: str) -> Decision | None:
        """What a role in some place gives of what is in no place."""
        roles = roles_with(permission)
        for one in self._roles.get(subject, ()):
            if one.role in roles and collection_of(one.domain) in self._parents:
                return Decision(allowed=True, because=f"The role {one.role} in {one.domain} has it.", roles=roles)
        return None

    def _giving(self, subject: str, permission: str, domain: str) -> Rule:
        """The rule that allowed what no role did; casbin names only the one that denied."""
        below = {role for held in self.roles_of(subject, domain) for role in ROLES[: ROLES.index(held) + 1]}
        around = self.around(domain)
        return next(
            rule
            for rule in self._rules.values()
            if rule.effect == "allow"
            and rule.subject in below | {subject}
            and rule.domain in around
            and permission in _expand(rule.permission)
        )


def _expand(pattern: str) -> tuple[str, ...]:
    try:
        return expand(pattern)
    except Error:
        # A rule about a permission that a later version no longer has: it decides nothing.
        return ()


def _with_lesser(permissions: Sequence[str]) -> Iterable[str]:
    """What a denial takes away."""
    return dict.fromkeys([*permissions, *(one for name in permissions for one in DENIED_WITH.get(name, ()))])


def _links(held: Mapping[str, tuple[Assignment, ...]]) -> dict[tuple[str, str], set[str]]:
    """Who holds which role where: the one held, and what it includes of those below."""
    found = {(OPERATOR, role): {EVERYWHERE} for role in (*ROLES, "=administrator")}
    for user, assignments in held.items():
        for one in assignments:
            for role in (*ROLES[: ROLES.index(one.role) + 1], f"={one.role}"):
                found.setdefault((user, role), set()).add(one.domain)
    return found
