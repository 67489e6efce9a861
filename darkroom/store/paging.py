"""Pages by keyset: a cursor names the last item seen and the query it belongs to."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from darkroom.errors import Error

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some items of a longer list."""

    items: tuple[T, ...]
    """The items, in order."""
    next_cursor: str | None = None
    """Where the next page starts; None on the last page."""


@dataclass(frozen=True)
class Position:
    """The last item seen: its value in the order, and its id."""

    value: Any
    """A JSON value: number, string or None."""
    id: str
    """Breaks ties."""


def digest(*parts: object) -> str:
    """A short name of a query; cursors carry it so that they cannot be used with another query."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def encode_cursor(query: str, position: Position) -> str:
    """A cursor for the page after `position`; safe in an address.

    Args:
        query: digest of the query.
        position: the last item of the page before.
    """
    text = json.dumps([query, position.value, position.id], separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(query: str, cursor: str | None, *, kind: type | tuple[type, ...]) -> Position | None:
    """The position in `cursor`, or None for the first page.

    Args:
        query: digest of the query that the cursor must belong to.
        cursor: as `encode_cursor` made it; None or empty for the first page.
        kind: type that the value in the order must have (None is allowed besides).

    Raises:
        Error: `invalid_cursor` for anything else.
    """
    if not cursor:
        return None
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        found = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        name, value, identity = found
        f"{value}{identity}".encode()  # half of a surrogate pair is JSON, but no text that MongoDB takes
    except (ValueError, TypeError, binascii.Error, RecursionError) as error:
        raise Error("invalid_cursor", "The cursor is not one that Darkroom made.") from error
    if not isinstance(identity, str) or isinstance(value, bool) or not (value is None or isinstance(value, kind)):
        raise Error("invalid_cursor", "The cursor is not one that Darkroom made.")
    if name != query:
        raise Error("invalid_cursor", "The cursor belongs to another query.")
    return Position(value, identity)


def cut(total: int, query: str, limit: int, cursor: str | None) -> tuple[slice, str | None]:
    """The part of a list that never changes which a page shows, and where the next one begins.

    Raises:
        Error: `invalid_cursor`.
    """
    position = decode_cursor(query, cursor, kind=int)
    start = min(max(0, position.value or 0), total) if position is not None else 0
    end = min(total, start + limit)
    return slice(start, end), encode_cursor(query, Position(end, "")) if end < total else None
