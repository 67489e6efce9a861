"""What somebody did to a picture in Develop: its states one after the other, of which each step is said once."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from pydantic import Field, model_validator

from darkroom.domain.base import SHA256_PATTERN, Document, Model

MOST_STATES = 100
"""States of a history that are kept, the newest ones."""
MOST_SNAPSHOTS = 6
"""What is kept beside the history, to be compared."""
_MOST_STEPS = 200


class DevelopStep(Model):
    """A step as it is on the page: one that is switched off is one, too."""

    key: int = Field(ge=1, lt=2**31)
    """Which one it is, through all states."""
    name: str = Field(min_length=1, max_length=100)
    """Its operation."""
    params: dict[str, Any] = {}
    """What is set; the rest has its defaults."""
    on: bool = True
    """Whether it is done."""


class DevelopState(Model):
    """What was done to a picture at some moment."""

    words: str = Field(max_length=300)
    """What was done last, for people."""
    steps: tuple[int, ...] = Field((), max_length=_MOST_STEPS)
    """Its steps in order: their places among those of the history."""
    rest: int = Field(0, ge=0)
    """The place of what is said beside the steps."""
    next: int = Field(1, ge=1, lt=2**31)
    """Key that the next step gets."""
    base: str | None = Field(None, max_length=90)
    """The preset that it began with, `name@version`."""


class DevelopSnapshot(DevelopState):
    """A state that was kept under a name."""

    key: int = Field(ge=1, lt=2**31)
    """Which one it is."""


class HistoryGiven(Model):
    """A history whole."""

    steps: tuple[DevelopStep, ...] = Field((), max_length=MOST_STATES * _MOST_STEPS)
    """Every step of the states as it was then, each once."""
    rests: tuple[dict[str, Any], ...] = Field((), max_length=MOST_STATES + MOST_SNAPSHOTS)
    """What the states say beside their steps (`raw`, `output`, ...), each once."""
    states: tuple[DevelopState, ...] = Field((), max_length=MOST_STATES)
    """The oldest first; without any nothing was done yet."""
    at: int = Field(0, ge=0)
    """The place of the state that is there now: those after it were undone."""
    snapshots: tuple[DevelopSnapshot, ...] = Field((), max_length=MOST_SNAPSHOTS)
    """States kept under names."""

    @model_validator(mode="after")
    def _places_are_there(self) -> Self:
        if self.at and self.at >= len(self.states):
            raise ValueError(f"`at` is {self.at}, and there are {len(self.states)} states")
        for one in (*self.states, *self.snapshots):
            if one.rest >= len(self.rests) or not all(0 <= step < len(self.steps) for step in one.steps):
                raise ValueError(f"the state {one.words[:40]!r} names a step or a rest that is not there")
        return self


class CopiedSteps(Model):
    """What is done to a picture, to be done to another one."""

    name: str = Field(max_length=255)
    """Of the picture that it comes from."""
    steps: tuple[DevelopStep, ...] = Field(max_length=_MOST_STEPS)
    """Its steps in order."""
    rest: dict[str, Any] = {}
    """What is said beside them."""
    base: str | None = Field(None, max_length=90)
    """The preset that it began with."""


class DevelopHistory(Document):
    """A history as it is stored; its id is `<person>/<picture>`, its revision begins at 1."""

    owner: str
    """Whose it is."""
    image: str = Field(pattern=SHA256_PATTERN)
    """The picture."""
    content: str
    """The history as JSON: parameters may hold whatever JSON does."""
    changed_at: datetime
    """When."""


class DevelopClipboard(Document):
    """What somebody copied last; its id is the person's."""

    content: str
    """It as JSON."""
    changed_at: datetime
    """When."""


def history_id(owner: str, image: str) -> str:
    """Id of what somebody did to a picture."""
    return f"{owner}/{image}"
