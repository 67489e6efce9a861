"""An expression of the query language in SQL over the columnar copy. It says the same as `language_mongo`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from darkroom.domain.colours import steps_near
from darkroom.domain.language.fields import FIELDS
from darkroom.domain.language.matching import haversine_most, lower, moments, spelt
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
from darkroom.store.documents import to_millis
from darkroom.store.patterns import re2
from darkroom.store.rankings import Rankings, images_of

_EARLIEST = {True: ">", False: ">="}
_LATEST = {True: "<", False: "<="}

Sql = tuple[str, list[Any]]
"""A condition with a `?` for each parameter, and the parameters."""


def condition(node: Node, rankings: Rankings | None = None) -> Sql:
    """The condition of an expression; true, or false or unknown.

    Args:
        node: the expression.
        rankings: what its comparisons come to.
    """
    if isinstance(node, Not):
        sql, values = condition(node.what, rankings)
        return f"(({sql}) IS NOT TRUE)", values  # what is unknown is not so
    if isinstance(node, Every | Either):
        word = " OR " if isinstance(node, Either) else " AND "
        return _joined(word, node.parts, rankings) if node.parts else ("true", [])
    if isinstance(node, Alike):
        return "(id IN (SELECT unnest(?::VARCHAR[])))", [images_of(rankings or {}, node)]
    return _WAYS[type(node)](node)


def _word(node: Word) -> Sql:
    return "contains(words, ?)", [f" {node.text}"]


def _flag(node: Flag) -> Sql:
    return f"{FIELDS[node.field].columns[0]} = ?", [node.value]


def _box(node: Box) -> Sql:
    either = "OR" if node.west > node.east else "AND"
    sql = f"(latitude BETWEEN ? AND ? AND (longitude >= ? {either} longitude <= ?))"
    return sql, [node.south, node.north, node.west, node.east]


def _joined(word: str, parts: tuple[Node, ...], rankings: Rankings | None) -> Sql:
    found = [condition(one, rankings) for one in parts]
    return f"({word.join(sql for sql, _ in found)})", [value for _, values in found for value in values]


def _among(node: Among) -> Sql:
    field = FIELDS[node.field]
    values: list[Any] = list(spelt(node))
    if field.kind == "text":
        column = f"lower({field.columns[0]})"
        one = f"{column} = ?" if node.whole else f"contains({column}, ?)"
        return f"({' OR '.join([one] * len(values))})", [lower(value) for value in values]
    if field.name == "colour":
        steps = sorted({step for one in values if one.startswith("#") for step in steps_near(one)})
        return "(list_has_any(colours, ?::VARCHAR[]) OR list_has_any(steps, ?::VARCHAR[]))", [values, steps]
    if field.many:
        column = "exact_tags" if node.field == "tag" and node.whole else field.columns[0]
        return f"list_has_any({column}, ?::VARCHAR[])", [values]
    either = " OR ".join(f"list_contains(?::VARCHAR[], {column})" for column in field.columns)
    return f"({either})", [values] * len(field.columns)


def _matches(node: Matches) -> Sql:
    if node.field == "tag":
        return "(len(list_filter(exact_tags, lambda one: regexp_matches(one, ?))) > 0)", [re2(node.pattern)]
    return f"regexp_matches({FIELDS[node.field].columns[0]}, ?)", [re2(node.pattern)]


def _within(node: Within) -> Sql:
    field = FIELDS[node.field]
    column, above, below = field.columns[0], node.above, node.below
    low, high = node.low, node.high
    if field.kind == "date":
        start, end = moments(node)
        low, high = (None if one is None else to_millis(one) for one in (start, end))
        above, below = False, True
    parts: list[tuple[str, Any]] = []
    if low is not None:
        parts.append((f"{column} {_EARLIEST[above]} ?", low))
    if high is not None:
        parts.append((f"{column} {_LATEST[below]} ?", high))
    return f"({' AND '.join(sql for sql, _ in parts)})", [value for _, value in parts]


def _has(node: Has) -> Sql:
    field = FIELDS[node.field]
    column = field.columns[0]
    if field.name == "problem":
        return f"NOT list_contains({column}, 'none')", []
    tests = {
        "null": f"{column} IS NOT NULL", "list": f"len({column}) > 0", "zero": f"{column} <> 0", "none": f"{column} <> 'none'",
    }  # fmt: skip
    return tests[field.nothing or "null"], []


def _near(node: Near) -> Sql:
    latitude, longitude = math.radians(node.latitude), math.radians(node.longitude)
    sql = (
        "(pow(sin((radians(latitude) - ?) / 2), 2)"
        " + cos(radians(latitude)) * ? * pow(sin((radians(longitude) - ?) / 2), 2) <= ?)"
    )
    return sql, [latitude, math.cos(latitude), longitude, haversine_most(node)]


_WAYS: dict[type, Callable[[Any], Sql]] = {
    Word: _word, Among: _among, Matches: _matches, Within: _within, Flag: _flag, Has: _has, Near: _near, Box: _box,
}  # fmt: skip
