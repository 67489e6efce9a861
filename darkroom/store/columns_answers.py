"""What is asked of the columnar copy, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, cast

from darkroom.domain.language.nodes import Box
from darkroom.domain.query import GroupKey, ImageQuery
from darkroom.domain.scope import Scope
from darkroom.store.columns_sql import ORDERS, RATED, Where, after, order_by, where
from darkroom.store.image_queries import query_digest
from darkroom.store.language_sql import condition as box_condition
from darkroom.store.paging import Page, Position, encode_cursor
from darkroom.store.rankings import Rankings, likeness_of

if TYPE_CHECKING:
    import duckdb

_MOST_NAMES = 100
_MOST_GROUPS = 20_000
_MOST_CLUSTERS = 400
_CLUSTER = (
    "count(*), avg(latitude), avg(longitude), min(latitude), min(longitude), max(latitude), max(longitude), min(id), "
    "sum(count(*)) OVER ()"
)
"""The columns of a cluster, and how many images there are in all of them."""
_BEST = (
    "rating DESC, favourite DESC, round(quality, 1) DESC, width::BIGINT * height DESC, quality DESC, bytes DESC, tie"
)
"""The best of near duplicates first: what people said of them, then quality, of much the same quality the largest."""
_SPREAD = dict.fromkeys(("title", "caption", "creator", "copyright", "rating", "favourite", "label"), 8)
"""Columns of what people set, and how many values of each are told."""
_SPREAD_MANY = {"tags": "exact_tags", "collections": "collections"}
"""The same of those that a picture may have several of."""


@dataclass(frozen=True)
class Members:
    """Who is in a collection."""

    total: int
    """How many images."""
    newest: str
    """Id of the one that came in last."""


@dataclass(frozen=True)
class FieldValues:
    """What images have in one field."""

    distinct: int
    """How many values there are."""
    values: tuple[tuple[Any, int], ...]
    """The values that most images have, each with how many do."""


@dataclass(frozen=True)
class Cluster:
    """Images that were taken near each other."""

    count: int
    """How many images."""
    latitude: float
    """Their middle."""
    longitude: float
    """Their middle."""
    south: float
    """Where they end."""
    west: float
    """Where they end."""
    north: float
    """Where they end."""
    east: float
    """Where they end."""
    image: str
    """One of them."""


@dataclass(frozen=True)
class Group:
    """Images of a view that belong together."""

    value: str | None
    """What they have in common."""
    count: int
    """How many."""
    at: int
    """When the first of them came in, in milliseconds."""


@dataclass(frozen=True)
class View:
    """A query whose collection is in the scope."""

    query: ImageQuery
    """Filters and order."""
    scope: Scope
    """What counts at all."""
    rankings: Rankings = field(default_factory=dict)
    """What its comparisons come to."""

    @property
    def conditions(self) -> Where:
        """What must hold."""
        return where(self.query, self.scope, self.rankings)

    @property
    def key(self) -> tuple[str, ...]:
        """Beside the digest, what an answer depends on: other pictures are alike once a model has seen more."""
        return tuple(one.key for one in self.rankings.values())

    @property
    def digest(self) -> str:
        """A short name; cursors carry it."""
        return query_digest(self.query, self.scope)


def count(cursor: duckdb.DuckDBPyConnection, view: View) -> int:
    """How many images fit."""
    conditions = view.conditions
    found = cursor.execute(f"SELECT count(*) FROM images WHERE {conditions.sql}", conditions.values).fetchone()  # noqa: S608
    return int(cast("tuple[int]", found)[0])


def tags(cursor: duckdb.DuckDBPyConnection, view: View) -> dict[str, int]:
    """How many images have each tag, or one below it."""
    conditions = view.conditions
    sql = f"SELECT unnest(tags), count(*) FROM images WHERE {conditions.sql} GROUP BY 1"  # noqa: S608 - only our own words
    return dict(cursor.execute(sql, conditions.values).fetchall())


def values(
    cursor: duckdb.DuckDBPyConnection, view: View, column: str, *, many: bool, holding: str, most: int
) -> tuple[tuple[str, int], ...]:  # fmt: skip
    """See `ColumnarReplica.values`."""
    conditions = view.conditions
    each = f"unnest({column})" if many else f"({column})::VARCHAR"
    sql = f"""
        SELECT value, count(*) FROM (SELECT {each} AS value FROM images WHERE {conditions.sql})
        WHERE value IS NOT NULL GROUP BY 1 HAVING contains(lower(value), ?)
        ORDER BY starts_with(lower(value), ?) DESC, 2 DESC, 1 LIMIT {int(most)}
    """  # noqa: S608 - only our own words
    return tuple(cursor.execute(sql, [*conditions.values, holding, holding]).fetchall())


def members(
    cursor: duckdb.DuckDBPyConnection, view: View, pairs: Sequence[tuple[str, str]]
) -> dict[str, Members]:  # fmt: skip
    """See `ColumnarReplica.members`; pairs are a collection and one that it lies in, or is."""
    conditions = view.conditions
    # Who is in no collection, as most are, is passed over before anything is taken apart.
    sql = f"""
        WITH named AS (SELECT unnest(?::VARCHAR[]) AS collection, unnest(?::VARCHAR[]) AS above),
        member AS (
            SELECT rowid AS place, ingested_at, unnest(collections) AS collection FROM images
            WHERE len(collections) > 0 AND {conditions.sql}
        ), newest AS (
            SELECT above, count(DISTINCT place) AS total, arg_max(place, ingested_at) AS place
            FROM member JOIN named USING (collection) GROUP BY above
        )
        SELECT above, total, id FROM newest JOIN images ON images.rowid = newest.place
    """  # noqa: S608 - only our own words
    named: list[Any] = [[one for one, _ in pairs], [above for _, above in pairs]]
    found = cursor.execute(sql, [*named, *conditions.values]).fetchall()
    return {above: Members(int(total), newest) for above, total, newest in found}


def spread(
    cursor: duckdb.DuckDBPyConnection, view: View, only: Sequence[str] | None, but: Sequence[str]
) -> tuple[int, dict[str, FieldValues]]:
    """See `ColumnarReplica.spread`."""
    wanted, values = meant(view, only, but)
    columns = ", ".join([*_SPREAD, *_SPREAD_MANY.values()])
    cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE meant AS SELECT {columns} FROM images WHERE {wanted}",  # noqa: S608 - only our own words
        values,
    )
    found = {name: _spread(cursor, name, most) for name, most in _SPREAD.items()}
    for name, column in _SPREAD_MANY.items():
        found[name] = _spread(cursor, f"unnest({column})", _MOST_NAMES)
    total = cursor.execute("SELECT count(*) FROM meant").fetchone()
    cursor.execute("DROP TABLE meant")
    label = found["label"]
    found["label"] = FieldValues(label.distinct, tuple((None if one == "none" else one, n) for one, n in label.values))
    return int(cast("tuple[int]", total)[0]), found


def meant(view: View, only: Sequence[str] | None, but: Sequence[str]) -> tuple[str, list[Any]]:
    """What must hold of the images of a selection."""
    conditions = view.conditions
    named = [] if only is None else [("id IN (SELECT unnest(?::VARCHAR[]))", list(only))]
    named += [("id NOT IN (SELECT unnest(?::VARCHAR[]))", list(but))] if but else []
    wanted = " AND ".join([conditions.sql, *(sql for sql, _ in named)])
    return wanted, [*conditions.values, *(ids for _, ids in named)]


def worse(
    cursor: duckdb.DuckDBPyConnection, view: View, only: Sequence[str] | None, but: Sequence[str]
) -> tuple[str, ...]:
    """See `ColumnarReplica.worse`."""
    wanted, given = meant(view, only, but)
    sql = f"""
        SELECT id FROM images WHERE duplicate_group IS NOT NULL AND {wanted}
        QUALIFY row_number() OVER (PARTITION BY duplicate_group ORDER BY {_BEST}) > 1 ORDER BY ingested_at, tie
    """  # noqa: S608 - only our own words
    return tuple(image for (image,) in cursor.execute(sql, given).fetchall())


def similar(
    cursor: duckdb.DuckDBPyConnection, view: View, phash: int, distance: int, most: int
) -> tuple[tuple[str, int], ...]:
    """See `ColumnarReplica.similar`."""
    conditions = view.conditions
    sql = f"""
        SELECT id, bit_count(xor(phash, ?::UBIGINT)) AS apart FROM images
        WHERE {conditions.sql} AND apart <= ? ORDER BY apart, tie LIMIT {int(most)}
    """  # noqa: S608 - only our own words
    return tuple(cursor.execute(sql, [phash, *conditions.values, distance]).fetchall())


def groups(cursor: duckdb.DuckDBPyConnection, view: View, by: GroupKey) -> tuple[int, tuple[Group, ...]]:
    """See `ColumnarReplica.groups`."""
    query, conditions = view.query, view.conditions
    way = "DESC" if query.descending or query.sort.lstrip("-") not in ("taken_at", "ingested_at") else "ASC"
    value, order, having = {
        "day": ("CAST(floor(taken_at / 86400000) AS BIGINT)", f"1 {way} NULLS LAST", "true"),
        "tag": ("unnest(if(len(exact_tags) = 0, [NULL], exact_tags))", "1 NULLS LAST", "true"),
        "batch": ("batch", f"3 {way}, 1", "true"),
        "stack": ("duplicate_group", "2 DESC, 1", "count(*) > 1 AND value IS NOT NULL"),
    }[by]
    sql = f"""
        SELECT value, count(*), min(ingested_at), count(*) OVER () FROM (
            SELECT {value} AS value, ingested_at FROM images WHERE {conditions.sql}
        ) GROUP BY value HAVING {having} ORDER BY {order} LIMIT {_MOST_GROUPS}
    """  # noqa: S608 - only our own words
    found = cursor.execute(sql, conditions.values).fetchall()
    name = _day if by == "day" else str
    return (found[0][3] - len(found) if found else 0), tuple(
        Group(None if one is None else name(one), int(count), int(at)) for one, count, at, _ in found
    )


def _day(days: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=days)).isoformat()


def _spread(cursor: duckdb.DuckDBPyConnection, value: str, most: int) -> FieldValues:
    sql = f"""
        SELECT value, count(*), count(*) OVER () FROM (SELECT {value} AS value FROM meant)
        GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {int(most)}
    """  # noqa: S608 - only our own words
    found = cursor.execute(sql).fetchall()
    return FieldValues(found[0][2] if found else 0, tuple((value, int(n)) for value, n, _ in found))


def _ordered(cursor: duckdb.DuckDBPyConnection, view: View) -> str:
    """What is read for an order: the images, with how alike they are where that is the order."""
    if view.query.sort.lstrip("-") != "likeness":
        return "images"
    sql = "CREATE OR REPLACE TEMP TABLE rated AS SELECT unnest(?::VARCHAR[]) AS id, unnest(?::DOUBLE[]) AS likeness"
    cursor.execute(sql, list(likeness_of(view.rankings)))
    return RATED


def page(cursor: duckdb.DuckDBPyConnection, view: View, limit: int, position: Position | None) -> Page[str]:
    """Ids after a position."""
    query, conditions, table = view.query, view.conditions, _ordered(cursor, view)
    onwards = after(query, position)
    column, direction = ORDERS[query.sort.lstrip("-")], "DESC" if query.descending else "ASC"
    sql = (
        f"SELECT id, {column} FROM {table} WHERE {conditions.sql} AND {onwards.sql} "  # noqa: S608 - only our own words
        f"ORDER BY {column} {direction} NULLS LAST, id {direction} LIMIT {limit + 1}"
    )
    found = cursor.execute(sql, [*conditions.values, *onwards.values]).fetchall()
    following = None
    if len(found) > limit:
        image, value = found[limit - 1]
        following = encode_cursor(view.digest, Position(value, image))
    return Page(tuple(image for image, _ in found[:limit]), following)


def clusters(cursor: duckdb.DuckDBPyConnection, view: View, box: Box, step: float) -> tuple[int, tuple[Cluster, ...]]:
    """How many images are within a box, and where: those of each square of so many degrees together, most first."""
    inside, where = box_condition(box), view.conditions
    sql = (
        f"SELECT {_CLUSTER} FROM images WHERE {where.sql} AND {inside[0]} "  # noqa: S608 - only our own words
        f"GROUP BY floor((latitude + 90) / ?), floor((longitude + 180) / ?) ORDER BY 1 DESC, 8 LIMIT {_MOST_CLUSTERS}"
    )
    found = cursor.execute(sql, [*where.values, *inside[1], step, step]).fetchall()
    return (int(found[0][-1]) if found else 0), tuple(Cluster(*one[:-1]) for one in found)


def anchors(cursor: duckdb.DuckDBPyConnection, view: View, every: int) -> list[str | None]:
    """Cursors, one before each `every` items."""
    query, conditions, table = view.query, view.conditions, _ordered(cursor, view)
    column = ORDERS[query.sort.lstrip("-")]
    # Only positions are sorted, with row numbers instead of ids: the wide columns are fetched for the few marks.
    sql = f"""
        WITH ordered AS (
            SELECT images.rowid AS place, row_number() OVER (ORDER BY {order_by(query)}) AS position, count(*) OVER () AS total
            FROM {table} WHERE {conditions.sql}
        ), marks AS (SELECT place, position FROM ordered WHERE position % {int(every)} = 0 AND position < total)
        SELECT {column}, id FROM {table} JOIN marks ON images.rowid = marks.place ORDER BY position
    """  # noqa: S608 - only our own words
    name = view.digest
    found = cursor.execute(sql, conditions.values).fetchall()
    return [None, *(encode_cursor(name, Position(value, image)) for value, image in found)]
