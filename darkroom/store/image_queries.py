"""A gallery query as MongoDB reads it. `columns_sql` says the same in SQL; a test compares the two."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from darkroom.domain.language import read
from darkroom.domain.query import ImageQuery
from darkroom.domain.scope import EVERYTHING, Scope
from darkroom.domain.words import tokens
from darkroom.store.documents import from_millis, to_millis
from darkroom.store.keyset import Order
from darkroom.store.language_mongo import condition
from darkroom.store.paging import digest
from darkroom.store.patterns import Matched
from darkroom.store.rankings import Rankings

_FIELDS: dict[str, tuple[str, type]] = {
    "ingested_at": ("ingested_at", datetime),
    "taken_at": ("capture.taken_at", datetime),
    "name": ("sort_name", str),
    "quality": ("quality.score", float),
    "bytes": ("bytes", int),
    "likeness": ("likeness", float),  # known of no document: the columnar copy has it while somebody asks
}

_ONE_VALUE = {"batch": "batch", "duplicates": "duplicate_group", "favourite": "favourite", "collection": "collections"}

LIST_FIELDS = {"metadata": 0, "words": 0, "tag_keys": 0, "types": 0, "problem_keys": 0, "phash_bands": 0}
"""What pages leave out: nobody lists it, and it is most of a document."""


def normal(query: ImageQuery) -> dict[str, Any]:
    """The filters that are set, in a form that is equal for equal views."""
    found: dict[str, Any] = {}
    for name in ("tag", "type", "camera", "problem", "label"):
        if values := getattr(query, name):
            found[name] = sorted({value.lower() for value in values} if name == "type" else set(values))
    if query.q and (wanted := tokens(query.q)):
        found["q"] = sorted(wanted)
    for name in ("taken_from", "taken_to"):
        if (moment := getattr(query, name)) is not None:
            found[name] = to_millis(moment)
    for name in ("quality_min", "batch", "duplicates", "favourite", "collection", "where"):
        if (value := getattr(query, name)) is not None:
            found[name] = value
    if query.rating_min:
        found["rating_min"] = query.rating_min
    return found


def query_digest(query: ImageQuery, scope: Scope = EVERYTHING) -> str:
    """A short name of the view; its cursors carry it.

    What somebody may see is not in it: a cursor is a position, and goes on being one when that changes.
    """
    return digest("images", normal(query), query.sort, *([scope.name] if scope.name else ()))


def order(query: ImageQuery) -> Order:
    """The order of the view."""
    key = query.sort.lstrip("-")
    field, kind = _FIELDS[key]
    return Order(field, kind, descending=query.descending, nullable=key == "taken_at")


def conditions(
    query: ImageQuery, scope: Scope = EVERYTHING, rankings: Rankings | None = None, matched: Matched | None = None
) -> list[dict[str, Any]]:
    """The filters of the view, and what counts at all; all must hold.

    Args:
        query: the filters.
        scope: what counts.
        rankings: what comparisons come to.
        matched: what patterns come to; `fitting` finds out.
    """
    found = _filters(query, rankings, matched) + places(scope)
    return found + [condition for view in scope.views for condition in _filters(view, rankings, matched)]


def places(scope: Scope, field: str = "collections") -> list[dict[str, Any]]:
    """What of a scope is about collections, as conditions on the field that names those of a picture; all must hold."""
    found: list[dict[str, Any]] = [{field: {"$in": sorted(one)}} for one in scope.inside]
    return found + ([{field: {"$nin": sorted(scope.outside)}}] if scope.outside else [])


def _filters(query: ImageQuery, rankings: Rankings | None, matched: Matched | None) -> list[dict[str, Any]]:
    wanted = normal(query)
    found: list[dict[str, Any]] = [{"tag_keys": tag} for tag in wanted.get("tag", ())]
    for name, field in (("type", "types"), ("camera", "capture.camera"), ("problem", "problem_keys")):
        if values := wanted.get(name):
            found.append({field: values[0] if len(values) == 1 else {"$in": values}})
    for name, comparison in (("taken_from", "$gte"), ("taken_to", "$lte")):
        if name in wanted:
            found.append({"capture.taken_at": {comparison: from_millis(wanted[name])}})
    if labels := wanted.get("label"):
        found.append({"label": {"$in": [None if one == "none" else one for one in labels]}})
    for name, field in (("quality_min", "quality.score"), ("rating_min", "rating")):
        if name in wanted:
            found.append({field: {"$gte": wanted[name]}})
    for name, field in _ONE_VALUE.items():
        if name in wanted:
            found.append({field: wanted[name]})
    return found + _said(wanted, rankings, matched)


def _said(wanted: dict[str, Any], rankings: Rankings | None, matched: Matched | None) -> list[dict[str, Any]]:
    # Anchored and case-sensitive, a regular expression is a range of the index.
    words: list[dict[str, Any]] = [{"words": {"$regex": "^" + re.escape(word)}} for word in wanted.get("q", ())]
    return [*words, condition(read(wanted["where"]), rankings, matched)] if "where" in wanted else words


_SORTED_BY_INDEX = {
    "tag": frozenset(_FIELDS),
    "type": frozenset({"ingested_at", "taken_at"}),
    "camera": frozenset({"ingested_at", "taken_at"}),
    "problem": frozenset({"ingested_at"}),
    "taken_from": frozenset({"taken_at"}),
    "taken_to": frozenset({"taken_at"}),
    "quality_min": frozenset({"quality"}),
    "collection": frozenset({"ingested_at", "taken_at"}),
    # Nobody pages through a million of these; the columnar copy finds them.
    "rating_min": frozenset(),
    "favourite": frozenset(),
    "label": frozenset(),
    "where": frozenset(),
    # So few pictures that sorting them costs nothing.
    "batch": frozenset(_FIELDS),
    "duplicates": frozenset(_FIELDS),
    # Its matches are found along the index and sorted, or met along the order when they are many.
    "q": frozenset(_FIELDS),
}
"""Orders that an index has for what one filter lets through."""


def follows_index(query: ImageQuery, scope: Scope = EVERYTHING) -> bool:
    """Whether MongoDB reads the pages of the view along one index, meeting little that does not belong to it."""
    if scope.outside or scope.views or len(scope.inside) > 1 or query.sort == "-likeness":
        return False
    wanted = normal(query)
    filters = {"taken" if name.startswith("taken_") else name for name in wanted}
    several = any(len(wanted.get(name, ())) > 1 for name in ("tag", "q"))
    if scope.inside:
        filters.add("collection")
        wanted["collection"] = ""
    return (
        len(filters) <= 1 and not several and all(query.sort.lstrip("-") in _SORTED_BY_INDEX[name] for name in wanted)
    )
