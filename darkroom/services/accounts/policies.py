"""Roles, the rules beside them, and why somebody may or may not do something."""

from __future__ import annotations

from darkroom.access import PERMISSIONS, require
from darkroom.access.guard import Guard, subject_of
from darkroom.access.permissions import PLACED, expand
from darkroom.access.policy import Decision, permissions_of
from darkroom.access.trail import Trail
from darkroom.domain.access import EVERYWHERE, ROLES, Principal, Rule, collection_of, in_collection
from darkroom.domain.base import new_id, now
from darkroom.errors import Error
from darkroom.services.accounts.policy_views import Explanation, Roles, RoleView, RuleList
from darkroom.services.accounts.rank import Rank
from darkroom.services.accounts.requests import NewRule
from darkroom.services.places import check_place
from darkroom.store import Stores


class PolicyService:
    """Roles and rules.

    Args:
        stores: repositories.
        guard: decides, and is told of every change.
    """

    def __init__(self, stores: Stores, guard: Guard) -> None:
        self._stores = stores
        self._guard = guard
        self._trail = Trail(stores)
        self._rank = Rank(guard, self._trail)

    def roles(self, principal: Principal) -> Roles:
        """Every role with what it may do."""
        require(principal, "account:read")
        items = tuple(RoleView(name=role, permissions=permissions_of(role)) for role in ROLES)
        return Roles(items=items, permissions=PERMISSIONS)

    def list(self, principal: Principal) -> RuleList:
        """Every rule."""
        require(principal, "policies:read")
        return RuleList(items=tuple(self._stores.policies.all()))

    def add(self, principal: Principal, new: NewRule) -> Rule:
        """Add a rule; it holds in every process within a second.

        Raises:
            Error: `already_exists`, `invalid_parameter` for a subject, permission or place that is none or where it
                decides nothing, `forbidden` for allowing what one may not do oneself, or for denying administrators
                what would undo it.
        """
        require(principal, "policies:write")
        wanted = expand(new.permission)
        check_place(self._stores, new.domain, new.permission)
        if new.subject not in ROLES and self._stores.users.find(new.subject) is None:
            raise Error(
                "invalid_parameter", f"subject: {new.subject!r} is no role and no account.", parameter="subject"
            )
        if new.effect == "allow":
            self._rank.may_grant(principal, new.permission, new.domain)
        elif new.subject in ("administrator", principal.user) and "policies:write" in wanted:
            raise Error(
                "invalid_parameter", "permission: with this rule nobody could take it back.", parameter="permission",
                remedy="Deny single permissions other than policies:write.",
            )  # fmt: skip
        rule = Rule(id=new_id("r"), created_at=now(), created_by=principal.id, **dict(new))
        self._stores.policies.insert(rule)
        self._guard.changed()
        self._trail.note(principal, "policy.added", rule.id, rule=rule.words)
        return rule

    def remove(self, principal: Principal, rule_id: str) -> None:
        """Take a rule away.

        Raises:
            Error: `not_found`; `forbidden` for a denial of what one may not do oneself.
        """
        require(principal, "policies:write")
        rule = self._stores.policies.get(rule_id)
        if rule.effect == "deny" and principal.scopes is not None:
            self._rank.may_grant(principal, rule.permission, rule.domain)
        self._stores.policies.remove(rule_id)
        self._guard.changed()
        self._trail.note(principal, "policy.removed", rule.id, rule=rule.words)

    def explain(
        self, principal: Principal, permission: str, domain: str = EVERYWHERE, *, user: str | None = None
    ) -> Explanation:
        """Why somebody may or may not do something: oneself, or another account.

        Raises:
            Error: `invalid_parameter` for a permission that is none, `not_found` for the account.
        """
        require(principal, "account:read" if user in (None, principal.user) else "policies:read")
        if permission not in PERMISSIONS:
            raise Error(
                "invalid_parameter", f"permission: there is no permission {permission[:100]!r}.",
                parameter="permission", remedy=f"Give one of: {', '.join(PERMISSIONS)}.",
            )  # fmt: skip
        decision = self._decision(principal, permission, domain, user)
        return Explanation(
            principal=user or principal.id, permission=permission, words=PERMISSIONS[permission], domain=domain,
            **decision.model_dump(),
        )  # fmt: skip

    def _decision(self, principal: Principal, permission: str, domain: str, user: str | None) -> Decision:
        place = collection_of(domain) if permission in PLACED else None
        subject = user or subject_of(principal)
        if user is None or user == principal.user:
            found = self._guard.decide(principal, permission, domain)
            if found.allowed and place is not None:
                found = self._guard.decide_on(principal, permission, (place,))
            if principal.kind not in ("user", "token") or (principal.scopes is not None and not found.allowed):
                return found
        elif self._stores.users.get(user).disabled:
            return Decision(allowed=False, because="The account is disabled.")
        elif place is not None:
            found = self._guard.policy().decide_on(subject, permission, (place,))
        else:
            found = self._guard.policy().decide(subject, permission, domain)
        return found if place is not None or permission not in PLACED else self._with_places(found, subject, permission)

    def _with_places(self, found: Decision, subject: str, permission: str) -> Decision:
        """What is decided in general, with the collections in which it is otherwise."""
        policy = self._guard.policy()
        scope = policy.scope(subject, permission)
        if scope is None or scope.is_everything:
            return found
        if scope.outside and found.allowed:
            first = in_collection(min(scope.outside))
            words = f"Not in {first}: {policy.decide_on(subject, permission, (min(scope.outside),)).because}"
        else:
            inside = sorted(frozenset.intersection(*scope.inside) - scope.outside) if scope.inside else []
            words = f"But in {', '.join(map(in_collection, inside[:5]))}." if inside else ""
        return found.model_copy(update={"because": f"{found.because} {words}".strip()})
