"""Reading a collection page by page along an index, never by skipping."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from pymongo.collection import Collection

from darkroom.errors import Error
from darkroom.store.documents import EPOCH, from_millis, to_millis
from darkroom.store.paging import Page, Position, decode_cursor, encode_cursor

T = TypeVar("T")

_SLOWEST_MS = 20_000
_MILLIS = 400_000_000_000_000


@dataclass(frozen=True)
class Order:
    """An order of documents by one field, `_id` breaking ties in the same direction."""

    field: str
    """Name in the document, dots allowed."""
    kind: type
    """`datetime`, `str`, `float` or `int`."""
    descending: bool
    """Largest first."""
    nullable: bool = False
    """Documents without a value come last, in either direction."""

    @property
    def direction(self) -> int:
        """As MongoDB wants it."""
        return -1 if self.descending else 1

    def value_of(self, document: Mapping[str, Any]) -> Any:
        """The value of a document in this order, as cursors carry it."""
        found: Any = document
        for part in self.field.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
        return to_millis(found) if isinstance(found, datetime) else found

    def position(self, query: str, cursor: str | None) -> Position | None:
        """The position in a cursor, its value as MongoDB has it.

        Raises:
            Error: `invalid_cursor`.
        """
        kinds: dict[type, type | tuple[type, ...]] = {datetime: int, float: (int, float)}
        wanted = kinds.get(self.kind, self.kind)
        found = decode_cursor(query, cursor, kind=wanted)
        if found is None:
            return None
        value = found.value
        if (value is None and not self.nullable) or (isinstance(value, int) and not -(2**63) <= value < 2**63):
            raise Error("invalid_cursor", "The cursor is not one that Darkroom made.")
        if self.kind is datetime and value is not None:
            if abs(value) > _MILLIS or not to_millis(_safe(value)) == value:
                raise Error("invalid_cursor", "The cursor is not one that Darkroom made.")
            value = from_millis(value)
        return Position(value, found.id)

    def phases(self, position: Position | None) -> list[dict[str, Any]]:
        """Filters to read one after the other, for what comes after `position`."""
        comparison = "$lt" if self.descending else "$gt"
        if position is None:
            with_value: dict[str, Any] = {self.field: {"$gte": from_millis(_FIRST)}} if self.nullable else {}
            return [with_value, {self.field: None}] if self.nullable else [with_value]
        without_value = {self.field: None}
        if position.value is None:
            return [{self.field: None, "_id": {comparison: position.id}}]
        after = {
            # The first condition bounds the index, the second one cuts at the very item.
            self.field: {comparison + "e": position.value},
            "$or": [{self.field: {comparison: position.value}}, {"_id": {comparison: position.id}}],
        }
        return [after, without_value] if self.nullable else [after]


_FIRST = to_millis(datetime(1, 1, 1, tzinfo=EPOCH.tzinfo))


def _safe(millis: int) -> datetime:
    try:
        return from_millis(millis)
    except OverflowError:
        return EPOCH


def passed(
    collection: Collection[dict[str, Any]], conditions: Sequence[dict[str, Any]], order: Order, *, query: str,
    count: int, cursor: str | None,
) -> str | None:  # fmt: skip
    """The cursor so many items further on, from keys alone; None where nothing is left there.

    Raises:
        Error: `invalid_cursor`.
    """
    return read_page(
        collection, conditions, order, query=query, limit=count, cursor=cursor, decode=lambda one: None,
        projection={order.field: 1},
    ).next_cursor  # fmt: skip


def read_page(
    collection: Collection[dict[str, Any]], conditions: Sequence[dict[str, Any]], order: Order, *, query: str,
    limit: int, cursor: str | None, decode: Callable[[dict[str, Any]], T], projection: dict[str, Any] | None = None,
) -> Page[T]:  # fmt: skip
    """One page.

    Args:
        collection: what to read.
        conditions: filters that must all hold.
        order: along which to read.
        query: digest of the query, for the cursor.
        limit: most items in the page.
        cursor: of the page before, or None.
        decode: makes an item of a document.
        projection: fields to read or to leave out; the order's field must be among them.

    Raises:
        Error: `invalid_cursor`.
    """
    found: list[dict[str, Any]] = []
    for phase in order.phases(order.position(query, cursor)):
        wanted = limit + 1 - len(found)
        if wanted <= 0:
            break
        every = [*conditions, phase] if phase else list(conditions)
        found += (
            collection.find({"$and": every} if every else {}, projection)
            .sort([(order.field, order.direction), ("_id", order.direction)])
            .limit(wanted)
            .max_time_ms(_SLOWEST_MS)
        )
    page = found[:limit]
    following = None
    if len(found) > limit and page:
        following = encode_cursor(query, Position(order.value_of(page[-1]), page[-1]["_id"]))
    return Page(tuple(decode(document) for document in page), following)
