"""What people see of pictures to try a recipe on, and what they ask with."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from darkroom.domain.base import Model
from darkroom.domain.selection import Selection


class ExamplesGiven(Model):
    """Pictures of which some are to stand for all."""

    selection: Selection
    """All that are meant."""
    count: int = Field(9, ge=1, le=24)
    """How many that are unlike each other."""
    ends: bool = True
    """Whether those at the ends of what is measured come on top: at most six."""


class Example(Model):
    """A picture that stands for others."""

    id: str
    """Id of the picture."""
    name: str
    """Its name."""
    width: int
    """In pixels."""
    height: int
    """In pixels."""
    bytes: int
    """Of the original."""
    why: Literal["darkest", "brightest", "highest_iso", "least_sharp", "most_detail", "largest", "different"]
    """The end that it is at, or that it is unlike those before it."""
    traits: tuple[str, ...]
    """What it is more than most of the pictures meant: `bright`, `high ISO`, `tall`, ..., at most two."""


class ExampleList(Model):
    """Some pictures for all."""

    items: tuple[Example, ...]
    """The ends first; fewer where there are no more pictures."""
