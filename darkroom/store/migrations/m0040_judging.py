"""Datasets whose new versions are judged by themselves, and the model by which pictures were compared with their class."""

from __future__ import annotations

import copy
from functools import partial
from typing import Any

from darkroom.store.database import Database
from darkroom.store.migrations.fields import give, literal, take
from darkroom.store.migrations.progress import Progress
from darkroom.store.schema import install, validator, without

_FINDINGS: dict[str, Any] = {"compared_by": literal(None)}
_RULES: dict[str, Any] = {"rules.automatic": literal(value=True)}


def up(database: Database, progress: Progress) -> None:
    """Let findings and rules have the fields, and give them to those that are there."""
    progress.once("let findings name a model", partial(install, database, "quality_findings"))
    progress.once("give findings no model", partial(give, database, "quality_findings", _FINDINGS))
    progress.once("let rules say who judges", partial(install, database, "quality_rules"))
    progress.once("have versions judged by themselves", partial(give, database, "quality_rules", _RULES))


def down(database: Database, progress: Progress) -> None:
    """Take the fields away, with what is in them."""
    found = without(validator("quality_findings"), tuple(_FINDINGS))
    progress.once("let findings name none", partial(install, database, "quality_findings", rule=found))
    progress.once("take models from findings", partial(take, database, "quality_findings", _FINDINGS))
    progress.once("let rules not say it", partial(install, database, "quality_rules", rule=_rules_before()))
    progress.once("take it from rules", partial(take, database, "quality_rules", _RULES))


def _rules_before() -> dict[str, Any]:
    rule = copy.deepcopy(validator("quality_rules"))
    rules = rule["$jsonSchema"]["properties"]["rules"]
    rules["properties"].pop("automatic")
    if "required" in rules:
        rules["required"].remove("automatic")
    return rule
