"""A columnar copy of the images' query columns, for counts and facets over a million pictures.

MongoDB reads pages along its indexes; counting everything that fits is what it is slow at. DuckDB is the other way
round. The copy is a cache: it may be deleted at any time, and everything in it comes from MongoDB.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from darkroom import logs
from darkroom.domain.query import Facets, FacetValue, ImageQuery
from darkroom.store.columns_sql import COLUMNS, CREATE, FIELDS, INSERT, ORDERS, after, columns_of, order_by, row, where
from darkroom.store.database import Database, maps_errors
from darkroom.store.events import EventLog
from darkroom.store.image_queries import order, query_digest
from darkroom.store.paging import Page, Position, encode_cursor

if TYPE_CHECKING:
    import duckdb

T = TypeVar("T")

_VERSION = 2
"""Of the copy's own layout: a file with another one is built anew."""
_CHUNK = 10_000
_MOST_CHANGES = 50_000
"""Changed images up to which they are read one by one; above, the copy is built anew."""
_REMEMBERED = 64
_MOST_VALUES = 500
_COMMON = ("tag", "q", "batch", "duplicates", "collection")
"""Filters that are no facet's own (tags count with the tags asked for)."""
_FACET_COLUMNS = "format, media_type, camera, tags, problems, taken_at, quality, rating, favourite, label"
_MONTH = "year(make_timestamp(taken_at * 1000)) * 12 + month(make_timestamp(taken_at * 1000)) - 1"
"""A number for each month: quicker to group by than words."""
_SETTINGS = {
    "memory_limit": "1GB",
    "preserve_insertion_order": "false",
    "autoinstall_known_extensions": "false",  # never over the network
}

_log = logs.get(__name__)


