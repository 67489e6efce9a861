"""A columnar copy of the images' query columns, for counts and facets over a million pictures.

MongoDB reads pages along its indexes; counting everything that fits is what it is slow at. DuckDB is the other way
round. The copy is a cache: it may be deleted at any time, and everything in it comes from MongoDB.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from darkroom import logs
from darkroom.domain.language.nodes import Box
from darkroom.domain.query import Facets, GroupKey, ImageQuery
from darkroom.domain.scope import EVERYTHING, Scope
from darkroom.errors import Error
from darkroom.store import columns_answers as answers
from darkroom.store import columns_diverse, columns_facets
from darkroom.store.collections import CollectionRepository
from darkroom.store.columns_sql import COLUMNS, CREATE, FIELDS, INSERT, columns_of, row
from darkroom.store.copies import connect, transaction
from darkroom.store.database import Database, maps_errors
from darkroom.store.events import EventLog
from darkroom.store.image_queries import order, query_digest
from darkroom.store.paging import Page, digest
from darkroom.store.rankings import RankingReader

if TYPE_CHECKING:
    import duckdb

T = TypeVar("T")

_VERSION = 6
"""Of the copy's own layout: a file with another one is built anew."""
_CHUNK = 10_000
_MOST_CHANGES = 50_000
"""Changed images up to which they are read one by one; above, the copy is built anew."""
_REMEMBERED = 64
_AT_ONCE = 20_000
"""Images up to which building anew is waited for: it takes two seconds, for a million it takes two minutes."""
_PATIENCE = 0.5
"""Seconds that others may have the copy before it counts as not at hand."""
_log = logs.get(__name__)


