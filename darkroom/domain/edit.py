"""What people set on pictures: a change as a value, what it does to a picture, and the change that takes it back."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from darkroom.domain.base import Model
from darkroom.domain.develop import Place
from darkroom.domain.located import Location

Label = Literal["red", "yellow", "green", "blue", "purple"]
"""A colour label."""

LABELS: tuple[Label, ...] = ("red", "yellow", "green", "blue", "purple")
"""Every colour label, in the order in which they are shown."""

MAX_TAG = 120
"""Characters of a tag, with all its levels."""
MAX_TAGS = 250
"""Tags up to which a picture takes more."""
MAX_COLLECTIONS = 500
"""Collections up to which a picture goes into more."""
MAX_LISTED = 1000
"""Tags or collections that one change names at most."""

TEXT_LENGTHS = {"title": 200, "caption": 4000, "creator": 200, "copyright": 300}
"""Texts that people set, and how long each may be."""

MOST_SHIFT = 100 * 366 * 86_400
"""Seconds by which a time is moved at most."""

EDITABLE = (*TEXT_LENGTHS, "rating", "favourite", "label", "tags", "collections", "taken_at", "location", "focus")
"""Fields of a picture that people set."""


def tidy_tag(text: str) -> str:
    """A tag in its one spelling: composed letters, single blanks, none around a level, no control characters.

    Raises:
        ValueError: for a tag without letters, one with a blank level, or one that is too long.
    """
    plain = "".join(" " if one.isspace() else one for one in unicodedata.normalize("NFC", text))
    plain = "".join(one for one in plain if unicodedata.category(one) not in ("Cc", "Cs"))
    levels = [" ".join(level.split()) for level in plain.split("/")]
    if not all(levels):
        raise ValueError("a tag, and each of its levels between `/`, needs at least one letter")
    found = "/".join(levels)
    if len(found) > MAX_TAG:
        raise ValueError(f"a tag has at most {MAX_TAG} characters, this one has {len(found)}")
    return found


def salvaged_tag(text: str) -> str | None:
    """The nearest tag to what a folder or a program calls a picture; None where nothing is left of it."""
    levels = [level for level in text.split("/") if any(unicodedata.category(one)[0] not in "CZ" for one in level)]
    try:
        return tidy_tag("/".join(levels)[:MAX_TAG].rstrip("/ "))
    except ValueError:
        return None


def tag_path(tag: str) -> list[str]:
    """The tag with every level above it, outermost first: `places/oslo` lies in `places`."""
    levels = tag.split("/")
    return ["/".join(levels[: depth + 1]) for depth in range(len(levels))]


def _tidy_text(text: str) -> str:
    """The text without blanks around it and without control characters other than line breaks."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(one for one in lines if one == "\n" or unicodedata.category(one) not in ("Cc", "Cs")).strip()


def _one_line(text: str) -> str:
    return " ".join(_tidy_text(text).split())


def salvaged_text(field: str, text: str) -> str | None:
    """As much of a text as one of the `TEXT_LENGTHS` takes; None where nothing is left of it."""
    plain = _tidy_text(text) if field == "caption" else _one_line(text)
    return plain[: TEXT_LENGTHS[field]].strip() or None


def _moment(moment: datetime) -> datetime:
    """In UTC and to the millisecond, as it is kept; without a zone it is taken as UTC, as the time of a camera is."""
    found = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    if not 1826 <= found.year <= 2200:
        raise ValueError("a picture was taken between 1826 and 2200")
    return found.replace(microsecond=found.microsecond // 1000 * 1000)


def _each_once(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(values)))


TagText = Annotated[str, StringConstraints(max_length=1000), AfterValidator(tidy_tag)]
"""A tag as somebody gives it."""
CollectionId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,80}$")]
"""Id of a collection."""
_Tags = Annotated[tuple[TagText, ...], Field(max_length=MAX_LISTED), AfterValidator(_each_once)]
_Collections = Annotated[tuple[CollectionId, ...], Field(max_length=MAX_LISTED), AfterValidator(_each_once)]


