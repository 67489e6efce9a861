"""The permission check that is the first line of every service method."""

from __future__ import annotations

from collections.abc import Sequence

from darkroom.domain.access import EVERYWHERE, Principal, Role
from darkroom.domain.scope import EVERYTHING, Scope
from darkroom.errors import Error

PERMISSIONS: dict[str, str] = {
    "images:read": "See pictures, their metadata and the originals",
    "images:write": "Bring pictures in and change what is known of them",
    "images:edit": "Change tags, texts, rating, favourite and label of pictures",
    "tags:write": "Rename, merge, colour and delete tags on all pictures",
    "trash:read": "See what is in the trash",
    "trash:write": "Put pictures into the trash and restore them",
    "trash:purge": "Remove pictures from the trash for good",
    "rules:read": "See the rules that file pictures",
    "rules:write": "Change the rules that file pictures, and apply them",
    "presets:read": "See recipes and what they can be made of",
    "presets:write": "Save and retire recipes",
    "renditions:read": "See what recipes made of pictures",
    "renditions:write": "Have recipes run on pictures",
    "datasets:read": "See datasets, their versions and labels",
    "datasets:write": "Commit dataset versions and labels",
    "training:read": "See trainings, checkpoints, reports and models",
    "training:write": "Start and cancel trainings",
    "models:write": "Decide which version of a model is used",
    "models:approve": "Say what a champion must be worth, and approve one where that is asked for",
    "failures:read": "See the failure ledger",
    "failures:write": "Retry or dismiss entries of the failure ledger",
    "batches:read": "See batches, runs and the queue",
    "batches:write": "Start and cancel batches",
    "queue:first": "Have one's own work go before that of others",
    "events:read": "Follow what happens",
    "operations:read": "See long work of one's own",
    "operations:write": "Cancel and undo long work of one's own",
    "operations:all": "See, cancel and undo long work of all people",
    "system:read": "See the state of the services",
    "system:write": "Switch sensors and schedules, delete runs and change everything else in Dagster",
    "storage:read": "See where pictures lie, and verify them",
    "storage:write": "Try, move and arrange places for pictures, back up and restore",
    "account:read": "See one's own account, sessions and tokens",
    "account:write": "Change one's own password, sessions and tokens",
    "users:read": "See the accounts of all people",
    "users:write": "Create, change and disable accounts, and give roles",
    "tokens:read": "See the API tokens of all people",
    "tokens:write": "Create API tokens for, and revoke those of, all people",
    "policies:read": "See roles and rules, and why somebody may not do something",
    "policies:write": "Change the rules",
    "audit:read": "Read and export the audit log",
}
"""Every permission and what it allows."""

LEAST: dict[str, Role] = {
    "images:read": "viewer",
    "images:write": "editor",
    "images:edit": "annotator",
    "tags:write": "editor",
    "trash:read": "editor",
    "trash:write": "editor",
    "rules:read": "viewer",
    "rules:write": "editor",
    "presets:read": "viewer",
    "presets:write": "editor",
    "renditions:read": "viewer",
    "renditions:write": "editor",
    "datasets:read": "viewer",
    "datasets:write": "trainer",
    "training:read": "viewer",
    "training:write": "trainer",
    "models:write": "trainer",
    "failures:read": "viewer",
    "failures:write": "editor",
    "batches:read": "viewer",
    "batches:write": "editor",
    "events:read": "viewer",
    "operations:read": "viewer",
    "operations:write": "annotator",
    "system:read": "viewer",
    "account:read": "viewer",
    "account:write": "viewer",
}
"""The least role that has a permission; one that is not here only administrators have."""

PLACED = (
    "images:read", "images:write", "images:edit", "renditions:read", "renditions:write", "trash:read", "trash:write",
    "datasets:read", "datasets:write", "training:read", "training:write", "models:write",
)  # fmt: skip
"""Permissions on pictures, and on what is made of them: roles and rules in a collection decide about them there."""

DENIED_WITH = {"images:write": ("images:edit", "trash:write")}
"""What a denial takes away beside what it names: who may not change pictures may not change titles or put them away either."""

SEEN_FIRST = "images:read"
"""What every other permission on a picture takes as well: nobody changes what he may not see."""

