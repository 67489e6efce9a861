"""Versions of models that wait for somebody's approval."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from darkroom.domain.base import Model


class Proposal(Model):
    """A version that somebody would like to be champion."""

    number: int = Field(ge=1)
    """The version."""
    by: str
    """Whose account proposed it."""
    at: datetime
    """When."""
    why: str = ""
    """In words."""
    declined_by: str | None = None
    """Whose account declined it; null while it waits."""
    declined_because: str = ""
    """Why, in words."""
