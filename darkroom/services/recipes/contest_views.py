"""What people see of contests of presets, and what they ask with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field, model_validator

from darkroom.domain.base import Model
from darkroom.domain.preset_contest import MOST_PICTURES, Picked, Side
from darkroom.domain.recipe import PresetName
from darkroom.domain.selection import ImageId, Selection


class NewContest(Model):
    """What is to take the place of the newest version of a preset, and the pictures that are to show whether it should."""

    preset: PresetName
    """Name of a preset of the library; its newest version is what is there."""
    version: int | None = Field(None, ge=1)
    """An earlier version that is to come back."""
    recipe: dict[str, Any] | str | None = None
    """A recipe that is saved nowhere yet, as an object or as YAML."""
    selection: Selection
    """Pictures of which some are judged: those that differ as much as all of them do."""
    count: int = Field(9, ge=1, le=MOST_PICTURES - 6)
    """How many; the darkest, the brightest and other ends come on top."""

    @model_validator(mode="after")
    def _one_of_two(self) -> NewContest:
        if (self.version is None) == (self.recipe is None):
            raise ValueError("give either version or recipe")
        return self


class ChoiceGiven(Model):
    """What one preferred of a picture."""

    image: ImageId
    """The picture."""
    picked: Picked
    """`a`, `b`, or `same` for neither; a second choice takes the place of the first."""


class ContestPicture(Model):
    """A picture of a contest, as it is shown to whoever asks."""

    id: str
    """The picture."""
    name: str
    """Its name."""
    left: Side
    """What stands at the left, or first: by chance, and for each person the same every time."""
    mine: Picked | None
    """What one preferred; null before that."""


class ContestTally(Model):
    """What everybody preferred so far."""

    a: int = Field(ge=0)
    """Choices for what is there."""
    b: int = Field(ge=0)
    """Choices for what is to take its place."""
    same: int = Field(ge=0)
    """Where neither was better."""
    people: int = Field(ge=0)
    """How many judged."""
    chance: float = Field(ge=0, le=1)
    """How often a coin would tell the two apart at least as clearly (sign test, two-sided)."""
    leader: Side | None
    """Which one was preferred more often; null for neither."""


class ContestView(Model):
    """A contest."""

    id: str
    """Its id."""
    preset: str
    """Whose versions."""
    a: str
    """The version that is there."""
    b: str | None
    """The version against it; null for what is saved nowhere yet."""
    recipe_a: dict[str, Any]
    """The whole recipe of `a`."""
    recipe_b: dict[str, Any]
    """The whole recipe of `b`."""
    pictures: tuple[ContestPicture, ...]
    """Those that one may see."""
    tally: ContestTally | None
    """Null until one has judged every picture, so that nobody follows others."""
    created_at: datetime
    """When it began."""
    created_by: str
    """Id of who began it."""
    promoted: str | None
    """The version that won, once somebody decided."""


class ContestList(Model):
    """Contests of a preset."""

    items: tuple[ContestView, ...]
    """Newest first, at most twenty."""
