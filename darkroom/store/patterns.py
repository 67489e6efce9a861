"""Patterns of expressions, looked at by RE2, which DuckDB has: its time grows with the length of a text and no faster.

MongoDB's own regular expressions go back and try again, and where they give up they say that a text does not fit. So RE2 looks at what pictures have
and MongoDB is told which of them fit: both stores answer alike, and neither can be kept busy by a pattern.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from darkroom.domain.language import read
from darkroom.domain.language.fields import FIELDS
from darkroom.domain.language.nodes import Matches, matches_in
from darkroom.domain.query import ImageQuery
from darkroom.domain.scope import Scope
from darkroom.store.copies import connect

if TYPE_CHECKING:
    import duckdb

Matched = Mapping[Matches, Sequence[str]]
"""The pictures that each pattern fits, among those that are asked about."""

_opening = threading.Lock()


def re2(pattern: str) -> str:
    """The pattern as it is handed to RE2: in any case, as every comparison of the language is."""
    return f"(?i){pattern}"


def asks(query: ImageQuery) -> frozenset[Matches]:
    """The patterns that a view has of its own."""
    return frozenset(matches_in(read(query.where))) if query.where else frozenset()


def without(query: ImageQuery, scope: Scope) -> tuple[ImageQuery, Scope]:
    """The same without whatever asks for patterns: all pictures that fit are among what it finds."""
    plain = query.model_copy(update={"where": None}) if asks(query) else query
    return plain, replace(scope, views=tuple(one for one in scope.views if not asks(one)))


def path_of(asked: Matches) -> str:
    """Where a record has what a pattern looks at."""
    return "tags" if asked.field == "tag" else str(FIELDS[asked.field].document)


def matched(documents: Iterable[Mapping[str, Any]], asked: Iterable[Matches]) -> Matched:
    """The ids of documents that each pattern fits.

    Args:
        documents: with their ids and the paths of all patterns.
        asked: the patterns.
    """
    there = list(documents)
    return {one: _fitting(there, one) for one in asked}


def _fitting(documents: list[Mapping[str, Any]], asked: Matches) -> list[str]:
    path = path_of(asked).split(".")
    ids, values = [], []
    for document in documents:
        value: Any = document
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        for one in value if isinstance(value, list) else (value,):
            if one is not None:
                ids.append(document["_id"])
                values.append(one)
    # The connection is one for the process, a cursor one for the call: any thread may look.
    with _connection().cursor() as cursor:
        sql = (
            "SELECT DISTINCT id FROM (SELECT unnest(?::VARCHAR[]) AS id, unnest(?::VARCHAR[]) AS value) "
            "WHERE regexp_matches(value, ?)"
        )
        return [one for (one,) in cursor.execute(sql, [ids, values, re2(asked.pattern)]).fetchall()]


def _connection() -> duckdb.DuckDBPyConnection:
    with _opening:
        return _opened()


@cache
def _opened() -> duckdb.DuckDBPyConnection:
    return connect(None)