APART = (
    "presets:write", "failures:read", "failures:write", "batches:read",
    "queue:first", "batches:write", "system:read", "system:write",
    "storage:read", "storage:write", "users:read", "users:write", "tokens:read", "tokens:write", "policies:read",
    "policies:write", "audit:read",
)  # fmt: skip
"""Permissions on what shows no picture, or leaves out those that somebody may not see.

Whatever is in none of these tables is about the library as a whole, as tags are: it takes the sight of all pictures.
"""

ANYWHERE = (
    "account:read", "account:write", "events:read", "presets:read", "operations:read", "operations:write",
)  # fmt: skip
"""Permissions that a role in any place gives: they are about oneself, or what they show is limited to what one may see."""


def require(principal: Principal, permission: str, domain: str = EVERYWHERE) -> None:
    """Return if `principal` has `permission` in `domain`.

    Raises:
        Error: `forbidden`, naming the permission and who would have it, or `unauthenticated` for nobody.
        KeyError: for a permission that is not in the table, a programming error.
    """
    if not _trusted(principal, permission):
        principal.warrant.check(principal, permission, domain)


def scope_of(principal: Principal, permission: str) -> Scope:
    """The pictures on which `principal` has one of the `PLACED` permissions; with it every list of them is read.

    Raises:
        Error: as `require`, when there are none, whatever the library holds.
    """
    if permission not in PLACED:
        raise KeyError(permission)
    if _trusted(principal, permission):
        return EVERYTHING
    found: Scope = principal.warrant.scope(principal, permission)
    return found


def reach_of(principal: Principal, permission: str = SEEN_FIRST) -> Scope:
    """The pictures on which the account behind `principal` has one of the `PLACED` permissions, whatever its token is for.

    For what is about other things and tells of pictures on the way; without any it is a scope of nothing.
    """
    if _trusted(principal, permission):
        return EVERYTHING
    found: Scope = principal.warrant.reach(principal, permission)
    return found


def allows_on(principal: Principal, permission: str, collections: Sequence[str]) -> bool:
    """Whether `require_on` would let `principal` through; nothing is written down."""
    return _trusted(principal, permission) or bool(principal.warrant.allows_on(principal, permission, collections))


def require_on(principal: Principal, permission: str, collections: Sequence[str]) -> None:
    """Return if `principal` has `permission` on a picture that is in these collections.

    Raises:
        Error: `forbidden`, naming the place and the rule, or `unauthenticated` for nobody.
    """
    if permission not in PLACED:
        raise KeyError(permission)
    if not _trusted(principal, permission):
        principal.warrant.check_picture(principal, permission, collections)


def _trusted(principal: Principal, permission: str) -> bool:
    """Whether a principal may do everything; others must have somebody who vouches for them."""
    words = PERMISSIONS[permission]
    if principal.kind in ("owner", "system"):
        return True
    if principal.kind == "anonymous":
        raise Error("unauthenticated", f"Only somebody signed in may do this ({permission}: {words}).")
    if principal.warrant is None:
        # Nobody vouches for it: refused rather than guessed.
        raise Error(
            "forbidden", f"{principal.name} lacks the permission {permission} ({words}).", permission=permission
        )
    return False


def may(principal: Principal, permission: str, domain: str = EVERYWHERE) -> bool:
    """Whether `require` would return; for what is left out rather than refused, so nothing is written down."""
    if principal.kind in ("owner", "system"):
        return True
    if principal.kind == "anonymous" or principal.warrant is None:
        return False
    return bool(principal.warrant.allows(principal, permission, domain))


def expand(pattern: str) -> tuple[str, ...]:
    """The permissions that a pattern means: a permission itself, `noun:*`, or `*`.

    Raises:
        Error: `invalid_parameter` when it means none.
    """
    if pattern == "*":
        return tuple(PERMISSIONS)
    if pattern in PERMISSIONS:
        return (pattern,)
    noun, _, verb = pattern.partition(":")
    found = tuple(name for name in PERMISSIONS if name.partition(":")[0] == noun) if verb == "*" else ()
    if not found:
        raise Error(
            "invalid_parameter", f"There is no permission {pattern[:100]!r}.", parameter="permission",
            remedy="Give one of the permissions listed under GET /api/v1/roles, `noun:*` for all of a noun, or `*`.",
        )  # fmt: skip
    return found
