"""An expression of the query language as MongoDB reads it. `language_sql` says the same in SQL; a test compares the two."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from darkroom.domain.colours import LEAST_SHARE, pattern_of
from darkroom.domain.language.fields import FIELDS, Field
from darkroom.domain.language.matching import escaped, haversine_most, moments, spelt
from darkroom.domain.language.nodes import (
    Alike,
    Among,
    Box,
    Either,
    Every,
    Flag,
    Has,
    Matches,
    Near,
    Node,
    Not,
    Within,
    Word,
)
from darkroom.store.patterns import Matched
from darkroom.store.rankings import Rankings, images_of

_LATITUDE, _LONGITUDE = "capture.location.latitude", "capture.location.longitude"


def condition(node: Node, rankings: Rankings | None = None, matched: Matched | None = None) -> dict[str, Any]:
    """The condition of an expression.

    Args:
        node: the expression.
        rankings: what its comparisons come to.
        matched: what its patterns come to.
    """
    if isinstance(node, Not):
        return {"$nor": [condition(node.what, rankings, matched)]}
    if isinstance(node, Alike):
        return {"_id": {"$in": images_of(rankings or {}, node)}}
    if isinstance(node, Matches):
        return {"_id": {"$in": list((matched or {})[node])}}
    if isinstance(node, Every | Either):
        parts = [condition(one, rankings, matched) for one in node.parts]
        return {"$or" if isinstance(node, Either) else "$and": parts} if parts else {}
    return _WAYS[type(node)](node)


def _word(node: Word) -> dict[str, Any]:
    return {"words": {"$regex": "^" + re.escape(node.text)}}


def _flag(node: Flag) -> dict[str, Any]:
    return {_path(FIELDS[node.field]): node.value}


def _box(node: Box) -> dict[str, Any]:
    across = [{_LONGITUDE: {"$gte": node.west}}, {_LONGITUDE: {"$lte": node.east}}]
    either = {"$or" if node.west > node.east else "$and": across}
    return {"$and": [{_LATITUDE: {"$gte": node.south, "$lte": node.north}}, either]}


def _path(field: Field) -> str:
    return str(field.document)


def _among(node: Among) -> dict[str, Any]:
    field = FIELDS[node.field]
    if node.field == "colour":
        return {"colours": {"$elemMatch": {"share": {"$gte": LEAST_SHARE}, "hex": pattern_of(node.values)}}}
    if not isinstance(field.document, str):
        return {"$expr": {"$in": [field.document, list(node.values)]}}
    if field.kind == "text":
        either = [{field.document: {"$regex": escaped(one, whole=node.whole)}} for one in node.values]
        return either[0] if len(either) == 1 else {"$or": either}
    values: list[str | None] = list(spelt(node))
    if node.field == "label":
        values = [None if one == "none" else one for one in values]
    path = "tags" if node.field == "tag" and node.whole else field.document
    return {path: {"$in": values}}


def _within(node: Within) -> dict[str, Any]:
    field = FIELDS[node.field]
    bounds: dict[str, Any] = {}
    if field.kind == "date":
        low, high = moments(node)
        bounds = {name: one for name, one in (("$gte", low), ("$lt", high)) if one is not None}
    else:
        if node.low is not None:
            bounds["$gt" if node.above else "$gte"] = node.low
        if node.high is not None:
            bounds["$lt" if node.below else "$lte"] = node.high
    if isinstance(field.document, str):
        return {field.document: bounds}
    return {"$expr": {"$and": [{name: [field.document, one]} for name, one in bounds.items()]}}


def _has(node: Has) -> dict[str, Any]:
    field = FIELDS[node.field]
    nothing: dict[str | None, Any] = {"null": None, "list": [], "zero": 0, "none": None}
    if field.name == "problem":
        return {"problem_keys": {"$ne": "none"}}
    return {_path(field): {"$ne": nothing[field.nothing]}}


def _near(node: Near) -> dict[str, Any]:
    def squared_sine(of: Any) -> dict[str, Any]:
        return {"$pow": [{"$sin": {"$divide": [of, 2]}}, 2]}

    latitude, longitude = math.radians(node.latitude), math.radians(node.longitude)
    there = {"$degreesToRadians": f"${_LATITUDE}"}
    north = squared_sine({"$subtract": [there, latitude]})
    east = squared_sine({"$subtract": [{"$degreesToRadians": f"${_LONGITUDE}"}, longitude]})
    haversine = {"$add": [north, {"$multiply": [{"$cos": there}, math.cos(latitude), east]}]}
    # A picture without a place has null there, which MongoDB takes for less than any number.
    return {"$and": [{_LATITUDE: {"$ne": None}}, {"$expr": {"$lte": [haversine, haversine_most(node)]}}]}


_WAYS: dict[type, Callable[[Any], dict[str, Any]]] = {
    Word: _word, Among: _among, Within: _within, Flag: _flag, Has: _has, Near: _near, Box: _box,
}  # fmt: skip
