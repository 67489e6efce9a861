"""What programs send to do something with many pictures, and what they are told before."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from darkroom.domain.base import Model
from darkroom.domain.selection import Selection
from darkroom.services.edit_views import ImageChange
from darkroom.services.gallery_views import ImageSummary
from darkroom.services.recipes.views import RecipeGiven


class EditAction(Model):
    """Change what people set on pictures; it can be undone."""

    type: Literal["edit"]
    """`edit`."""
    edit: ImageChange
    """What to change; a field left out stays, null takes its value away."""


class RecipeAction(RecipeGiven):
    """Run a recipe: an order for renditions, as `POST /renditions` makes it."""

    type: Literal["recipe"]
    """`recipe`."""


class TrashAction(Model):
    """Put pictures into the trash; it can be undone."""

    type: Literal["trash"]
    """`trash`."""


class KeepBestAction(Model):
    """Put pictures into the trash that have a better near duplicate in the selection; it can be undone.

    The best is the one that people rated best or made a favourite, then the one of the best quality, and of much the same quality the largest.
    """

    type: Literal["keep_best"]
    """`keep_best`."""


class RestoreAction(Model):
    """Bring pictures back from the trash: those named by id, for a query finds nothing there; it can be undone."""

    type: Literal["restore"]
    """`restore`."""


BulkAction = Annotated[
    EditAction | TrashAction | KeepBestAction | RestoreAction | RecipeAction, Field(discriminator="type")
]
"""Something to do with each of many pictures."""


class BulkGiven(Model):
    """Something to do with many pictures."""

    selection: Selection
    """Which."""
    action: BulkAction
    """What."""
    dry_run: bool = False
    """Only tell what would be done."""
    expected: int | None = Field(None, ge=0)
    """The `count` that a dry run told: where it is another one by now, nothing is done (409)."""

    @model_validator(mode="after")
    def _restored_by_id(self) -> BulkGiven:
        if isinstance(self.action, RestoreAction) and self.selection.ids is None:
            raise ValueError("restore takes ids: a query finds nothing in the trash")
        return self


FieldValue = str | int | bool | tuple[str, ...] | None
"""What a field that people set may hold: null where there is nothing."""


class PictureChange(Model):
    """What an edit would do to one picture."""

    image: str
    """Its id."""
    before: dict[str, FieldValue]
    """Field -> what it has now, of those that would change."""
    after: dict[str, FieldValue]
    """Field -> what it would have."""


class BulkPreview(Model):
    """What would be done."""

    count: int = Field(ge=0)
    """Pictures meant."""
    changing: int | None = Field(ge=0)
    """How many of them would really change; null where finding out takes too long."""
    unknown: int = Field(ge=0)
    """Ids given that are not in the library."""
    examples: tuple[ImageSummary, ...]
    """The first twenty of them."""
    changes: tuple[PictureChange, ...] = ()
    """What an edit would do to those of the examples that would change."""
    undoable: bool
    """Whether it can be undone."""
    warnings: tuple[str, ...]
    """What to think of before, in words."""


class ValueCount(Model):
    """How many pictures have a value."""

    value: str | int | bool | None
    """The value; null where there is none."""
    count: int = Field(ge=1)
    """Pictures."""


class FieldSpread(Model):
    """What the pictures of a selection have in one field."""

    distinct: int = Field(ge=0)
    """How many values there are, none at all counted as one; for tags and collections how many of them."""
    values: tuple[ValueCount, ...]
    """The values that most pictures have, most first: up to 8, up to 100 tags and collections."""


class ValueSpread(Model):
    """What the pictures of a selection have in the fields that people set: where there is one value, and where several."""

    count: int = Field(ge=0)
    """Pictures."""
    fields: dict[str, FieldSpread]
    """Field -> its values."""
