"""Two versions of a preset beside each other on pictures, judged without knowing which is which."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from darkroom.domain.base import SHA256_PATTERN, Document, Model
from darkroom.domain.recipe import PresetName

MOST_PICTURES = 40
"""Of a contest."""
MOST_CHOICES = 4_000
"""Of all who judge."""

Side = Literal["a", "b"]
"""What is there (`a`), or what is to take its place (`b`)."""
Picked = Literal["a", "b", "same"]
"""What somebody preferred."""


class ContestChoice(Model):
    """What somebody preferred of a picture."""

    by: str
    """Id of who judged."""
    image: str = Field(pattern=SHA256_PATTERN)
    """The picture."""
    picked: Picked
    """Which one."""


class PresetContest(Document):
    """A contest: what is there against what is to take its place."""

    preset: PresetName
    """Whose versions."""
    a: str
    """The version that is there: `name@version`."""
    b: str | None
    """The version against it; null for what is saved nowhere yet."""
    recipe_a: str
    """The whole recipe of `a` as JSON."""
    recipe_b: str
    """The whole recipe of `b` as JSON."""
    source_b: str
    """What is saved as the next version if `b` wins."""
    images: tuple[str, ...] = Field(min_length=1, max_length=MOST_PICTURES)
    """The pictures."""
    choices: tuple[ContestChoice, ...] = Field((), max_length=MOST_CHOICES)
    """What people preferred, one of each person and picture."""
    created_at: datetime
    """When."""
    created_by: str
    """Id of who began it."""
    promoted: str | None = None
    """The version that won, once somebody decided."""
    promoted_at: datetime | None = None
    """When."""
