"""What is asked of versions that are there, and what is told of merging them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from darkroom.domain.base import Model
from darkroom.domain.dataset import DatasetName, SplitRatios, VersionTag
from darkroom.services.datasets.views import ImageId

Side = Literal["ours", "theirs"]
"""The dataset that is merged into, or the version that is merged."""


class TagGiven(Model):
    """A name for a version."""

    tag: VersionTag
    """The name: small letters, digits, `-` and `_`, a letter first."""
    remove: bool = False
    """Take the name away instead."""


class RestoreGiven(Model):
    """How an earlier version becomes the newest."""

    message: str = Field("", max_length=2000)
    """Why."""


class BranchGiven(Model):
    """A dataset that begins with a version of another one."""

    name: DatasetName
    """Its name, which no dataset has."""
    description: str = Field("", max_length=2000)
    """What it is for."""
    message: str = Field("", max_length=2000)
    """Why."""


class SplitGiven(Model):
    """How a version is split anew."""

    ratios: SplitRatios = SplitRatios()
    """Shares of the splits."""
    seed: int = Field(0, ge=0, lt=2**31)
    """Another seed gives another division."""
    message: str = Field("", max_length=2000)
    """Why."""


class MergeGiven(Model):
    """What is merged, and who is right where both say something else."""

    other: str = Field(min_length=1, max_length=100)
    """The version that is merged: `name`, `name@number` or `name@tag`."""
    rule: Side | None = None
    """Who is right about what nobody decided; without it such conflicts are refused."""
    decisions: dict[ImageId, Side] = Field(default_factory=dict, max_length=100_000)
    """Who is right about a picture, by its id."""
    message: str = Field("", max_length=2000)
    """What changed."""


class MergeConflict(Model):
    """A picture of which the two say different things."""

    image: str
    """Its id."""
    ours: str
    """Its classes where it is merged into; `removed` where it is not there any more."""
    theirs: str
    """Its classes in what is merged; `removed` likewise."""


class MergeView(Model):
    """What would have to be decided for a merge."""

    ours: str
    """The version that is merged into."""
    theirs: str
    """The version that is merged."""
    base: str | None
    """The version that both come from; null where they have none in common."""
    count: int = Field(ge=0)
    """Conflicts."""
    conflicts: tuple[MergeConflict, ...]
    """The first ten thousand of them."""
