"""Live counts for the filters of a view, from the columnar copy."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, cast

from darkroom.domain.language.fields import FIELDS
from darkroom.domain.query import Facets, FacetValue, Histogram
from darkroom.store.columns_answers import View
from darkroom.store.columns_sql import MEASURED, SCOPE, Where
from darkroom.store.gazetteer import gazetteer

if TYPE_CHECKING:
    import duckdb

_MOST_VALUES = 500
_COMMON = ("tag", "q", "batch", "duplicates", "collection", "where", SCOPE)
"""Filters that are no facet's own (tags count with the tags asked for)."""
_COLUMNS = (
    "latitude, format, media_type, camera, lens, tags, problems, taken_at, quality, rating, favourite, label, colours, "
    "place, places, bytes, width, height, sharpness, brightness"
)
_MONTH = "year(make_timestamp(taken_at * 1000)) * 12 + month(make_timestamp(taken_at * 1000)) - 1"
"""A number for each month: quicker to group by than words."""
_STEPS = ("1", "1.5", "2", "3", "5", "7")


def _ladder(first: int, last: int) -> tuple[float, ...]:
    """Round values, six in each power of ten, each about half as large again as the one before."""
    return (0.0, *(float(f"{step}e{power}") for power in range(first, last + 1) for step in _STEPS))


_EDGES: dict[str, tuple[float, ...]] = {
    "size": _ladder(3, 9),
    "megapixels": _ladder(-1, 2),
    "sharpness": _ladder(0, 4),
    "brightness": tuple(at / 20 for at in range(20)),
}
"""Where the bars of each begin; the last has all above."""


def facets(cursor: duckdb.DuckDBPyConnection, view: View) -> Facets:
    """Live counts, each facet without its own filter."""
    conditions, table = view.conditions, "images"
    if (common := conditions.only(*_COMMON)).conditions:
        # What every facet applies, and what is costly to look through, is looked through once.
        cursor.execute(
            f"CREATE OR REPLACE TEMP TABLE found AS SELECT {_COLUMNS} FROM images WHERE {common.sql}",  # noqa: S608
            common.values,
        )
        conditions, table = conditions.without(*_COMMON), "found"

    def counted(value: str, *own: str, order: str = "2 DESC, 1", given: str = "true") -> tuple[FacetValue, ...]:
        others = conditions.without(*own)
        sql = (
            f"SELECT {value}, count(*) FROM {table} WHERE {others.sql} AND {given} "  # noqa: S608 - only our own words
            f"GROUP BY 1 ORDER BY {order} LIMIT {_MOST_VALUES}"
        )
        return tuple(FacetValue(value=str(name), count=n) for name, n in cursor.execute(sql, others.values).fetchall())

    total = cursor.execute(f"SELECT count(*) FROM {table} WHERE {conditions.sql}", conditions.values).fetchone()  # noqa: S608
    months = counted(_MONTH, "taken_from", "taken_to", order="1 DESC", given="taken_at IS NOT NULL")
    tenths = counted("CAST(least(floor(quality * 10), 9) AS INTEGER)", "quality_min", order="1")
    return Facets(
        total=int(cast("tuple[int]", total)[0]),
        type=counted("format", "type"),
        camera=counted("camera", "camera", given="camera IS NOT NULL"),
        lens=counted("lens", "where.lens", given="lens IS NOT NULL"),
        tag=counted("unnest(tags)"),
        problem=counted("unnest(problems)", "problem"),
        month=tuple(_named(one, f"{int(one.value) // 12:04d}-{int(one.value) % 12 + 1:02d}") for one in months),
        quality=tuple(_named(one, f"{int(one.value) / 10:.1f}") for one in tenths),
        rating=counted("rating", "rating_min", order="1"),
        favourite=tuple(_named(one, one.value.lower()) for one in counted("favourite", "favourite", order="1 DESC")),
        label=counted("label", "label"),
        colour=counted("unnest(colours)"),
        place=_places(cursor, table, conditions.without("where.place")),
        measured=tuple(
            found for name in MEASURED if (found := _measured(cursor, table, conditions.without(f"where.{name}"), name))
        ),
    )


def _named(found: FacetValue, value: str) -> FacetValue:
    return FacetValue(value=value, count=found.count)


def _places(cursor: duckdb.DuckDBPyConnection, table: str, conditions: Where) -> tuple[FacetValue, ...]:
    """Countries, regions and towns, most first."""
    sql = f"SELECT place, count(*) FROM {table} WHERE {conditions.sql} AND place IS NOT NULL GROUP BY 1"  # noqa: S608
    counted: Counter[str] = Counter()
    for path, images in cursor.execute(sql, conditions.values).fetchall():
        names = path.split("/")
        for depth in range(1, len(names) + 1):
            counted["/".join(names[:depth])] += images
    found = sorted(counted.items(), key=lambda one: (-one[1], one[0]))[:_MOST_VALUES]
    return tuple(FacetValue(value=key, count=n, name=gazetteer().name(key)) for key, n in found)


def _measured(
    cursor: duckdb.DuckDBPyConnection, table: str, conditions: Where, field: str
) -> Histogram | None:  # fmt: skip
    """How many images lie between each two edges, from the first that has one to the last; nothing where there is none."""
    edges = _EDGES[field]
    # `histogram` takes the upper edge into a bar: turned around it is the lower one, which a value equals more often.
    sql = (
        f"SELECT histogram(-({FIELDS[field].columns[0]})::DOUBLE, ?::DOUBLE[]) "  # noqa: S608 - only our own words
        f"FROM {table} WHERE {conditions.sql}"
    )
    found = cursor.execute(sql, [[-one for one in reversed(edges)], *conditions.values]).fetchone()
    counts = [int((found[0] if found and found[0] else {}).get(-one, 0)) for one in edges]
    there = [at for at, n in enumerate(counts) if n]
    if not there:
        return None
    first, last = there[0], there[-1]
    ends = (*edges, 1.0 if field == "brightness" else edges[-1] * 1.5)
    return Histogram(field=field, edges=ends[first : last + 2], counts=tuple(counts[first : last + 1]))
