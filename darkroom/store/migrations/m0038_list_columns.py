"""Looks that say which columns a list has."""

from __future__ import annotations

from functools import partial
from typing import Any

from darkroom.store.database import Database
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install, validator

_HAS_LOOK = {"look": {"$type": "object"}}


def up(database: Database, progress: Progress) -> None:
    """Let looks name columns, and say that those that are there name none."""
    progress.once("let looks name columns", partial(install, database, "collections"))
    progress.once("say that looks name no columns so far", partial(_set, database, {"$set": {"look.columns": []}}))


def down(database: Database, progress: Progress) -> None:
    """Take the columns away."""
    progress.once("let looks have no columns", partial(install, database, "collections", rule=_before()))
    progress.once("take columns from looks", partial(_set, database, {"$unset": {"look.columns": ""}}))


def _set(database: Database, change: dict[str, Any]) -> None:
    lacking = {**_HAS_LOOK, "look.columns": {"$exists": "$unset" in change}}
    database.collection("collections").update_many(lacking, change, bypass_document_validation=True)


def _before() -> dict[str, Any]:
    """The validator as it was."""
    rule = validator("collections")
    look = next(one for one in rule["$jsonSchema"]["properties"]["look"]["anyOf"] if one.get("bsonType") == "object")
    look["properties"].pop("columns")
    look["required"].remove("columns")
    return rule
