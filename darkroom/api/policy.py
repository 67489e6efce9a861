"""Which permission each route needs. The services check it; this table tells it, and a test tries every cell of it."""

from __future__ import annotations

from typing import Any

PUBLIC: frozenset[str] = frozenset(
    {
        "get_health", "get_jwks", "get_setup", "set_up", "sign_in", "refresh_tokens", "reset_password",
        "list_sign_in_providers",
    }
)  # fmt: skip
"""Routes that ask nobody who he is. The contract and its page are public too; they are not in the contract."""

NEEDED: dict[str, str] = {
    "list_images": "images:read",
    "index_images": "images:read",
    "get_facets": "images:read",
    "upload_images": "images:write",
    "get_image": "images:read",
    "get_original": "images:read",
    "get_thumbnail": "images:read",
    "get_preview": "images:read",
    "list_batches": "batches:read",
    "get_batch": "batches:read",
    "cancel_batch": "batches:write",
    "list_failures": "failures:read",
    "retry_failures": "failures:write",
    "dismiss_failures": "failures:write",
    "get_queue": "batches:read",
    "list_runs": "batches:read",
    "list_formats": "system:read",
    "follow_events": "events:read",
    "get_me": "account:read",
    "sign_out": "account:write",
    "change_password": "account:write",
    "end_session": "account:write",
    "list_users": "users:read",
    "create_user": "users:write",
    "get_user": "users:read",
    "update_user": "users:write",
    "set_user_role": "users:write",
    "make_reset_link": "users:write",
    "list_tokens": "account:read",
    "create_token": "account:write",
    "revoke_token": "account:write",
    "list_roles": "account:read",
    "list_policies": "policies:read",
    "add_policy": "policies:write",
    "remove_policy": "policies:write",
    "explain_access": "account:read",
    "list_audit": "audit:read",
    "export_audit": "audit:read",
}
"""Operation -> permission it takes."""


def describe(operation: dict[str, Any]) -> None:
    """Say in the contract what an operation takes."""
    name = operation["operationId"]
    if name in PUBLIC:
        operation["security"] = []
    elif name in NEEDED:
        operation["x-permission"] = NEEDED[name]


SECURITY_SCHEMES: dict[str, Any] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API token (`dr_...`), or an access token from `POST /api/v1/auth/sign-in`.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-darkroom",
        "description": "The session of a browser; over http the cookie is `darkroom-<port>`.",
    },
}
"""How a request shows who makes it; until there is an account, requests from this machine need neither."""
