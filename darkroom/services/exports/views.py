"""What people ask of exports, and what they are told before."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from darkroom.domain.base import Model
from darkroom.domain.selection import Selection
from darkroom.services.recipes.views import RecipeGiven

ExportFiles = Literal["originals", "previews", "results"]
"""Which file of each picture: its own bytes, the large preview, or what a recipe made of it."""


class ExportGiven(Model):
    """Pictures to take along in one file."""

    selection: Selection
    """Which."""
    files: ExportFiles = "originals"
    """Which file of each; `results` are those of the recipe in `of`, as far as they are there."""
    of: RecipeGiven | None = None
    """The recipe whose results are meant."""
    sidecars: bool = False
    """What people say of each picture as an XMP sidecar beside it."""

    @model_validator(mode="after")
    def _of_a_recipe(self) -> ExportGiven:
        if (self.files == "results") != (self.of is not None):
            raise ValueError("`of` goes with the files `results`, and these with it")
        return self


class ExportPreview(Model):
    """What an export would hold."""

    count: int = Field(ge=0)
    """Pictures meant."""
    files: int = Field(ge=0)
    """Those of which there is a file."""
    lacking: int = Field(ge=0)
    """Those of which the recipe has no result yet: they would be left out."""
    bytes: int | None = Field(ge=0)
    """Size of the files; null where it is not known before."""
    room: int = Field(ge=0)
    """Bytes that there is room for."""