class Edit(Model):
    """What to change on pictures; a field left out stays as it is."""

    title: Annotated[str, AfterValidator(_one_line), Field(max_length=TEXT_LENGTHS["title"])] | None = None
    """A few words above the picture; empty takes it away."""
    caption: Annotated[str, AfterValidator(_tidy_text), Field(max_length=TEXT_LENGTHS["caption"])] | None = None
    """What is to be seen; empty takes it away."""
    creator: Annotated[str, AfterValidator(_one_line), Field(max_length=TEXT_LENGTHS["creator"])] | None = None
    """Who made it; empty takes it away."""
    copyright: Annotated[str, AfterValidator(_one_line), Field(max_length=TEXT_LENGTHS["copyright"])] | None = None
    """Whose it is; empty takes it away."""
    rating: Annotated[int, Field(ge=0, le=5)] | None = None
    """Stars, 1 to 5; 0 takes them away."""
    favourite: bool | None = None
    """Whether it is a favourite."""
    label: Label | Literal["none"] | None = None
    """Colour label; `none` takes it away."""
    taken_at: Annotated[datetime, AfterValidator(_moment)] | Literal["none"] | None = None
    """When it was taken; without an offset taken as UTC, as times of cameras are. `none` takes it away."""
    shift: int | None = Field(None, ge=-MOST_SHIFT, le=MOST_SHIFT)
    """Seconds by which the time is moved, as 3600 where the clock of the camera was an hour slow; pictures without a time stay."""
    location: Location | Literal["none"] | None = None
    """Where it was taken; `none` takes it away."""
    focus: Place | Literal["none"] | None = None
    """What must stay when it is cropped, as shares of width and height: `[0.7, 0.3]`; `none` takes it away."""
    add_tags: _Tags = ()
    """Tags to add; `/` makes levels (`places/oslo`)."""
    remove_tags: _Tags = ()
    """Tags to take away: these very ones, not those below them."""
    set_tags: _Tags | None = None
    """All tags, in place of those that are there."""
    add_to: _Collections = ()
    """Ids of collections to put it in."""
    remove_from: _Collections = ()
    """Ids of collections to take it out of."""

    @model_validator(mode="after")
    def _no_contradiction(self) -> Edit:
        if self.set_tags is not None and (self.add_tags or self.remove_tags):
            raise ValueError("set_tags replaces all tags: give it without add_tags and remove_tags")
        if self.taken_at is not None and self.shift is not None:
            raise ValueError("taken_at sets the time and shift moves it: give one of them")
        for more, less in (("add_tags", "remove_tags"), ("add_to", "remove_from")):
            if both := set(getattr(self, more)) & set(getattr(self, less)):
                raise ValueError(f"{more} and {less} both name {min(both)!r}")
        return self

    @property
    def places(self) -> bool:
        """Whether it puts pictures into collections or takes them out."""
        return bool(self.add_to or self.remove_from)

    @property
    def names(self) -> tuple[str, ...]:
        """The fields of a picture that it may change, in the order of `EDITABLE`."""
        plain = {name for name in EDITABLE if getattr(self, name, None) is not None}
        if self.add_tags or self.remove_tags or self.set_tags is not None:
            plain.add("tags")
        if self.add_to or self.remove_from:
            plain.add("collections")
        if self.shift:
            plain.add("taken_at")
        return tuple(name for name in EDITABLE if name in plain)


@dataclass(frozen=True)
class Change:
    """What an edit does to one picture."""

    values: dict[str, Any]
    """Field of the picture -> its new value, only what differs."""
    inverse: Edit
    """The edit that gives back what was there."""


_NOTHING: dict[str, str | None] = {
    **dict.fromkeys(TEXT_LENGTHS, ""),
    "rating": None,
    "favourite": None,
    "label": "none",
    "taken_at": "none",
    "location": "none",
    "focus": "none",
}
"""What an edit says to take a field's value away."""


def change_of(edit: Edit, present: Mapping[str, Any]) -> Change | None:
    """What `edit` does to a picture whose `EDITABLE` fields are `present`; None when it is all so already."""
    values: dict[str, Any] = {}
    back: dict[str, Any] = {}
    for name, nothing in _NOTHING.items():
        wanted, before = getattr(edit, name), present[name]
        after = None if wanted == nothing else wanted
        if wanted is not None and after != before:
            values[name] = after
            back[name] = nothing if before is None else before
    if edit.shift and present["taken_at"] is not None:
        moved = present["taken_at"] + timedelta(seconds=edit.shift)
        if 1826 <= moved.year <= 2200:
            values["taken_at"], back["taken_at"] = moved, present["taken_at"]
    for name, after, more, less in (
        ("tags", _tags_after(edit, present["tags"]), "add_tags", "remove_tags"),
        ("collections", (set(present["collections"]) | set(edit.add_to)) - set(edit.remove_from), "add_to", "remove_from"),
    ):  # fmt: skip
        if gone_or_new := after ^ set(present[name]):
            values[name] = sorted(after)
            back[more], back[less] = tuple(gone_or_new - after), tuple(gone_or_new & after)
    return Change(values, Edit(**back)) if values else None


def is_as_made(made: Edit, inverse: Edit, present: Mapping[str, Any]) -> bool:
    """Whether everything that `inverse` gives back is still as `made` left it, so that nobody's later change is lost."""
    for name, nothing in _NOTHING.items():
        wanted, back = getattr(made, name), getattr(inverse, name)
        if name == "taken_at" and made.shift and isinstance(back, datetime):
            wanted = back + timedelta(seconds=made.shift)
        if back is not None and present[name] != (None if wanted == nothing else wanted):
            return False
    for name, more, less in (("tags", "add_tags", "remove_tags"), ("collections", "add_to", "remove_from")):
        there = set(present[name])
        if not there.issuperset(getattr(inverse, less)) or not there.isdisjoint(getattr(inverse, more)):
            return False
    return True


def _tags_after(edit: Edit, present: Collection[str]) -> set[str]:
    if edit.set_tags is not None:
        return set(edit.set_tags)
    return (set(present) | set(edit.add_tags)) - set(edit.remove_tags)