class ColumnarReplica:
    """A DuckDB copy that every call first brings up to the newest event.

    Only one process can have the file open: the web app. In another one, the copy is in memory.

    Args:
        database: what is copied.
        path: the file, made when first used; None for memory.
        rankings: finds what is like something; one that compares nothing when not given.
    """

    def __init__(self, database: Database, path: Path | None, rankings: RankingReader | None = None) -> None:
        self.database = database
        self.path = path
        self._images = database.collection("images")
        self._collections = CollectionRepository(database)
        self._events = EventLog(database)
        self._rankings = rankings or RankingReader()
        self._lock = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._seq = -1
        self._building = False
        self._closing = threading.Event()
        self._warming: threading.Thread | None = None
        self._answers: OrderedDict[tuple[Any, ...], Any] = OrderedDict()

    def facets(self, query: ImageQuery, *, scope: Scope = EVERYTHING) -> Facets:
        """Live counts for the filters, each facet without its own filter; without `failed`."""
        return self._answer(("facets",), query, scope, columns_facets.facets)

    def tags(self, *, scope: Scope = EVERYTHING) -> dict[str, int]:
        """How many images have each tag, or one below it."""
        return dict(self._answer(("tags",), ImageQuery(), scope, answers.tags))

    def values(
        self, column: str, *, many: bool, holding: str = "", most: int = 20, scope: Scope = EVERYTHING
    ) -> tuple[tuple[str, int], ...]:  # fmt: skip
        """The values of a column and how many images have each: those that begin with `holding` first, of these most first.

        Args:
            column: a column, or an expression of our own.
            many: whether an image has a list of them.
            holding: what must be in them, in small letters.
            most: values at most.
            scope: what counts.
        """
        kind = ("values", column, holding, most)
        return self._answer(
            kind, ImageQuery(), scope, lambda one, view: answers.values(one, view, column, many=many, holding=holding, most=most)
        )  # fmt: skip

    def count(self, query: ImageQuery, *, scope: Scope = EVERYTHING, newest: int | None = None) -> int:
        """How many images fit, as of `newest` at least: the number of the newest event, asked for here where nobody has yet."""
        return self._answer(("count",), query, scope, answers.count, newest)

    def spread(
        self, query: ImageQuery, only: Sequence[str] | None, but: Sequence[str], *, scope: Scope = EVERYTHING
    ) -> tuple[int, dict[str, answers.FieldValues]]:  # fmt: skip
        """How many images fit, and which values they have in the fields that people set.

        Args:
            query: what must hold.
            only: ids; none of all others.
            but: ids that are not meant.
            scope: what counts.
        """
        kind = ("spread", digest([sorted(only)] if only is not None else []), digest(sorted(but)))
        return self._answer(kind, query, scope, lambda one, view: answers.spread(one, view, only, but))

    def diverse(
        self, query: ImageQuery, only: Sequence[str] | None, but: Sequence[str], count: int, *, ends: bool, scope: Scope = EVERYTHING
    ) -> tuple[columns_diverse.Different, ...]:  # fmt: skip
        """Images of those meant (see `spread`) that differ as much as all of them do, after those at the ends of what is measured."""
        kind = ("diverse", digest([sorted(only)] if only is not None else []), digest(sorted(but)), count, ends)
        return self._answer(
            kind, query, scope, lambda one, view: columns_diverse.diverse(one, view, only, but, count=count, ends=ends)
        )

    def groups(
        self, query: ImageQuery, by: GroupKey, *, scope: Scope = EVERYTHING
    ) -> tuple[int, tuple[answers.Group, ...]]:  # fmt: skip
        """What a view is divided into, in order, and how many groups there are beyond those."""
        return self._answer(("groups", by), query, scope, lambda one, view: answers.groups(one, view, by))

    def clusters(
        self, query: ImageQuery, box: Box, step: float, *, scope: Scope = EVERYTHING
    ) -> tuple[int, tuple[answers.Cluster, ...]]:
        """How many images of a view were taken within a box, and where, in squares of so many degrees."""
        return self._answer(
            ("clusters", box, step), query, scope, lambda one, view: answers.clusters(one, view, box, step)
        )

    def worse(
        self, query: ImageQuery, only: Sequence[str] | None, but: Sequence[str], *, scope: Scope = EVERYTHING
    ) -> tuple[str, ...]:
        """Ids of all images of stacks but the best one of each, as far as they are meant; see `spread`."""
        kind = ("worse", digest([sorted(only)] if only is not None else []), digest(sorted(but)))
        return self._answer(kind, query, scope, lambda one, view: answers.worse(one, view, only, but))

    def similar(
        self, phash: int, distance: int, most: int, *, scope: Scope = EVERYTHING
    ) -> tuple[tuple[str, int], ...]:
        """Images whose perceptual hashes differ in at most so many bits from one, each with how many, nearest first."""
        kind = ("similar", phash, distance, most)
        return self._answer(
            kind, ImageQuery(), scope, lambda one, view: answers.similar(one, view, phash, distance, most)
        )

    def anchors(
        self, query: ImageQuery, every: int, *, scope: Scope = EVERYTHING, newest: int | None = None
    ) -> list[str | None]:
        """Cursors for `ImageRepository.page`, one before each `every` items; the first is None, the start. `newest` as for `count`."""
        found = self._answer(
            ("anchors", every), query, scope, lambda one, view: answers.anchors(one, view, every), newest
        )
        return list(found)

    def members(
        self, lying_in: Mapping[str, Sequence[str]], *, scope: Scope = EVERYTHING
    ) -> dict[str, answers.Members]:
        """For each collection how many images are in it or below, and the newest of them; empty ones are not there.

        Args:
            lying_in: collection -> itself and all that it lies in.
            scope: what counts.
        """
        pairs = sorted((one, above) for one, every in lying_in.items() for above in every)
        return self._answer(
            ("members", digest(pairs)), ImageQuery(), scope, lambda one, view: answers.members(one, view, pairs)
        )

    @maps_errors
    def page(self, query: ImageQuery, *, limit: int, cursor: str | None = None, scope: Scope = EVERYTHING) -> Page[str]:
        """Ids of a page, for views that no index of MongoDB follows; its cursors and those of `ImageRepository.page` are the same.

        Raises:
            Error: `invalid_cursor`.
        """
        position = order(query).position(query_digest(*self._collections.narrow(query, scope)), cursor)
        return self._answer(
            ("page", limit, cursor), query, scope, lambda one, view: answers.page(one, view, limit, position)
        )

    def ids(self, query: ImageQuery, *, scope: Scope = EVERYTHING) -> Iterator[tuple[str, ...]]:
        """Ids of all images that fit at this moment, in pieces, oldest first."""
        view = self._view(query, scope)
        with self._lock:
            cursor = self._catch_up().cursor()
        conditions = view.conditions
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

    def warm(self) -> None:
        """Begin to bring the copy up to the newest event, in a thread of its own; with whom it has begun already it goes on."""
        if self._warming is None or not self._warming.is_alive():
            self._warming = threading.Thread(target=self._warm, name="columns", daemon=True)
            self._warming.start()

    def _warm(self) -> None:
        try:
            self.seq()
        except Error as error:
            _log.warning("columns_not_ready", code=error.code, cause=error.cause)

    @maps_errors
    def at_hand(self, known: int | None = None) -> bool:
        """Whether answers come at once. If not, as after an update of Darkroom, the copy is built in the background meanwhile.

        Args:
            known: number of the newest event, where it was asked for already.
        """
        if self._building or not self._lock.acquire(timeout=_PATIENCE):
            return False
        try:
            if self._connection is None:
                self._open()
            newest = self._newest(known)
            near = newest == self._seq or self._changed(newest) is not None
            near = near or self._images.estimated_document_count() <= _AT_ONCE
        finally:
            self._lock.release()
        if not near:
            self.warm()
        return near

    def forget(self) -> None:
        """Drop remembered answers, so that the next ones are worked out."""
        with self._lock:
            self._answers.clear()

    def close(self) -> None:
        """Close the copy, and end a build that goes on; the next call opens it again."""
        self._closing.set()
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            self._answers.clear()
            self._closing.clear()

    @maps_errors
    def _answer(
        self,
        kind: tuple[Any, ...],
        query: ImageQuery,
        scope: Scope,
        work: Callable[[duckdb.DuckDBPyConnection, answers.View], T],
        newest: int | None = None,
    ) -> T:
        """The answer of `work` on fresh data; the latest ones are remembered until the next event, for the same scope."""
        view = self._view(query, scope)
        with self._lock:
            connection = self._catch_up(newest)
            key = (*kind, view.digest, digest(view.scope.key), self._seq, *view.key)
            if key in self._answers:
                self._answers.move_to_end(key)
                return cast("T", self._answers[key])
            cursor = connection.cursor()
        # A cursor reads what was committed when its statement began: others may ask and write meanwhile.
        with cursor:
            found = work(cursor, view)
        with self._lock:
            self._answers[key] = found
            while len(self._answers) > _REMEMBERED:
                self._answers.popitem(last=False)
        return found

    def _view(self, query: ImageQuery, scope: Scope) -> answers.View:
        narrowed, inside = self._collections.narrow(query, scope)
        return answers.View(narrowed, inside, self._rankings.of(narrowed, inside, scope))

    def _catch_up(self, known: int | None = None) -> duckdb.DuckDBPyConnection:
        """Bring the copy up to the newest event, or to that which is known already; the lock must be held."""
        connection = self._connection or self._open()
        newest = self._newest(known)
        if newest == self._seq:
            return connection
        changed = self._changed(newest)
        if changed is None:
            self._building = True
            try:
                self._build(connection, newest)
            finally:
                self._building = False
        else:
            with transaction(connection):
                for ids in _pieces(sorted(changed), _CHUNK):
                    self._copy(connection, ids)
                self._remember(connection, newest)
        self._seq = newest
        return connection

    def _newest(self, known: int | None) -> int:
        """Number of the newest event; asked for where nobody has, or where the copy was brought further since, or is of another log."""
        return known if known is not None and known >= self._seq else self._events.last_seq()

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
        with transaction(connection):
            connection.execute("DELETE FROM images")
            total = 0
            for rows in _pieces(map(row, self._images.find({}, FIELDS, batch_size=_CHUNK)), _CHUNK):
                if self._closing.is_set():
                    raise Error("database_unavailable", "The library is being closed.")
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
        connection = connect(self.path)
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


def _pieces(items: Iterable[T], size: int) -> Iterator[list[T]]:
    piece: list[T] = []
    for item in items:
        piece.append(item)
        if len(piece) == size:
            yield piece
            piece = []
    if piece:
        yield piece