class ColumnarReplica:
    """A DuckDB copy that every call first brings up to the newest event.

    Only one process can have the file open: the web app. In another one, the copy is in memory.

    Args:
        database: what is copied.
        path: the file, made when first used; None for memory.
    """

    def __init__(self, database: Database, path: Path | None) -> None:
        self.database = database
        self.path = path
        self._images = database.collection("images")
        self._events = EventLog(database)
        self._lock = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._seq = -1
        self._answers: OrderedDict[tuple[Any, ...], Any] = OrderedDict()

    def facets(self, query: ImageQuery) -> Facets:
        """Live counts for the filters, each facet without its own filter; without `failed`."""
        return self._answer(("facets",), query, _facets)

    def tags(self) -> dict[str, int]:
        """How many images have each tag, or one below it."""
        return dict(self._answer(("tags",), ImageQuery(), _tags))

    def count(self, query: ImageQuery) -> int:
        """How many images fit."""
        return self._answer(("count",), query, _count)

    def anchors(self, query: ImageQuery, every: int) -> list[str | None]:
        """Cursors for `ImageRepository.page`, one before each `every` items; the first is None, the start."""
        return list(self._answer(("anchors", every), query, lambda one, asked: _anchors(one, asked, every)))

    @maps_errors
    def page(self, query: ImageQuery, *, limit: int, cursor: str | None = None) -> Page[str]:
        """Ids of a page, for views that no index of MongoDB follows; its cursors and those of `ImageRepository.page` are the same.

        Raises:
            Error: `invalid_cursor`.
        """
        position = order(query).position(query_digest(query), cursor)
        return self._answer(("page", limit, cursor), query, lambda one, asked: _page(one, asked, limit, position))

    def ids(self, query: ImageQuery) -> Iterator[tuple[str, ...]]:
        """Ids of all images that fit at this moment, in pieces, oldest first."""
        with self._lock:
            cursor = self._catch_up().cursor()
        conditions = where(query)
        with cursor:
            sql = f"SELECT id FROM images WHERE {conditions.sql} ORDER BY ingested_at, tie"  # noqa: S608 - only our own words
            cursor.execute(sql, conditions.values)
            while found := cursor.fetchmany(_CHUNK):
                yield tuple(one for (one,) in found)

    @maps_errors
    def seq(self) -> int:
        """The event up to which the copy is fresh, after catching up."""
        with self._lock:
            self._catch_up()
            return self._seq

    def forget(self) -> None:
        """Drop remembered answers, so that the next ones are worked out."""
        with self._lock:
            self._answers.clear()

    def close(self) -> None:
        """Close the copy; the next call opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            self._answers.clear()

    @maps_errors
    def _answer(
        self, kind: tuple[Any, ...], query: ImageQuery, work: Callable[[duckdb.DuckDBPyConnection, ImageQuery], T]
    ) -> T:
        """The answer of `work` on fresh data; the latest ones are remembered until the next event."""
        with self._lock:
            connection = self._catch_up()
            key = (*kind, query_digest(query), self._seq)
            if key in self._answers:
                self._answers.move_to_end(key)
                return cast("T", self._answers[key])
            cursor = connection.cursor()
        # A cursor reads what was committed when its statement began: others may ask and write meanwhile.
        with cursor:
            found = work(cursor, query)
        with self._lock:
            self._answers[key] = found
            while len(self._answers) > _REMEMBERED:
                self._answers.popitem(last=False)
        return found

    def _catch_up(self) -> duckdb.DuckDBPyConnection:
        """Bring the copy up to the newest event; the lock must be held."""
        connection = self._connection or self._open()
        newest = self._events.last_seq()
        if newest == self._seq:
            return connection
        changed = self._changed(newest)
        if changed is None:
            self._build(connection, newest)
        else:
            with _transaction(connection):
                for ids in _pieces(sorted(changed), _CHUNK):
                    self._copy(connection, ids)
                self._remember(connection, newest)
        self._seq = newest
        return connection

    def _changed(self, newest: int) -> set[str] | None:
        """Ids of the images that changed since; None when building anew is the better way."""
        if self._seq < 0 or newest < self._seq:
            return None
        changed: set[str] = set()
        after = self._seq
        while after < newest:
            events = self._events.since(after)
            if not events or events[0].seq != after + 1:
                return None  # a part of the log is gone
            for event in events:
                if event.type.startswith("images.") and event.seq <= newest:
                    changed.update(event.ids)
            if len(changed) > _MOST_CHANGES:
                return None
            after = events[-1].seq
        return changed

    def _copy(self, connection: duckdb.DuckDBPyConnection, ids: list[str]) -> None:
        rows = [row(found) for found in self._images.find({"_id": {"$in": ids}}, FIELDS)]
        connection.execute("DELETE FROM images WHERE id IN (SELECT unnest(?::VARCHAR[]))", [ids])
        if rows:
            connection.execute(INSERT, columns_of(rows))

    def _build(self, connection: duckdb.DuckDBPyConnection, newest: int) -> None:
        """Copy everything. What changes meanwhile has a later event and is copied again."""
        _log.info("columns_build_started", path=str(self.path))
        with _transaction(connection):
            connection.execute("DELETE FROM images")
            total = 0
            for rows in _pieces(map(row, self._images.find({}, FIELDS, batch_size=_CHUNK)), _CHUNK):
                connection.execute(INSERT, columns_of(rows))
                total += len(rows)
            self._remember(connection, newest)
        _log.info("columns_build_finished", images=total)

    def _remember(self, connection: duckdb.DuckDBPyConnection, seq: int) -> None:
        connection.execute("DELETE FROM copy_of")
        connection.execute("INSERT INTO copy_of VALUES (?, ?, ?)", [_VERSION, self._library(), seq])

    def _library(self) -> str:
        """Identity of the library: a copy of another one is worthless."""
        found = self.database.collection("counters").find_one({"_id": "library"})
        return str(found["value"]) if found else ""

    def _open(self) -> duckdb.DuckDBPyConnection:
        connection = _connect(self.path)
        layout = connection.execute(
            "SELECT column_name || ' ' || data_type FROM duckdb_columns() WHERE table_name = 'images' ORDER BY column_index"
        ).fetchall()
        if layout and [name for (name,) in layout] != [f"{name} {kind}" for name, kind in COLUMNS.items()]:
            connection.execute("DROP TABLE images")
            connection.execute("DROP TABLE IF EXISTS copy_of")
        connection.execute(CREATE)
        connection.execute("CREATE TABLE IF NOT EXISTS copy_of (version INTEGER, library VARCHAR, seq BIGINT)")
        known = connection.execute("SELECT version, library, seq FROM copy_of").fetchone()
        self._seq = known[2] if known and known[:2] == (_VERSION, self._library()) else -1
        self._connection = connection
        return connection


def _connect(path: Path | None) -> duckdb.DuckDBPyConnection:
    """The file, or memory when another process has it; a damaged file is a cache to throw away."""
    import duckdb

    if path is None:
        return duckdb.connect(":memory:", config=dict(_SETTINGS))
    for _attempt in range(2):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            return duckdb.connect(str(path), config=dict(_SETTINGS))
        except (duckdb.Error, OSError) as error:
            if isinstance(error, OSError) or "lock" in str(error).lower():
                _log.warning("columns_in_memory", path=str(path), error=str(error)[:200])
                break
            _log.warning("columns_file_damaged", path=str(path), error=str(error)[:200])
            for name in (path, path.with_name(path.name + ".wal")):
                with suppress(OSError):
                    name.unlink(missing_ok=True)
    return duckdb.connect(":memory:", config=dict(_SETTINGS))


class _transaction:  # noqa: N801 - used like a function
    """All or nothing in the copy."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN")

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        self._connection.execute("ROLLBACK" if kind else "COMMIT")


