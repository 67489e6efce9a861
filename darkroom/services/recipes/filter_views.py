"""What people see of filters, and what they ask with."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from darkroom.domain.base import Model
from darkroom.domain.recipe import FilterName
from darkroom.domain.selection import ImageId


class NewFilter(Model):
    """A filter to be saved; under a name that is there already it becomes the next version."""

    filter: dict[str, Any] | str
    """The filter, as an object or as YAML: `name`, `title`, `body` (`kind` kernel, expression, look or steps), `knobs`, `aliases`."""


class LookGiven(Model):
    """A picture before and after an edit, of which a filter is learned."""

    name: FilterName
    """Name of the filter."""
    title: str = Field(min_length=1, max_length=120)
    """One sentence that says what it does to a picture."""
    before: ImageId
    """Id of the picture as it was."""
    after: ImageId
    """Id of the same picture as it was edited; without another crop."""
    size: Literal[9, 17, 33] = 17
    """Points of its table along each axis."""


class FilterView(Model):
    """A filter in a list; its operation is called `user/` and its name."""

    name: str
    """Its name."""
    version: int
    """Newest version."""
    title: str
    """What it does, in a sentence."""
    kind: Literal["kernel", "expression", "look", "steps"]
    """What it is made of."""
    knobs: tuple[str, ...]
    """Names of what can be set when it is applied."""
    created_at: datetime
    """When this version was saved."""
    created_by: str
    """Id of who saved it."""


class FilterList(Model):
    """Filters of the library."""

    items: tuple[FilterView, ...]
    """By name."""


class FilterDetail(FilterView):
    """Everything known of a version of a filter."""

    filter: dict[str, Any]
    """All of it."""
    versions: tuple[int, ...]
    """Every version of the name, newest first."""
    retired: bool
    """Whether it was taken out of the list."""
    presets: tuple[str, ...]
    """Versions of presets that use this one, at most 1,000."""
