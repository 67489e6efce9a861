"""Texts that begin with a slash stand in quotation marks, since `field:/.../` is a pattern."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial

from darkroom.store.database import Database
from darkroom.store.migrations.progress import Progress

_QUOTED_OR_SLASH = re.compile(r'"(?:[^"\\]|\\.)*"|([:,])(/[^\s"(),\\]*)', re.DOTALL)


def up(database: Database, progress: Progress) -> None:
    """Put them into quotation marks, in rules and in smart collections."""
    for name, field, quote in (("rules", "where", quoted), ("collections", "query", _in_query)):
        words = f"put texts that begin with a slash into quotation marks, in {name}"
        progress.once(words, partial(_rewrite, database, name, field, quote))


def down(database: Database, progress: Progress) -> None:
    """Leave them: quotation marks were understood before, too."""
    progress.once("leave texts that begin with a slash in quotation marks", _nothing)


def quoted(where: str) -> str:
    """An expression of before, as it is read now."""
    return _QUOTED_OR_SLASH.sub(lambda found: f'{found[1]}"{found[2]}"' if found[1] else found[0], where)


def _in_query(query: str) -> str:
    said = json.loads(query)
    return json.dumps({**said, "where": quoted(said["where"])}, ensure_ascii=False) if said.get("where") else query


def _nothing() -> None:
    """There is nothing to do."""


def _rewrite(database: Database, name: str, field: str, quote: Callable[[str], str]) -> None:
    collection = database.collection(name)
    for one in collection.find({field: {"$regex": "[:,]/"}}, {field: 1}):
        if (said := quote(one[field])) != one[field]:
            collection.update_one({"_id": one["_id"]}, {"$set": {field: said}}, bypass_document_validation=True)
