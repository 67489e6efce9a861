"""The query language: what it reads, what it writes, and what it says of mistakes."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom.domain.edit import LABELS
from darkroom.domain.language import QueryError, read, write
from darkroom.domain.language import given as given_text
from darkroom.domain.language.fields import FIELDS, LIKENESS, MAY_LACK, NAMES, RAW
from darkroom.domain.language.nodes import (
    Alike,
    Among,
    Box,
    Flag,
    Has,
    Matches,
    Near,
    Node,
    Not,
    Within,
    Word,
    alike_in,
    all_of,
    any_of,
    denied,
)
from darkroom.domain.query import ImageQuery
from darkroom.domain.words import tokens
from darkroom.imaging.sniff import KINDS

texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Co", "Cn")), min_size=1, max_size=12)
searched = texts.map(lambda text: " ".join(text.split())).filter(
    lambda text: text and text == unicodedata.normalize("NFC", text)
)
whole = st.integers(-(10**12), 10**12)
numbers = whole | st.floats(-1e300, 1e300, allow_nan=False).map(
    lambda one: int(one) if one == int(one) and abs(one) < 2**53 else one
)
dates = st.sampled_from(
    [
        "2024",
        "2024-02",
        "2024-02-29",
        "2024-06-01T12:30",
        "2025-01-01T00:00:01Z",
        "2025-03-01T10:00+02:00",
        "1999-12-31T23:59:59.999Z",
    ]
)


def values(field: str, texts: st.SearchStrategy[str]) -> st.SearchStrategy[Node]:
    return st.builds(
        lambda found, whole: Among(field, tuple(sorted(found)), whole),
        st.sets(texts, min_size=1, max_size=3),
        st.booleans(),
    )


def ranges(field: str, kind: st.SearchStrategy[object]) -> st.SearchStrategy[Node]:
    return st.one_of(
        st.builds(lambda one, open_: Within(field, low=one, above=open_), kind, st.booleans()),
        st.builds(lambda one, open_: Within(field, high=one, below=open_), kind, st.booleans()),
        st.builds(lambda pair: Within(field, *sorted(pair)), st.tuples(kind, kind)),
    )


degrees = st.integers(-90, 90) | st.floats(-90, 90).filter(lambda one: one != int(one))
leaves = st.one_of(
    texts.map(tokens).filter(bool).map(lambda found: Word(found[0])).filter(lambda one: tokens(one.text) == [one.text]),
    st.sampled_from(["or", "and", "not"]).map(Word),
    values("title", searched | st.sampled_from(["/a/", "/", "/a"])),
    values("camera", searched),
    st.sampled_from(["^nikon d[0-9]+$", r"a\/b (c|d)\"", "[ (),]{2,}", r"\\", "ö"]).map(
        lambda one: Matches("camera", one)
    ),
    values("tag", st.sampled_from(["places/oslo", "a b", "x,y", 'say "so"', "-", "or", "back\\slash"])),
    st.sets(st.sampled_from([*LABELS, "none"]), min_size=1).map(lambda found: Among("label", tuple(sorted(found)))),
    ranges("altitude", numbers),
    ranges("rating", st.integers(0, 5)),
    ranges("taken", st.sampled_from(["2023", "2024-06", "2025-01-01T00:00:01Z"])),
    dates.map(lambda date: Within("added", date, date)),
    st.builds(Flag, st.just("favourite"), st.booleans()),
    st.sampled_from(MAY_LACK).map(Has),
    st.builds(Near, degrees, degrees, st.integers(1, 20_000_000)),
    st.builds(
        lambda pair, west, east: Box(min(pair), west, max(pair), east), st.tuples(degrees, degrees), degrees, degrees
    ),
)
expressions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        inner.map(denied), st.lists(inner, min_size=2, max_size=3).map(all_of), st.lists(inner, min_size=2, max_size=3).map(any_of)
    ),
    max_leaves=8,
)  # fmt: skip


@given(expressions)
def test_what_is_written_is_read_as_the_same(node: Node) -> None:
    assert read(write(node)) == node
    assert write(read(write(node))) == write(node)


@given(st.text(max_size=60) | st.text('abc:="()-<>.., ornot/5kmé\\ ', max_size=40))
def test_any_text_is_read_or_refused_with_its_place(text: str) -> None:
    try:
        node = given_text(text)
    except QueryError as error:
        wrong = error
    else:
        assert read(write(node)) == node
        return
    assert 0 <= wrong.position <= len(text)
    assert str(wrong).startswith(f"at character {wrong.position + 1}: ")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('camera:"Nikon Z 7" Rating >= 4', 'camera:"Nikon Z 7" rating>=4'),
        ("TAKEN:2024..2025-06 -tag:ocean", "taken:2024..2025-06 -tag:ocean"),
        ("(format:raw or iso>3200) and width>4000", "(format:raw or iso>3200) width>4000"),
        ("a or b c", "a or b c"),
        ("not (a b)", "-(a b)"),
        ("--a", "a"),
        (
            "size>1.5mb exposure<=1/250s focal:24..70mm aperture:f/2.8",
            "size>1500000 exposure<=0.004 focal:24..70 aperture:2.8",
        ),
        ('"Free  WORDS" Café', "free words cafe"),
        ("label!=red stars:5", "-label:red rating:5"),
        ("gps:near(59.9, 10.7, 500m) in=holidays", "gps:near(59.9,10.7,500m) collection=holidays"),
        ("has:gps,title", "has:gps or has:title"),
        ("added:2026-05-01t12:30z", "added:2026-05-01T12:30Z"),
        ('title:"say \\"so\\"",b', 'title:b,"say \\"so\\""'),
        (
            r'-camera:/^NIKON D[0-9]+$/ (tag:/a b\/c/ or title:"/x")',
            r'-camera:/^NIKON D[0-9]+$/ (tag:/a b\/c/ or title:"/x")',
        ),
        ("title=/x/", 'title="/x/"'),
        ("", ""),
    ],
)
def test_an_expression_has_one_spelling(text: str, written: str) -> None:
    assert write(given_text(text)) == written
    assert ImageQuery(where=text).where == (written or None)


@pytest.mark.parametrize(
    ("text", "position", "words", "suggestion"),
    [
        ("rating>=4 camra:nikon", 10, "no field 'camra'", "camera"),
        ("label:gren", 6, "expected red, yellow", "green"),
        ("rating>7", 7, "from 0 to 5", None),
        ("rating>many", 7, "expected a number", None),
        ("size>3parsec", 6, "expected one of b, kb", None),
        ("a (b or c", 2, "never closed", None),
        ("a) b", 1, "closes nothing", None),
        ('title:"x', 6, "never closed", None),
        ("a or", 4, "expected a word or a condition", None),
        ("or a", 0, "expected a condition before", None),
        ("a - b", 2, "right after -", None),
        ("taken:2024-13", 6, "expected a date", None),
        ("taken:2025..2024", 6, "least value before", None),
        ("gps:near(59.9,10.7)", 4, "near(LATITUDE,LONGITUDE,RADIUS)", None),
        ("gps:near(99,10,5km)", 9, "degrees from -90 to 90", None),
        ("gps:neer(9,10,5km)", 4, "expected near", "near"),
        ("camera>3", 6, "expected : or = or != after camera", None),
        ("has:camra", 4, "expected", "camera"),
        ("favourite:maybe", 10, "yes or no", None),
        ("exposure:1/0", 11, "above 0", None),
        ("a camera:/nikon", 9, "never closed by /", None),
        ("camera://", 8, "expected a pattern between", None),
        ("camera:/(nikon/", 8, "parenthesis is never closed", None),
        ("camera:/nikon) b/", 13, "closes nothing", None),
        ("camera:/a/,/b/", 10, "parted by |", None),
        ("camera:/a**/", 10, "repeated already", None),
        ("camera:/a|*b/", 10, "nothing before it", None),
        ("camera:/^*/", 9, "nothing before it", None),
        ("camera:/x{3,2}/", 9, "smaller number first", None),
        ("camera:/x{a}/", 9, "expected {3}", None),
        ("camera:/[z-a]/", 9, "the smaller one first", None),
        ("camera:/[a-c-e]/", 12, "write \\- for", None),
        ("camera:/[abc/", 8, "bracket is never closed", None),
        ("camera:/[]a]/", 8, "between the brackets", None),
        ("camera:/[[:alpha:]]/", 9, "write \\[ for", None),
        ("camera:/a(?=b)/", 9, "cannot look ahead", None),
        ("camera:/(?<!b)c/", 8, "cannot look behind", None),
        ("camera:/(?i)c/", 8, "do not count anyway", None),
        ("camera:/(a)\\1/", 11, "cannot refer to a group", None),
        ("camera:/\\q/", 8, "write q for", None),
        ("camera:/\\p{Greek}/", 8, "expected \\p{L}", None),
        ("camera:/((a{100}){100})/", 9, "more than 1000 steps", None),
        ("camera:/" + "a" * 301 + "/", 308, "more than 300 characters", None),
        ("camera:/" + "(" * 21 + "a" + ")" * 21 + "/", 28, "20 groups", None),
        ("name:/a/ " * 11, 95, "more than 10 patterns", None),
        ("rating:/4/", 7, "expected a number", None),
        ("!?", 0, "a letter or a digit", None),
        ("(" * 21 + "a" + ")" * 21, 20, "inside one another", None),
        ("like:" + "a" * 301, 5, "more than 300 characters", None),
        ("similar:12", 8, "64 hexadecimal digits", None),
        ("like>red", 4, "expected : after like", None),
        ("like:a " * 5, 33, "more than 4 conditions of likeness", None),
        ("a " * 101, 200, "more than 100 conditions", None),
        ("a" * 2001, 2000, "more than 2000 characters", None),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(text: str, position: int, words: str, suggestion: str | None) -> None:
    with pytest.raises(QueryError) as caught:
        given_text(text)
    assert (caught.value.position, caught.value.suggestion) == (position, suggestion)
    assert words in str(caught.value)


def test_every_example_of_the_table_is_understood() -> None:
    for field in (*FIELDS.values(), *LIKENESS):
        assert isinstance(given_text(field.example), object)
        assert field.name in field.example
    assert len(NAMES) == 3 + sum(1 + len(one.aliases) for one in FIELDS.values())
    assert set(RAW) == {name for name, one in KINDS.items() if one.decoder == "raw"}


def test_likeness_has_one_spelling_and_no_limit_where_the_expression_is_our_own() -> None:
    node = given_text('-like:"  Red   Shoe" or similar:' + "AB" * 32)
    assert write(node) == '-like:"red shoe" or similar:' + "ab" * 32
    assert read(write(node)) == node
    assert alike_in(node) == {Alike("like", "red shoe"), Alike("similar", "ab" * 32)}
    assert len(alike_in(read(" ".join(f"like:a{n}" for n in range(9))))) == 9


def test_filters_can_be_said_in_the_language() -> None:
    query = ImageQuery(
        q="Café oslo", tag=("a/b",), type=("JPEG",), camera=("Aperta One",), rating_min=4, favourite=False, label=("none",),
        taken_from="2026-05-01T00:00:00Z", taken_to="2026-05-02T00:00:00Z", where="a or b", collection="x",
    )  # fmt: skip
    assert write(query.expression) == (
        '(a or b) cafe oslo tag:a/b format:jpeg label:none camera="Aperta One" collection:x favourite:no rating>=4 '
        "taken:2026-05-01T00:00:00.000Z..2026-05-02T00:00:00.000Z"
    )
    assert isinstance(denied(Word("a")), Not)
