"""What is asked and shown of collections."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from darkroom.domain.base import SHA256_PATTERN, Model
from darkroom.domain.edit import CollectionId
from darkroom.domain.organise import Collection, Kind, Look
from darkroom.domain.query import ImageQuery

MOST_AT_ONCE = 1000
"""Pictures that one request puts in or takes out."""


def _plain(value: str) -> str:
    if not value.isprintable():
        raise ValueError("only visible characters")
    return value


CollectionName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120), AfterValidator(_plain)
]
"""Name of a collection."""
_Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
_ImageId = Annotated[str, StringConstraints(pattern=SHA256_PATTERN)]
_ImageIds = Annotated[tuple[_ImageId, ...], Field(max_length=MOST_AT_ONCE)]


class NewCollection(Model):
    """A collection to make."""

    name: CollectionName
    """Words for a person; unique within its parent."""
    parent: CollectionId | None = None
    """Id of the collection that it lies in; at the top without one."""
    description: _Description = ""
    """What it is for."""
    query: ImageQuery | None = None
    """With a query it is smart: it shows what fits, whenever somebody looks."""
    look: Look | None = None
    """How it is shown to whoever opens it."""


class CollectionChange(Model):
    """What to change of a collection; what is not given stays."""

    name: CollectionName | None = None
    """Words for a person."""
    parent: CollectionId | None = None
    """Id of the collection that it shall lie in; null moves it to the top."""
    description: _Description | None = None
    """What it is for."""
    query: ImageQuery | None = None
    """Another query for a smart one."""
    look: Look | None = None
    """How it is shown to whoever opens it; null for however they look at pictures."""
    cover: _ImageId | None = None
    """The picture that stands for it, which must be in it; null for its newest one."""


class MembersGiven(Model):
    """Pictures to put into a collection, and to take out of it."""

    add: _ImageIds = ()
    """Ids of pictures to put in."""
    remove: _ImageIds = ()
    """Ids of pictures to take out."""

    @model_validator(mode="after")
    def _something(self) -> MembersGiven:
        if not self.add and not self.remove:
            raise ValueError("name pictures to add or to remove")
        if both := set(self.add) & set(self.remove):
            raise ValueError(f"add and remove both name {min(both)}")
        return self


class MembersChanged(Model):
    """What became of pictures that were put in or taken out."""

    added: int = Field(ge=0)
    """Pictures that were not in it before."""
    removed: int = Field(ge=0)
    """Pictures that were in it before."""
    unchanged: int = Field(ge=0)
    """Pictures with which it was so already."""


class CollectionView(Model):
    """A collection."""

    id: str
    """Short name, of which the place is made: `collection:<id>`."""
    name: str
    """Words for a person."""
    description: str
    """What it is for."""
    parent: str | None
    """Id of the collection that it lies in, where one may see that."""
    kind: Kind
    """`manual` holds what was put in, `smart` shows what fits its query."""
    query: ImageQuery | None
    """Of a smart one: what it shows."""
    look: Look | None = None
    """How it is shown to whoever opens it; null for however they look at pictures."""
    cover: str | None
    """Id of the picture that stands for it: the one chosen, or the newest one that one may see."""
    images: int = Field(ge=0)
    """Pictures in it and in all below it, of those that one may see."""
    owner: str
    """Id of who made it; that gives no rights."""
    created_at: datetime
    """When."""
    changed_at: datetime
    """When it was last changed, apart from what is in it."""
    revision: int = Field(ge=0)
    """What its `ETag` is made of."""
    may_change: bool
    """Whether whoever asks may change it and what is in it."""

    @classmethod
    def of(
        cls, one: Collection, *, parent: str | None, images: int, cover: str | None, may_change: bool
    ) -> CollectionView:
        """The view of a collection."""
        return cls(
            id=one.id, name=one.name, description=one.description, parent=parent, kind=one.kind, query=one.view, look=one.look,
            cover=cover, images=images, owner=one.owner, created_at=one.created_at, changed_at=one.changed_at,
            revision=one.revision, may_change=may_change,
        )  # fmt: skip


class CollectionList(Model):
    """Collections, by name; `parent` makes the tree."""

    items: tuple[CollectionView, ...]
    """The collections that one may see."""
