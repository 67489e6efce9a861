"""Fields that documents get and lose.

A migration installs the validators of now, which ask for fields that only a later one gives. So documents are written past them; the
last migration leaves them whole, and a test with the library of an earlier program sees to that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from darkroom.store.database import Database


def literal(value: Any) -> dict[str, Any]:
    """A value as an expression. An empty list by itself would be an expression, too."""
    return {"$literal": value}


def give(database: Database, name: str, fields: Mapping[str, Any]) -> None:
    """Give documents of a collection those of the fields that they lack; values are expressions over the document."""
    lacking = {"$or": [{field: {"$exists": False}} for field in fields]}
    # In an expression an empty list is a value as well; only a field that is missing counts as null.
    given = {field: {"$ifNull": [f"${field}", value]} for field, value in fields.items()}
    database.collection(name).update_many(lacking, [{"$set": given}], bypass_document_validation=True)


def take(database: Database, name: str, fields: Iterable[str]) -> None:
    """Take fields from all documents of a collection, with what is in them."""
    gone = {"$unset": dict.fromkeys(fields, "")}
    database.collection(name).update_many({}, gone, bypass_document_validation=True)
