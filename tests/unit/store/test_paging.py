"""Cursors and orders, without a database."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom.domain.query import ImageQuery
from darkroom.errors import Error
from darkroom.store.image_queries import order, query_digest
from darkroom.store.paging import Position, decode_cursor, digest, encode_cursor

values = st.one_of(st.integers(-(2**62), 2**62), st.text(max_size=50), st.floats(0, 1), st.none())


@given(value=values, identity=st.text(max_size=70))
def test_a_cursor_carries_its_position(value: object, identity: str) -> None:
    cursor = encode_cursor("q", Position(value, identity))
    assert cursor.isascii()
    assert not set(cursor) & set("+/= &?#")
    assert decode_cursor("q", cursor, kind=(int, str, float)) == Position(value, identity)


@given(cursor=st.text(min_size=1, max_size=200))
def test_anything_else_is_refused(cursor: str) -> None:
    with pytest.raises(Error) as caught:
        decode_cursor("q", cursor, kind=int)
    assert caught.value.code == "invalid_cursor"


@pytest.mark.parametrize(
    ("query", "value", "identity", "kind"),
    [("other", 1, "x", int), ("q", "1", "x", int), ("q", True, "x", int), ("q", 1, 5, int), ("q", [1], "x", int)],
)
def test_cursors_of_another_query_or_kind_are_refused(query: str, value: object, identity: object, kind: type) -> None:
    cursor = encode_cursor(query, Position(value, identity))
    with pytest.raises(Error) as caught:
        decode_cursor("q", cursor, kind=kind)
    assert caught.value.code == "invalid_cursor"


def test_no_cursor_is_the_start() -> None:
    assert (decode_cursor("q", None, kind=int), decode_cursor("q", "", kind=int)) == (None, None)


@pytest.mark.parametrize("value", [2**70, -(2**70), 1.5, "x", 10**18, -(10**17)])
def test_a_forged_moment_is_refused(value: object) -> None:
    query = ImageQuery()
    cursor = encode_cursor(query_digest(query), Position(value, "x"))
    with pytest.raises(Error) as caught:
        order(query).position(query_digest(query), cursor)
    assert caught.value.code == "invalid_cursor"


def test_a_moment_comes_back_as_mongodb_has_it() -> None:
    moment = datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)
    along = order(ImageQuery())
    cursor = encode_cursor("q", Position(along.value_of({"ingested_at": moment}), "x"))
    assert along.position("q", cursor) == Position(moment, "x")


def test_null_is_a_position_only_where_the_order_has_nulls() -> None:
    cursor = encode_cursor("q", Position(None, "x"))
    assert order(ImageQuery(sort="taken_at")).position("q", cursor) == Position(None, "x")
    with pytest.raises(Error):
        order(ImageQuery(sort="bytes")).position("q", cursor)


def test_the_same_view_has_one_digest() -> None:
    one = ImageQuery(tag=("a", "b"), type=("JPEG",), q=" Café  x ")
    other = ImageQuery(tag=("b", "a", "a"), type=("jpeg",), q="x cafe")
    assert query_digest(one) == query_digest(other)
    assert len({query_digest(one), query_digest(ImageQuery()), query_digest(ImageQuery(sort="name"))}) == 3
    assert digest("a", "b") != digest("ab")
