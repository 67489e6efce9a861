"""Embeddings as they are asked for and shown."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from darkroom.domain.base import Model


class EmbeddingGiven(Model):
    """What pictures are to be embedded by."""

    model: str = Field(min_length=1, max_length=120)
    """A classifier of the registry: `name`, which is its champion, `name@champion` or `name@3`."""


class EmbeddingView(Model):
    """Rows that a version of a model made of pictures."""

    model: str
    """The version, `name@number`."""
    dims: int
    """Numbers of a row."""
    pictures: int
    """Pictures that have one."""
    of: int
    """Pictures that there are."""
    bytes: int
    """Size of all parts."""
    updated_at: datetime
    """When the last one was made."""


class EmbeddingList(Model):
    """All sets of embeddings whose models one may use."""

    items: tuple[EmbeddingView, ...]
    """The one that was added to last first: it is what pictures are compared by."""
