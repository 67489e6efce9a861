"""Tags and collections."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator

from darkroom.domain.base import Document, Model
from darkroom.domain.edit import CollectionId
from darkroom.domain.query import ImageQuery


class Tag(Document):
    """A word on pictures; its id is the word, `/` makes levels (`places/oslo`)."""

    id: str = Field(min_length=1, max_length=120)
    colour: str | None = Field(None, pattern=r"^#[0-9a-f]{6}$")
    """How it is shown."""
    created_at: datetime
    """When it was first used."""


Kind = Literal["manual", "smart"]
"""`manual` holds what was put in; `smart` shows what fits a query, whenever it is looked at."""

MAX_DEPTH = 8
"""Collections inside one another at most."""
MAX_IN_ALL = 5000
"""Collections of a library at most: every process knows all of them."""


def name_key(name: str) -> str:
    """A name as it is compared within its parent: case and composition of letters do not count."""
    return unicodedata.normalize("NFC", name).casefold()


def slug(name: str) -> str:
    """What an id can be made of: letters without accents, digits and single dashes; empty where nothing is left."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")


ListColumn = Annotated[
    str,
    StringConstraints(
        pattern=r"^(name|title|rating|label|taken|added|camera|size|file|format|quality|problems|tags)(\.[1-9][0-9]{1,2})?$"
    ),
]
"""A column of lines, and behind a dot how many pixels wide it is, where that was said."""


class Look(Model):
    """How a view is shown, as the address of the gallery says it."""

    layout: Literal["grid", "rows", "list"] = "grid"
    """Tiles of one shape, rows that keep their shapes, or lines."""
    size: int = Field(200, ge=96, le=400)
    """Pixels that a picture is wide, or tall in rows."""
    fit: bool = False
    """Whether tiles show whole pictures."""
    group: Literal["day", "tag", "batch", "stack"] | None = None
    """What divides the view."""
    columns: Annotated[tuple[ListColumn, ...], Field(max_length=20)] = ()
    """Of lines: what they tell, in order; the usual when there is none."""

    @field_validator("columns")
    @classmethod
    def _once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        names = [one.partition(".")[0] for one in value]
        if len(set(names)) < len(names):
            raise ValueError("each column once")
        return value


class Collection(Document):
    """A named set of pictures, and a place in which roles and rules hold. Who is in a manual one stands in the pictures."""

    id: CollectionId
    """Short name, of which the domain is made: `collection:<id>`. It never changes."""
    name: str = Field(min_length=1, max_length=120)
    """Words for a person; unique within its parent."""
    name_key: str
    """The name as it is compared."""
    parent: str | None = None
    """The manual collection that it lies in."""
    ancestors: tuple[str, ...] = ()
    """All that it lies in, its parent last."""
    description: str = Field("", max_length=2000)
    """What it is for."""
    kind: Kind
    """Whether it is filled by hand."""
    query: str | None = None
    """Of a smart one: the query as JSON, so that a query that can ask more later reads it still."""
    look: Look | None = None
    """How it is shown to whoever opens it; none for however they look at pictures."""
    cover: str | None = None
    """The picture that stands for it; none for its newest one."""
    owner: str
    """Id of who made it; that gives no rights."""
    created_at: datetime
    """When."""
    changed_at: datetime
    """When what stands here last changed."""

    @property
    def view(self) -> ImageQuery | None:
        """What a smart one shows."""
        return None if self.query is None else ImageQuery.model_validate_json(self.query, extra="ignore")
