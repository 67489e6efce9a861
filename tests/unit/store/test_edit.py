"""Edits as values: their spelling, what they do to a picture, and their inverse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from darkroom.domain.edit import EDITABLE, LABELS, MAX_TAG, Edit, change_of, salvaged_tag, tag_path, tidy_tag
from darkroom.domain.located import Location

TAGS = ("a", "a/b", "places/oslo", "sea", "x y")
IDS = ("c-1", "c-2", "c-3")
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
OSLO = Location(latitude=59.91, longitude=10.75)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (" Oslo ", "Oslo"),
        ("places / oslo", "places/oslo"),
        ("two\n  words\t", "two words"),
        ("cafe\u0301", "café"),
        ("\x07bell", "bell"),
        ("x" * MAX_TAG, "x" * MAX_TAG),
    ],
)
def test_a_tag_has_one_spelling(text: str, wanted: str) -> None:
    assert tidy_tag(text) == wanted == tidy_tag(wanted)


@pytest.mark.parametrize("text", ["", "  ", "/", "a//b", "/a", "a/", "a/ /b", "\x07", "x" * (MAX_TAG + 1)])
def test_what_is_no_tag_is_refused_with_words(text: str) -> None:
    with pytest.raises(ValidationError, match="tag"):
        Edit(add_tags=(text,))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("My  Photos", "My Photos"), ("a//b", "a/b"), ("/a/", "a"), ("\x01", None), (" / ", None), ("x" * 300, "x" * 120),
        ("a/" * 100, "/".join("a" * 60)), ("\u200b", None),
    ],
)  # fmt: skip
def test_whatever_a_folder_is_called_becomes_the_nearest_tag(text: str, wanted: str | None) -> None:
    assert salvaged_tag(text) == wanted
    assert wanted is None or Edit(remove_tags=(wanted,)).remove_tags == (wanted,)


@given(st.text(max_size=200))
def test_a_salvaged_tag_is_one_that_people_can_give(text: str) -> None:
    found = salvaged_tag(text)
    assert found is None or tidy_tag(found) == found


def test_a_tag_lies_in_every_level_above_it() -> None:
    assert tag_path("places/norway/oslo") == ["places", "places/norway", "places/norway/oslo"]


@pytest.mark.parametrize(
    "values",
    [
        {"rating": 6}, {"rating": -1}, {"label": "pink"}, {"title": "x" * 201}, {"caption": "x" * 4001},
        {"set_tags": ("a",), "add_tags": ("b",)}, {"add_tags": ("a",), "remove_tags": (" a",)},
        {"add_to": ("c",), "remove_from": ("c",)}, {"add_to": ("no such/id",)}, {"name": "other.jpg"},
    ],
)  # fmt: skip
def test_contradictions_and_what_nobody_sets_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Edit(**values)


def test_texts_are_tidied() -> None:
    edit = Edit(title="  Two\nwords\x00 ", caption=" One.\r\n\tTwo. ", set_tags=("b", "a", "b "))
    assert (edit.title, edit.caption, edit.set_tags) == ("Two words", "One.\nTwo.", ("a", "b"))
    assert edit.names == ("title", "caption", "tags")
    assert Edit().names == ()


texts = st.one_of(st.none(), st.sampled_from(["", "Quay", "none"]))
edits = st.builds(
    lambda tags, collections, when, **rest: Edit(**tags, **collections, **when, **rest),
    title=texts, caption=texts, creator=texts, copyright=texts,
    rating=st.one_of(st.none(), st.integers(0, 5)), favourite=st.one_of(st.none(), st.booleans()),
    label=st.sampled_from([None, "none", *LABELS]),
    tags=st.one_of(
        st.lists(st.sampled_from(TAGS)).map(lambda tags: {"set_tags": tuple(tags)}),
        st.permutations(TAGS).map(lambda tags: {"add_tags": tuple(tags[:2]), "remove_tags": tuple(tags[2:4])}),
        st.just({}),
    ),
    collections=st.permutations(IDS).map(lambda ids: {"add_to": (ids[0],), "remove_from": (ids[1],)}) | st.just({}),
    when=st.sampled_from([{}, {"shift": 3600}, {"taken_at": "none"}, {"taken_at": NOON}]),
    location=st.sampled_from([None, "none", OSLO]), focus=st.sampled_from([None, "none", (0.7, 0.3)]),
)  # fmt: skip
stored = st.sampled_from([None, "Quay", "none", "Old"])
pictures = st.fixed_dictionaries(
    {
        "title": stored, "caption": stored, "creator": stored, "copyright": stored, "rating": st.integers(0, 5),
        "favourite": st.booleans(), "label": st.sampled_from([None, *LABELS]),
        "tags": st.sets(st.sampled_from(TAGS)).map(sorted), "collections": st.sets(st.sampled_from(IDS)).map(sorted),
        "taken_at": st.sampled_from([None, NOON, NOON - timedelta(days=9)]), "location": st.sampled_from([None, OSLO]), "focus": st.sampled_from([None, (0.7, 0.3), (0.1, 0.2)]),
    }
)  # fmt: skip


@given(picture=pictures, edit=edits)
def test_the_inverse_gives_back_what_was_there(picture: dict[str, Any], edit: Edit) -> None:
    change = change_of(edit, picture)
    if change is None:
        assert all(_has(picture, edit, name) for name in edit.names)
        return
    assert set(change.values) <= set(edit.names) <= set(EDITABLE)
    after = picture | change.values
    assert all(_has(after, edit, name) for name in edit.names)
    again = change_of(edit, after)  # a time that is moved moves each time
    assert again is None or (edit.shift and set(again.values) == {"taken_at"})
    back = change_of(Edit.model_validate_json(change.inverse.model_dump_json()), after)
    assert back is not None
    assert after | back.values == picture


def _has(picture: dict[str, Any], edit: Edit, name: str) -> bool:
    """Whether a picture has what an edit asks for, said the plain way."""
    if name == "tags":
        wanted = set(edit.add_tags if edit.set_tags is None else edit.set_tags)
        return wanted <= set(picture["tags"]) and not set(edit.remove_tags) & set(picture["tags"])
    if name == "collections":
        return set(edit.add_to) <= set(picture["collections"]) and not set(edit.remove_from) & set(
            picture["collections"]
        )
    if name == "taken_at" and edit.shift:
        return True
    wanted, none = getattr(edit, name), ("label", "taken_at", "location", "focus")
    return picture[name] == (None if wanted == "" or (name in none and wanted == "none") else wanted)
