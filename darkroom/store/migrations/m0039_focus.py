"""Pictures with a place that must stay when they are cropped, and rules that set it."""

from __future__ import annotations

import copy
from functools import partial
from typing import Any

from darkroom.store.database import Database
from darkroom.store.migrations.fields import give, literal, take
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install, validator, without

_INSIDE = {"images": "develop", "rules": "edit"}
"""Collection -> the part of its documents that may be null, and has the field where it is not."""


def up(database: Database, progress: Progress) -> None:
    """Let pictures and rules have the field; none has a place so far."""
    for name, part in _INSIDE.items():
        progress.once(f"let {name} have a place that stays", partial(install, database, name))
        progress.once(f"say that no {part} of {name} has one", partial(_give, database, name, part))
    progress.once("say that no picture has one", partial(give, database, "images", {"focus": literal(None)}))


def down(database: Database, progress: Progress) -> None:
    """Take the field away, with what is in it."""
    for name, part in _INSIDE.items():
        progress.once(f"let {name} have none", partial(install, database, name, rule=_before(name, part)))
        progress.once(f"take it from {part} of {name}", partial(take, database, name, (f"{part}.focus",)))
    progress.once("take it from pictures", partial(take, database, "images", ("focus",)))


def _give(database: Database, name: str, part: str) -> None:
    lacking: dict[str, Any] = {part: {"$type": "object"}, f"{part}.focus": {"$exists": False}}
    given = {"$set": {f"{part}.focus": None}}
    database.collection(name).update_many(lacking, given, bypass_document_validation=True)


def _before(name: str, part: str) -> dict[str, Any]:
    rule = copy.deepcopy(without(validator(name), ("focus",)) if name == "images" else validator(name))
    inside = rule["$jsonSchema"]["properties"][part]["anyOf"][0]
    inside["properties"].pop("focus")
    inside["required"].remove("focus")
    return rule
