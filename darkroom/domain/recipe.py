"""Recipes and filters that are kept in the library under a name; a version, once saved, never changes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from darkroom.domain.base import SHA256_PATTERN, Document

PresetName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
"""Name of a preset: small letters, digits, `-` and `_`."""
FilterName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,48}$")]
"""Name of a filter: small letters, digits and `_`."""
FILTER_PREFIX = "user/"
"""How the name of a step begins that is a filter of the library; the filter's own follows, as `name` or `name@version`."""
FILTER_TABLE = "filter:"
"""How the file of a step is called that is the table of a filter: this, and `name@version`."""


class Preset(Document):
    """One version of a saved recipe; its id is `name@version`."""

    name: PresetName
    """Name, the same for all versions."""
    version: int = Field(ge=1)
    """Counted from 1."""
    title: str = ""
    """Name for people."""
    description: str = ""
    """What it is for."""
    source: str
    """As it was written, with what it extends and overrides."""
    recipe: str
    """The whole recipe as JSON: nothing that it was made from can change it any more."""
    extends: str | None = None
    """The preset that it was made from: `name@version`, or the name of one that comes with Darkroom."""
    fingerprint: str = Field(pattern=SHA256_PATTERN)
    """What is done: equal for recipes that give equal results."""
    created_at: datetime
    """When."""
    created_by: str
    """Id of who saved it."""
    retired_at: datetime | None = None
    """When it was taken out of the list; what names it still finds it."""


class SavedFilter(Document):
    """One version of a filter that somebody made; its id is `name@version`."""

    name: FilterName
    """Name, the same for all versions; in recipes it is called `user/` and this."""
    version: int = Field(ge=1)
    """Counted from 1."""
    title: str
    """One sentence that says what it does to a picture."""
    filter: str
    """All of it as JSON."""
    created_at: datetime
    """When."""
    created_by: str
    """Id of who saved it."""
    retired_at: datetime | None = None
    """When it was taken out of the list; what names it still finds it."""
