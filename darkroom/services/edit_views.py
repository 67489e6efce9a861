"""What programs send to change pictures and tags, and what they are told of it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from darkroom.domain.base import Model
from darkroom.domain.edit import TEXT_LENGTHS, Edit, TagText

_NULLS: dict[str, Any] = {
    **dict.fromkeys(TEXT_LENGTHS, ""), "rating": 0, "favourite": False, "label": "none", "set_tags": (), "taken_at": "none", "location": "none", "focus": "none",
}  # fmt: skip
"""What an edit says for what JSON says with null."""


class ImageChange(Edit):
    """What to change on a picture; a field left out stays, null takes its value away."""

    @model_validator(mode="before")
    @classmethod
    def _null_takes_away(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {name: _NULLS.get(name, one) if one is None else one for name, one in given.items()}

    @model_serializer(mode="wrap")
    def _without_what_stays(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: one for name, one in write(self).items() if one is not None}


class EditedMany(Model):
    """What became of pictures that were changed together."""

    edited: int = Field(ge=0)
    """Pictures that changed."""
    unchanged: int = Field(ge=0)
    """Pictures that were so already."""
    unknown: tuple[str, ...] = ()
    """Ids that are not in the library."""
    crowded: tuple[str, ...] = ()
    """Ids of pictures that have too many tags or collections for more; they stay as they are."""


class TagNode(Model):
    """A tag with those below it."""

    tag: str
    """The whole tag, as filters take it: `places/oslo`."""
    name: str
    """Its last level: `oslo`."""
    count: int = Field(ge=0)
    """Pictures that have it, or one below it."""
    colour: str | None
    """How it is shown, `#rrggbb`."""
    children: tuple[TagNode, ...] = ()
    """Tags one level below, by name."""


class TagTree(Model):
    """All tags of the library."""

    items: tuple[TagNode, ...]
    """The outermost level, by name."""


class TagRename(Model):
    """A tag to rename, with all tags below it."""

    tag: TagText
    """What it is called now."""
    to: TagText
    """What it is to be called; other levels move it to another place."""
    merge: bool = False
    """Whether it may become one with a tag of that name that is there already."""
    dry_run: bool = False
    """Only say how many pictures would change."""


class TagRemoval(Model):
    """A tag to take off all pictures, with all tags below it."""

    tag: TagText
    """Which."""
    dry_run: bool = False
    """Only say how many pictures would change."""


class TagColour(Model):
    """A colour for a tag."""

    tag: TagText
    """Which."""
    colour: Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")] | None
    """`#rrggbb`; null for none."""


class TagsChanged(Model):
    """What would become of a tag."""

    tag: str
    """Which."""
    to: str | None = None
    """What it would be called; null when it would be gone."""
    images: int = Field(ge=0)
    """Pictures that would change."""
    dry_run: bool = True
    """Nothing was changed."""
