"""Tags and collections: the shape only; pages to edit them come later."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from darkroom.domain.base import Document


class Tag(Document):
    """A word on pictures; its id is the word, `/` makes levels (`places/oslo`)."""

    id: str = Field(min_length=1, max_length=120)
    colour: str | None = Field(None, pattern=r"^#[0-9a-f]{6}$")
    """How it is shown."""
    created_at: datetime
    """When it was first used."""


class Collection(Document):
    """A named set of pictures: chosen by hand, or a live query."""

    name: str = Field(min_length=1, max_length=120)
    """Words for a person; unique."""
    query: str | None = None
    """The query of a smart collection, as in the gallery's address."""
    images: tuple[str, ...] = ()
    """Members chosen by hand."""
    created_at: datetime
    """When."""
