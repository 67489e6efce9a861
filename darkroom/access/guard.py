"""The guard of a library: knows who may do what now, in this process, a moment after any process changed it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from typing import Any

from darkroom.access.permissions import PERMISSIONS, require
from darkroom.access.policy import OPERATOR, Decision, Policy, least_role, roles_with
from darkroom.access.trail import Trail
from darkroom.domain.access import EVERYWHERE, UNPLACED, Principal, in_collection
from darkroom.domain.scope import EVERYTHING, NOTHING, Scope
from darkroom.errors import Error
from darkroom.store import Stores
from darkroom.store.policies import watch_access

_STALE_SECONDS = 0.9
"""Silence of the watcher after which nothing remembered is trusted."""
_UNWATCHED_SECONDS = 0.5
"""Age at which a policy is read anew while there is no watcher."""
_MOST_REMEMBERED = 10_000


class Guard:
    """Decides for principals that it vouches for, and writes down whom it refused.

    A thread follows changes of accounts, sessions, tokens and rules; with the first that it tells, everything
    remembered is forgotten. While the thread cannot follow, nothing is remembered for longer than half a second.

    Args:
        stores: accounts and rules.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._trail = Trail(stores)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._watcher: threading.Thread | None = None
        self._beat = float("-inf")
        self._version = 0
        self._policy: Policy | None = None
        self._read = (-1, float("-inf"))
        self._remembered: dict[str, tuple[int, float, Any]] = {}

    def require(self, principal: Principal, permission: str, domain: str = EVERYWHERE) -> None:
        """Return if `principal` has `permission` in `domain`: the same as `darkroom.access.require`.

        Raises:
            Error: `forbidden` or `unauthenticated`.
        """
        require(principal, permission, domain)

    def check(self, principal: Principal, permission: str, domain: str) -> None:
        """Decide for a principal that this guard vouches for; a refusal goes to the audit log.

        Of a permission on pictures, everywhere means all of them: whoever is denied it in one collection is refused.

        Raises:
            Error: `forbidden`, with the permission, the rule and the roles that would allow it.
        """
        decision = self._decide_whole(principal, permission, domain)
        if not decision.allowed:
            raise self._refused(principal, permission, domain, decision)

    def scope(self, principal: Principal, permission: str) -> Scope:
        """The pictures on which a principal has a permission; with none, the refusal goes to the audit log.

        Raises:
            Error: `forbidden`.
        """
        decision = self._beforehand(principal, permission)
        if decision is not None:
            if decision.allowed:
                return EVERYTHING
            raise self._refused(principal, permission, EVERYWHERE, decision)
        policy, subject = self.policy(), subject_of(principal)
        found = policy.scope(subject, permission)
        if found is None:
            raise self._refused(principal, permission, EVERYWHERE, policy.decide_on(subject, permission, ()))
        return found

    def reach(self, principal: Principal, permission: str) -> Scope:
        """The pictures on which the account behind a principal has a permission, whatever its token is for."""
        return self.policy().scope(subject_of(principal), permission) or NOTHING

    def allows(self, principal: Principal, permission: str, domain: str = EVERYWHERE) -> bool:
        """Whether `check` would let a principal through; nothing is written down."""
        return self._decide_whole(principal, permission, domain).allowed

    def allows_on(self, principal: Principal, permission: str, collections: Sequence[str]) -> bool:
        """Whether `check_picture` would let a principal through; nothing is written down."""
        return self.decide_on(principal, permission, collections).allowed

    def check_picture(self, principal: Principal, permission: str, collections: Sequence[str]) -> None:
        """Decide about a picture that is in these collections; a refusal goes to the audit log.

        Raises:
            Error: `forbidden`, with the place and the rule.
        """
        decision = self.decide_on(principal, permission, collections)
        if not decision.allowed:
            domain = in_collection(min(collections)) if collections else EVERYWHERE
            raise self._refused(principal, permission, domain, decision)

    def _refused(self, principal: Principal, permission: str, domain: str, decision: Decision) -> Error:
        resource = None if domain in (EVERYWHERE, UNPLACED) else domain
        self._trail.note(
            principal, permission, resource, outcome="denied", because=decision.because, rule=decision.rule
        )
        where = "" if resource is None else f" in {domain}"
        return Error(
            "forbidden",
            f"{principal.name} lacks the permission {permission}{where} ({PERMISSIONS[permission]}). {decision.because}",
            permission=permission, domain=resource or EVERYWHERE, rule=decision.rule, roles=list(decision.roles),
        )  # fmt: skip

    def decide(self, principal: Principal, permission: str, domain: str = EVERYWHERE) -> Decision:
        """Whether a principal may do something somewhere, and why; nothing is written down."""
        known = self._beforehand(principal, permission)
        return known or self.policy().decide(subject_of(principal), permission, domain)

    def decide_on(self, principal: Principal, permission: str, collections: Sequence[str]) -> Decision:
        """Whether a principal may do something with a picture that is in these collections; nothing is written down."""
        known = self._beforehand(principal, permission)
        return known or self.policy().decide_on(subject_of(principal), permission, collections)

    def decide_all(
        self, principal: Principal, permissions: Iterable[str], domain: str | None = None
    ) -> dict[str, Decision]:
        """Whether a principal may do each of several things, and why, as all of it holds at one moment; nothing is written down.

        Args:
            principal: who.
            permissions: what.
            domain: where; with None, whether there can be anything that the principal may do it with.
        """
        # Read once: while the watcher does not follow, a policy is soon too old to be asked about the next one.
        policy: Policy | None = None
        found = {}
        for permission in permissions:
            known = self._beforehand(principal, permission)
            if known is None:
                policy = policy or self.policy()
                subject = subject_of(principal)
                known = (
                    policy.decide_somewhere(subject, permission)
                    if domain is None
                    else policy.decide(subject, permission, domain)
                )
            found[permission] = known
        return found

    def _decide_whole(self, principal: Principal, permission: str, domain: str) -> Decision:
        known = self._beforehand(principal, permission)
        return known or self.policy().decide_whole(subject_of(principal), permission, domain)

    def _beforehand(self, principal: Principal, permission: str) -> Decision | None:
        """What is decided without roles and rules, or None."""
        if principal.kind in ("owner", "system"):
            return Decision(allowed=True, because=f"{principal.name} may do everything.", roles=roles_with(permission))
        if principal.kind == "anonymous":
            words = f"Nobody is signed in; it takes the role {least_role(permission)}."
            return Decision(allowed=False, because=words, roles=roles_with(permission))
        if principal.scopes is not None and permission not in principal.scopes:
            words = f"The token's scopes do not have it: {', '.join(principal.scopes)}."
            return Decision(allowed=False, because=words, roles=roles_with(permission))
        return None

    def policy(self) -> Policy:
        """What holds now."""
        self._watch()
        version, at = self._read
        policy = self._policy
        if policy is not None and version == self._version and (self.is_fresh() or _age(at) < _UNWATCHED_SECONDS):
            return policy
        asked = time.monotonic()
        with self._lock:
            version, at = self._read
            if self._policy is not None and version == self._version and at >= asked:
                return self._policy  # another thread has read it since
            wanted, begun = self._version, time.monotonic()
            stores = self._stores
            policy = Policy(stores.users.all(), stores.policies.all(), stores.collections.parents())
            self._policy, self._read = policy, (wanted, begun)
        return policy

    def is_fresh(self) -> bool:
        """Whether the watcher follows, so that what is remembered is true."""
        return _age(self._beat) < _STALE_SECONDS

    def changed(self) -> None:
        """Forget everything: what this process changed holds in it at once."""
        self._version += 1
        self._remembered.clear()

    @property
    def version(self) -> int:
        """Grows with every change; read it before reading what is to be remembered."""
        return self._version

    def remember(self, key: str, value: Any, version: int, seconds: float) -> None:
        """Keep something that was read at `version`, until something changes or `seconds` are over."""
        self._watch()
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[key] = (version, time.monotonic() + seconds, value)

    def recall(self, key: str) -> Any:
        """What was kept, or None when there is nothing that can be trusted."""
        found = self._remembered.get(key)
        if found is None or found[0] != self._version or found[1] < time.monotonic() or not self.is_fresh():
            return None
        return found[2]

    def close(self) -> None:
        """Stop following."""
        self._stop.set()
        watcher, self._watcher = self._watcher, None
        if watcher is not None and watcher is not threading.current_thread():
            watcher.join(timeout=5)

    def _watch(self) -> None:
        if self._watcher is not None or self._stop.is_set():
            return
        with self._lock:
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._follow, name="access-watcher", daemon=True)
                self._watcher.start()

    def _follow(self) -> None:
        for has_changed in watch_access(self._stores.database, self._stop):
            if has_changed:
                self.changed()
            self._beat = time.monotonic()
        self._beat = float("-inf")


def subject_of(principal: Principal) -> str:
    """Whose roles count for a principal: its account's, or the operator's."""
    return principal.user or OPERATOR


def _age(moment: float) -> float:
    return time.monotonic() - moment
