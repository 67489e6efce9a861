"""A place on Earth."""

from __future__ import annotations

from pydantic import Field

from darkroom.domain.base import Model


class Location(Model):
    """A place on Earth, WGS 84."""

    latitude: float = Field(ge=-90, le=90)
    """Degrees north."""
    longitude: float = Field(ge=-180, le=180)
    """Degrees east."""
    altitude: float | None = None
    """Metres above sea level."""
