"""Patterns of the query language: RE2 reads what is let through, and none can keep it busy."""

from __future__ import annotations

import time

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from darkroom.domain.language import QueryError
from darkroom.domain.language.nodes import Matches
from darkroom.domain.language.patterns import pattern_of
from darkroom.store.migrations.m0041_slashes import quoted
from darkroom.store.patterns import matched, re2

PARTS = (
    "a", "B", "é", "\u017f", "(", "(?:", ")", "[", "]", "[^", "-", "a-z", "|", "*", "+", "?", "{2}", "{2,}", "{1,3}", "{", "}", "{0}",
    "{1000}", "^", "$", r"\b", r"\d", r"\w", r"\W", r"\.", r"\/", r"\n", r"\p{L}", r"\P{N}", ".", ",", "&&", "~", "#", " ",
    r"\-", r"\]", r"\[", r"\\", "[a-ÿ]",
)  # fmt: skip


@pytest.fixture(scope="module")
def engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@settings(max_examples=1500, deadline=None)
@example(r"\p{L}{49}")
@example(r"[^\p{L}\p{N}]{24}")
@example("[^a-яё]{500}")
@example("(?:.?b?x?){330}")
@given(st.lists(st.sampled_from(PARTS), max_size=12).map("".join) | st.text("ab()[]{}*+?|^$\\.-pwd1,:", max_size=12))
def test_re2_reads_every_pattern_that_is_let_through(engine: duckdb.DuckDBPyConnection, text: str) -> None:
    try:
        pattern = pattern_of(text, 0)
    except QueryError as error:
        wrong = error
    else:
        engine.execute("SELECT regexp_matches('abc', ?)", [re2(pattern)]).fetchone()
        return
    assert 0 <= wrong.position <= len(text)


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "^(a|aa)*$", "(a|a?)+c", "(.*,){20}x", "(a*)*b$", "^(?:(?:a?){15}){15}c"]
)
def test_no_pattern_runs_away_on_a_long_text(pattern: str) -> None:
    asked = Matches("title", pattern_of(pattern, 0))
    matched([{"_id": "warm", "title": "up"}], [asked])
    begun = time.perf_counter()
    assert matched([{"_id": "long", "title": "a" * 100_000 + "!"}], [asked])[asked] == []
    assert time.perf_counter() - begun < 0.5


def test_every_tag_and_every_level_of_a_document_is_looked_at() -> None:
    documents = [
        {"_id": "1", "capture": {"camera": "Nikon D850"}, "tags": ["sea", "places/oslo"]},
        {"_id": "2", "capture": {"camera": None}, "tags": ["places"]},
        {"_id": "3", "capture": {}, "tags": []},
    ]
    camera, place = Matches("camera", "^NIKON D[0-9]+$"), Matches("tag", r"^places\/")
    assert matched(documents, [camera, place]) == {camera: ["1"], place: ["1"]}


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("title:/b rating>=4", 'title:"/b" rating>=4'),
        ('caption:a,/b/ or title:"x:/y" (name:/a)', 'caption:a,"/b/" or title:"x:/y" (name:"/a")'),
        ("tag:a/b exposure<=1/250", "tag:a/b exposure<=1/250"),
    ],
)
def test_expressions_of_before_keep_their_sense(before: str, now: str) -> None:
    assert quoted(before) == now
    assert quoted(now) == now
