"""Accounts, sessions, tokens, rules and the audit log."""

from __future__ import annotations

from functools import partial
from typing import Any

from pymongo import IndexModel

from darkroom.store.database import Database
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install

_COLLECTIONS = ("users", "sessions", "refresh_tokens", "api_tokens", "links", "policies", "audit", "attempts")
_AT_ONCE = {"expireAfterSeconds": 0}
_LATER = {"expireAfterSeconds": 90 * 86_400}

INDEXES: dict[str, tuple[tuple[tuple[str, ...], dict[str, Any]], ...]] = {
    "users": (
        (("email_key",), {"unique": True}),
        (("created_at", "_id"), {}),
        (
            ("identities.issuer", "identities.subject"),
            {"unique": True, "partialFilterExpression": {"identities.issuer": {"$exists": True}}},
        ),
    ),
    "sessions": (
        (("secret",), {"unique": True, "partialFilterExpression": {"secret": {"$type": "string"}}}),
        (("user", "created_at", "_id"), {}),
        (("expires_at",), _LATER),
    ),
    "refresh_tokens": ((("expires_at",), _AT_ONCE),),
    "api_tokens": ((("secret",), {"unique": True}), (("user", "created_at", "_id"), {}), (("created_at", "_id"), {})),
    "links": ((("user",), {}), (("expires_at",), _LATER)),
    "policies": ((("subject", "permission", "domain", "effect"), {"unique": True}), (("created_at", "_id"), {})),
    "audit": (
        (("at", "_id"), {}),
        (("principal", "at", "_id"), {}),
        (("action", "at", "_id"), {}),
        (("outcome", "at", "_id"), {}),
        (("resource", "at", "_id"), {}),
    ),
    "attempts": ((("expires_at",), _AT_ONCE),),
}
"""Collection -> its indexes, each as ascending fields and options."""


def up(database: Database, progress: Progress) -> None:
    """Make the collections and their indexes."""
    for name in _COLLECTIONS:
        progress.once(f"create collection {name}", partial(install, database, name))
    for name, indexes in INDEXES.items():
        models = [IndexModel([(one, 1) for one in fields], **options) for fields, options in indexes]
        progress.once(f"create {len(models)} indexes on {name}", partial(_create_indexes, database, name, models))


def down(database: Database, progress: Progress) -> None:
    """Drop everything of them, and what was measured and counted for them."""
    for name in _COLLECTIONS:
        progress.once(f"drop collection {name}", database.collection(name).drop)
    names = ["password_cost", "administrators", "setup"]
    progress.once("forget counters", partial(_forget, database, names))


def _create_indexes(database: Database, name: str, models: list[IndexModel]) -> None:
    database.collection(name).create_indexes(models)


def _forget(database: Database, names: list[str]) -> None:
    database.collection("counters").delete_many({"_id": {"$in": names}})
