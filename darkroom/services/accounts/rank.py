"""Nobody gives, or takes over, more than he has: who manages accounts cannot make himself an administrator."""

from __future__ import annotations

from darkroom.access.guard import Guard
from darkroom.access.permissions import PERMISSIONS, expand
from darkroom.access.policy import permissions_of
from darkroom.access.trail import Trail
from darkroom.domain.access import EVERYWHERE, Principal, Role, User
from darkroom.errors import Error


class Rank:
    """Compares what a principal may with what it hands on.

    Args:
        guard: knows who may what.
        trail: where refusals are written.
    """

    def __init__(self, guard: Guard, trail: Trail) -> None:
        self._guard = guard
        self._trail = trail

    def may_give(self, principal: Principal, role: Role, domain: str = EVERYWHERE) -> None:
        """Return if a principal has everything that a role has there.

        Raises:
            Error: `forbidden`.
        """
        self._covers(principal, permissions_of(role), domain, f"give the role {role}")

    def may_manage(self, principal: Principal, user: User) -> None:
        """Return if a principal has everything that an account has: its password would give it that.

        Raises:
            Error: `forbidden`.
        """
        if principal.user == user.id and principal.scopes is None:
            return
        for one in user.roles:
            self._covers(principal, permissions_of(one.role), one.domain, f"manage the account of {user.name}")

    def may_grant(self, principal: Principal, pattern: str, domain: str) -> None:
        """Return if a principal has the permissions that it gives to others.

        Raises:
            Error: `forbidden`, or `invalid_parameter` for a pattern that means none.
        """
        self._covers(principal, expand(pattern), domain, f"allow {pattern}")

    def _covers(self, principal: Principal, wanted: tuple[str, ...], domain: str, words: str) -> None:
        if principal.kind in ("owner", "system"):
            return
        for permission, decision in self._guard.decide_all(principal, wanted, domain).items():
            if not decision.allowed:
                self._trail.note(principal, "rank", outcome="denied", because=words, permission=permission)
                raise Error(
                    "forbidden",
                    f"{principal.name} lacks the permission {permission} ({PERMISSIONS[permission]}) and so cannot {words}.",
                    permission=permission, domain=domain,
                )  # fmt: skip
