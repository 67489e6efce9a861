"""Rules that set when and where pictures were taken."""

from __future__ import annotations

import copy
from functools import partial
from typing import Any

from darkroom.store.database import Database
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install, validator

_NAME = "rules"
_FIELDS = ("taken_at", "shift", "location")


def up(database: Database, progress: Progress) -> None:
    """Let edits of rules have the fields, and give them to those that are there."""
    progress.once(f"let {_NAME} set time and place", partial(install, database, _NAME))
    progress.once(f"say that {_NAME} set neither so far", partial(_give, database))


def down(database: Database, progress: Progress) -> None:
    """Take the fields away, with what is in them."""
    progress.once(f"let {_NAME} set neither", partial(install, database, _NAME, rule=_before()))
    progress.once(f"take time and place from {_NAME}", partial(_take, database))


def _give(database: Database) -> None:
    for field in _FIELDS:  # a rule without an edit keeps none
        lacking: dict[str, Any] = {"edit": {"$type": "object"}, f"edit.{field}": {"$exists": False}}
        given = {"$set": {f"edit.{field}": None}}
        database.collection(_NAME).update_many(lacking, given, bypass_document_validation=True)


def _take(database: Database) -> None:
    gone = {"$unset": {f"edit.{field}": "" for field in _FIELDS}}
    has = {"edit": {"$type": "object"}}
    database.collection(_NAME).update_many(has, gone, bypass_document_validation=True)


def _before() -> dict[str, Any]:
    rule = copy.deepcopy(validator(_NAME))
    edit = rule["$jsonSchema"]["properties"]["edit"]["anyOf"][0]
    for field in _FIELDS:
        edit["properties"].pop(field)
        edit["required"].remove(field)
    return rule
