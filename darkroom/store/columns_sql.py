"""A gallery query in SQL over the columnar copy. It says the same as `image_queries`; a test compares the two."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from darkroom.domain.query import ImageQuery
from darkroom.store.documents import to_millis
from darkroom.store.image_queries import normal

COLUMNS: dict[str, str] = {
    "id": "VARCHAR",
    "tie": "UBIGINT",  # the first 16 digits of the id: sorts like it, at a fraction of the cost
    "ingested_at": "BIGINT",
    "taken_at": "BIGINT",
    "sort_name": "VARCHAR",
    "quality": "DOUBLE",
    "bytes": "BIGINT",
    "format": "VARCHAR",
    "media_type": "VARCHAR",
    "camera": "VARCHAR",
    "batch": "VARCHAR",
    "duplicate_group": "VARCHAR",
    "words": "VARCHAR",  # each with a blank before it, so that looking for a beginning is looking for a substring
    "tags": "VARCHAR[]",
    "problems": "VARCHAR[]",
}
"""The columns and their types; moments are milliseconds since 1970."""

FIELDS = dict.fromkeys(
    (
        "ingested_at", "capture.taken_at", "capture.camera", "sort_name", "quality.score", "bytes", "format",
        "media_type", "batch", "duplicate_group", "words", "tags", "problem_keys",
    ),
    1,
)  # fmt: skip
"""What of an image document the columns are made of."""

ORDERS = {
    "ingested_at": "ingested_at",
    "taken_at": "taken_at",
    "name": "sort_name",
    "quality": "quality",
    "bytes": "bytes",
}
"""Column of each order."""


def row(document: dict[str, Any]) -> tuple[Any, ...]:
    """The values of the columns for an image document."""
    capture = document["capture"]
    taken = capture.get("taken_at")
    return (
        document["_id"],
        int(document["_id"][:16], 16),
        to_millis(document["ingested_at"]),
        None if taken is None else to_millis(taken),
        document["sort_name"],
        document["quality"]["score"],
        document["bytes"],
        document["format"],
        document["media_type"],
        capture.get("camera"),
        document["batch"],
        document["duplicate_group"],
        "".join(f" {word}" for word in document["words"]),
        document["tags"],
        document["problem_keys"],
    )


@dataclass(frozen=True)
class Where:
    """Conditions with their parameters, by the filter they come from."""

    parts: tuple[tuple[str, str, Any], ...]
    """(filter, SQL, parameter)."""

    def sql(self, *without: str, also: str | None = None) -> str:
        """The WHERE clause, without the filters named."""
        found = [condition for name, condition, _ in self.parts if name not in without]
        found += [also] if also else []
        return f"WHERE {' AND '.join(found)}" if found else ""

    def values(self, *without: str) -> list[Any]:
        """The parameters of that clause."""
        return [value for name, _, value in self.parts if name not in without]


_ONE_VALUE = {
    "taken_from": "taken_at >= ?",
    "taken_to": "taken_at <= ?",
    "quality_min": "quality >= ?",
    "batch": "batch = ?",
    "duplicates": "duplicate_group = ?",
}
_SEVERAL_VALUES = {
    "type": "list_has_any([format, media_type], ?::VARCHAR[])",
    "camera": "list_contains(?::VARCHAR[], camera)",
    "problem": "list_has_any(problems, ?::VARCHAR[])",
}


def where(query: ImageQuery) -> Where:
    """The conditions of a query."""
    wanted = normal(query)
    parts: list[tuple[str, str, Any]] = [("tag", "list_contains(tags, ?)", tag) for tag in wanted.get("tag", ())]
    for name, condition in (_SEVERAL_VALUES | _ONE_VALUE).items():
        if name in wanted:
            parts.append((name, condition, wanted[name]))
    parts += [("q", "contains(words, ?)", f" {word}") for word in wanted.get("q", ())]
    return Where(tuple(parts))


def order_by(query: ImageQuery) -> str:
    """The ORDER BY list of a query."""
    direction = "DESC" if query.descending else "ASC"
    return f"{ORDERS[query.sort.lstrip('-')]} {direction} NULLS LAST, tie {direction}"


def columns_of(rows: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
    """Rows turned into the list of columns that `INSERT` takes."""
    return [list(column) for column in zip(*rows, strict=True)]


CREATE = f"CREATE TABLE IF NOT EXISTS images ({', '.join(f'{name} {kind}' for name, kind in COLUMNS.items())})"
INSERT = f"INSERT INTO images SELECT {', '.join(f'unnest(?::{kind}[])' for kind in COLUMNS.values())}"