def _pieces(items: Iterable[T], size: int) -> Iterator[list[T]]:
    piece: list[T] = []
    for item in items:
        piece.append(item)
        if len(piece) == size:
            yield piece
            piece = []
    if piece:
        yield piece


def _count(cursor: duckdb.DuckDBPyConnection, query: ImageQuery) -> int:
    conditions = where(query)
    found = cursor.execute(f"SELECT count(*) FROM images WHERE {conditions.sql}", conditions.values).fetchone()  # noqa: S608
    return int(cast("tuple[int]", found)[0])


def _tags(cursor: duckdb.DuckDBPyConnection, _query: ImageQuery) -> dict[str, int]:
    return dict(cursor.execute("SELECT unnest(tags), count(*) FROM images GROUP BY 1").fetchall())


def _facets(cursor: duckdb.DuckDBPyConnection, query: ImageQuery) -> Facets:
    conditions, table = where(query), "images"
    if (common := conditions.only(*_COMMON)).conditions:
        # What every facet applies, and what is costly to look through, is looked through once.
        cursor.execute(
            f"CREATE OR REPLACE TEMP TABLE found AS SELECT {_FACET_COLUMNS} FROM images WHERE {common.sql}",  # noqa: S608
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
        tag=counted("unnest(tags)"),
        problem=counted("unnest(problems)", "problem"),
        month=tuple(_named(one, f"{int(one.value) // 12:04d}-{int(one.value) % 12 + 1:02d}") for one in months),
        quality=tuple(_named(one, f"{int(one.value) / 10:.1f}") for one in tenths),
        rating=counted("rating", "rating_min", order="1"),
        favourite=tuple(_named(one, one.value.lower()) for one in counted("favourite", "favourite", order="1 DESC")),
        label=counted("label", "label"),
    )


def _page(cursor: duckdb.DuckDBPyConnection, query: ImageQuery, limit: int, position: Position | None) -> Page[str]:
    conditions, onwards = where(query), after(query, position)
    column, direction = ORDERS[query.sort.lstrip("-")], "DESC" if query.descending else "ASC"
    sql = (
        f"SELECT id, {column} FROM images WHERE {conditions.sql} AND {onwards.sql} "  # noqa: S608 - only our own words
        f"ORDER BY {column} {direction} NULLS LAST, id {direction} LIMIT {limit + 1}"
    )
    found = cursor.execute(sql, [*conditions.values, *onwards.values]).fetchall()
    following = None
    if len(found) > limit:
        image, value = found[limit - 1]
        following = encode_cursor(query_digest(query), Position(value, image))
    return Page(tuple(image for image, _ in found[:limit]), following)


def _named(found: FacetValue, value: str) -> FacetValue:
    return FacetValue(value=value, count=found.count)


def _anchors(cursor: duckdb.DuckDBPyConnection, query: ImageQuery, every: int) -> list[str | None]:
    conditions = where(query)
    column = ORDERS[query.sort.lstrip("-")]
    # Only positions are sorted, with row numbers instead of ids: the wide columns are fetched for the few marks.
    sql = f"""
        WITH ordered AS (
            SELECT rowid AS place, row_number() OVER (ORDER BY {order_by(query)}) AS position, count(*) OVER () AS total
            FROM images WHERE {conditions.sql}
        ), marks AS (SELECT place, position FROM ordered WHERE position % {int(every)} = 0 AND position < total)
        SELECT {column}, id FROM images JOIN marks ON images.rowid = marks.place ORDER BY position
    """  # noqa: S608 - only our own words
    name = query_digest(query)
    found = cursor.execute(sql, conditions.values).fetchall()
    return [None, *(encode_cursor(name, Position(value, image)) for value, image in found)]
