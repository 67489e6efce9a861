"""Models for whose champion somebody else may have to vouch, and versions that wait for that."""

from __future__ import annotations

import copy
from functools import partial
from typing import Any

from darkroom.store.database import Database
from darkroom.store.migrations.fields import give, literal, take
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install, validator, without

_NEW: dict[str, Any] = {"proposal": literal(None), "gate.another": literal(False)}


def up(database: Database, progress: Progress) -> None:
    """Let models have the fields, and give them to those that are there."""
    progress.once("let models have proposals", partial(install, database, "models"))
    progress.once("give models no proposal", partial(give, database, "models", _NEW))


def down(database: Database, progress: Progress) -> None:
    """Take the fields away, with what is in them."""
    progress.once("let models have none", partial(install, database, "models", rule=_before()))
    progress.once("take proposals from models", partial(take, database, "models", _NEW))


def _before() -> dict[str, Any]:
    rule = copy.deepcopy(without(validator("models"), ("proposal",)))
    gate = rule["$jsonSchema"]["properties"]["gate"]
    gate["properties"].pop("another")
    if "required" in gate:
        gate["required"].remove("another")
    return rule
