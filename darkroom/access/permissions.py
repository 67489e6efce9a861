"""The permission check that is the first line of every service method."""

from __future__ import annotations

from darkroom.domain.access import Principal
from darkroom.errors import Error

PERMISSIONS: dict[str, str] = {
    "images:read": "See pictures, their metadata and the originals",
    "images:write": "Bring pictures in and change what is known of them",
    "failures:read": "See the failure ledger",
    "failures:write": "Retry or dismiss entries of the failure ledger",
    "batches:read": "See batches, runs and the queue",
    "batches:write": "Start and cancel batches",
    "events:read": "Follow what happens",
    "system:read": "See the state of the services",
}
"""Every permission and what it allows."""


def require(principal: Principal, permission: str) -> None:
    """Return if `principal` has `permission`.

    Raises:
        Error: `forbidden`, naming the permission.
        KeyError: for a permission that is not in the table, a programming error.
    """
    words = PERMISSIONS[permission]
    if principal.kind not in ("owner", "system"):
        raise Error(
            "forbidden", f"{principal.name} lacks the permission {permission} ({words}).", permission=permission
        )
