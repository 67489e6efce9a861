"""A gallery query in SQL over the columnar copy. It says the same as `image_queries`; a test compares the two."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from darkroom.domain.colours import names_of, steps_of
from darkroom.domain.edit import TEXT_LENGTHS
from darkroom.domain.image import Colour
from darkroom.domain.language import read
from darkroom.domain.language.nodes import Among, Every, Node, Within, all_of
from darkroom.domain.query import ImageQuery
from darkroom.domain.scope import EVERYTHING, Scope
from darkroom.store.documents import to_millis
from darkroom.store.image_queries import normal
from darkroom.store.language_sql import condition
from darkroom.store.paging import Position
from darkroom.store.rankings import Rankings

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
    "tags": "VARCHAR[]",  # with the levels above them
    "problems": "VARCHAR[]",
    "rating": "UTINYINT",
    "favourite": "BOOLEAN",
    "label": "VARCHAR",  # `none` where there is none
    "collections": "VARCHAR[]",
    "exact_tags": "VARCHAR[]",  # without the levels above them
    "connectors": "VARCHAR[]",
    "name": "VARCHAR",
    "title": "VARCHAR",
    "caption": "VARCHAR",
    "creator": "VARCHAR",
    "copyright": "VARCHAR",
    "lens": "VARCHAR",
    "profile": "VARCHAR",
    "edited_at": "BIGINT",
    "latitude": "DOUBLE",
    "longitude": "DOUBLE",
    "altitude": "DOUBLE",
    "iso": "DOUBLE",
    "aperture": "DOUBLE",
    "exposure": "DOUBLE",
    "focal_length": "DOUBLE",
    "width": "INTEGER",
    "height": "INTEGER",
    "bit_depth": "UTINYINT",
    "channels": "UTINYINT",
    "frames": "INTEGER",
    "sharpness": "DOUBLE",
    "brightness": "DOUBLE",
    "contrast": "DOUBLE",
    "entropy": "DOUBLE",
    "colourfulness": "DOUBLE",
    "colours": "VARCHAR[]",  # by name
    "steps": "VARCHAR[]",  # the same colours by three digits
    "phash": "UBIGINT",
    "place": "VARCHAR",  # the town with the levels above it, to be counted by
    "places": "VARCHAR[]",  # country, region and town, with the levels above them
}
"""The columns and their types; moments are milliseconds since 1970."""

FIELDS = dict.fromkeys(
    (
        "ingested_at", "capture", "sort_name", "quality", "bytes", "format", "media_type", "batch", "duplicate_group",
        "words", "tag_keys", "problem_keys", "rating", "favourite", "label", "collections", "tags", "sources.connector",
        "name", "title", "caption", "creator", "copyright", "profile", "edited_at", "width", "height", "bit_depth",
        "channels", "frames", "colours", "phash", "place_keys",
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
    "likeness": "coalesce(likeness, -2)",  # less than anything can be alike
}
"""Column of each order."""
RATED = "images LEFT JOIN rated USING (id)"
"""The images with how alike they are to what is asked for, once `rated` says so."""


def row(document: dict[str, Any]) -> tuple[Any, ...]:
    """The values of the columns for an image document."""
    capture, quality = document["capture"], document["quality"]
    place = capture.get("location") or {}
    colours = [Colour.model_construct(**one) for one in document["colours"]]
    return (
        document["_id"],
        int(document["_id"][:16], 16),
        to_millis(document["ingested_at"]),
        _millis(capture.get("taken_at")),
        document["sort_name"],
        quality["score"],
        document["bytes"],
        document["format"],
        document["media_type"],
        capture.get("camera"),
        document["batch"],
        document["duplicate_group"],
        "".join(f" {word}" for word in document["words"]),
        document["tag_keys"],
        document["problem_keys"],
        document["rating"],
        document["favourite"],
        document["label"] or "none",
        document["collections"],
        document["tags"],
        list({one["connector"] for one in document["sources"]}),
        *(document.get(name) for name in ("name", *TEXT_LENGTHS)),
        capture.get("lens"),
        document.get("profile"),
        _millis(document.get("edited_at")),
        *(place.get(name) for name in ("latitude", "longitude", "altitude")),
        *(capture.get(name) for name in ("iso", "aperture", "exposure", "focal_length")),
        *(document[name] for name in ("width", "height", "bit_depth", "channels", "frames")),
        *(quality[name] for name in ("sharpness", "brightness", "contrast", "entropy", "colourfulness")),
        names_of(colours),
        steps_of(colours),
        int(document["phash"], 16),
        max((one for one in document["place_keys"] if not one.startswith("/")), key=len, default=None),
        document["place_keys"],
    )


def _millis(moment: datetime | None) -> int | None:
    return None if moment is None else to_millis(moment)


@dataclass(frozen=True)
class Condition:
    """One condition with its parameters."""

    filter: str
    """The filter it comes from."""
    sql: str
    """With a `?` for each parameter."""
    values: tuple[Any, ...]
    """The parameters."""


@dataclass(frozen=True)
class Where:
    """Conditions that must all hold."""

    conditions: tuple[Condition, ...] = ()

    def only(self, *filters: str) -> Where:
        """Those of these filters."""
        return Where(tuple(one for one in self.conditions if one.filter in filters))

    def without(self, *filters: str) -> Where:
        """Those of all other filters."""
        return Where(tuple(one for one in self.conditions if one.filter not in filters))

    @property
    def sql(self) -> str:
        """What stands after WHERE."""
        return " AND ".join(one.sql for one in self.conditions) or "true"

    @property
    def values(self) -> list[Any]:
        """The parameters, in order."""
        return [value for one in self.conditions for value in one.values]


_ONE_VALUE = {
    "taken_from": "taken_at >= ?",
    "taken_to": "taken_at <= ?",
    "quality_min": "quality >= ?",
    "batch": "batch = ?",
    "duplicates": "duplicate_group = ?",
    "rating_min": "rating >= ?",
    "favourite": "favourite = ?",
    "collection": "list_contains(collections, ?)",
}
_ANY_VALUE = {
    "type": ("format = ?", "media_type = ?"),
    "camera": ("camera = ?",),
    "problem": ("list_contains(problems, ?)",),
    "label": ("label = ?",),
}


SCOPE = "scope"
"""Filter that the conditions of a scope come from."""
MEASURED = ("size", "megapixels", "sharpness", "brightness")
"""Fields of the query language that are counted along their values."""
_FACETS = frozenset(("place", "lens", *MEASURED))
"""Fields of the query language that are filters of their own, as far as an expression asks for them beside all else."""


def where(query: ImageQuery, scope: Scope = EVERYTHING, rankings: Rankings | None = None) -> Where:
    """The conditions of a query, and of what counts at all. `rankings` are what its comparisons come to."""
    found = _filters(query, rankings)
    either = "list_has_any(collections, ?::VARCHAR[])"
    found += [Condition(SCOPE, either, (sorted(one),)) for one in scope.inside]
    if scope.outside:
        found.append(Condition(SCOPE, f"NOT {either}", (sorted(scope.outside),)))
    found += [Condition(SCOPE, one.sql, one.values) for view in scope.views for one in _filters(view, rankings)]
    return Where(tuple(found))


def _filters(query: ImageQuery, rankings: Rankings | None) -> list[Condition]:
    wanted = normal(query)
    found = [Condition(name, condition, (wanted[name],)) for name, condition in _ONE_VALUE.items() if name in wanted]
    for name, ways in _ANY_VALUE.items():
        pairs = [(way, value) for value in wanted.get(name, ()) for way in ways]
        if pairs:
            either = " OR ".join(way for way, _ in pairs)
            found.append(Condition(name, f"({either})", tuple(value for _, value in pairs)))
    found += [Condition("tag", "list_contains(tags, ?)", (tag,)) for tag in wanted.get("tag", ())]
    found += [Condition("q", "contains(words, ?)", (f" {word}",)) for word in wanted.get("q", ())]
    if "where" in wanted:
        found += _said(read(wanted["where"]), rankings)
    return found


def _said(node: Node, rankings: Rankings | None) -> list[Condition]:
    """The conditions of an expression: one for each facet that it asks for, and one for all else."""
    found, others = [], []
    for part in node.parts if isinstance(node, Every) else (node,):
        if isinstance(part, Among | Within) and part.field in _FACETS:
            sql, values = condition(part)
            found.append(Condition(f"where.{part.field}", sql, tuple(values)))
        else:
            others.append(part)
    if others:
        sql, values = condition(all_of(others), rankings)
        found.append(Condition("where", sql, tuple(values)))
    return found


def order_by(query: ImageQuery) -> str:
    """The ORDER BY list of a query."""
    direction = "DESC" if query.descending else "ASC"
    return f"{ORDERS[query.sort.lstrip('-')]} {direction} NULLS LAST, tie {direction}"


def after(query: ImageQuery, position: Position | None) -> Condition:
    """What comes after a position in the order of a query, the pictures without a value last; ties by id."""
    if position is None:
        return Condition("cursor", "true", ())
    column, sign = ORDERS[query.sort.lstrip("-")], "<" if query.descending else ">"
    if position.value is None:
        return Condition("cursor", f"({column} IS NULL AND id {sign} ?)", (position.id,))
    value = to_millis(position.value) if isinstance(position.value, datetime) else position.value
    sql = f"({column} {sign} ? OR ({column} = ? AND id {sign} ?) OR {column} IS NULL)"
    return Condition("cursor", sql, (value, value, position.id))


def columns_of(rows: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
    """Rows turned into the list of columns that `INSERT` takes."""
    return [list(column) for column in zip(*rows, strict=True)]


CREATE = f"CREATE TABLE IF NOT EXISTS images ({', '.join(f'{name} {kind}' for name, kind in COLUMNS.items())})"
INSERT = f"INSERT INTO images SELECT {', '.join(f'unnest(?::{kind}[])' for kind in COLUMNS.values())}"
