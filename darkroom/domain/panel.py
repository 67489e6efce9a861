"""Some pictures that a training looks at again and again: what it says of them as it learns."""

from __future__ import annotations

from pydantic import Field

from darkroom.domain.base import Model
from darkroom.domain.marks import Mark


class PanelPicture(Model):
    """One of the pictures, and what is true of it."""

    key: str
    """The picture."""
    labels: tuple[str, ...] = ()
    """Classes that it shows."""
    marks: tuple[Mark, ...] = ()
    """Boxes and outlines that are there."""
    given: str | None = None
    """What is to be improved or painted: a small WebP, base64."""
    wanted: str | None = None
    """What it is to become, likewise."""


class Said(Model):
    """What a training says of a picture at one time."""

    labels: tuple[str, ...] = ()
    """Classes."""
    confidence: float | None = None
    """How sure it is of the class."""
    marks: tuple[Mark, ...] = ()
    """Boxes and outlines."""
    picture: str | None = None
    """What it makes of it: a small WebP, base64."""


class PanelLook(Model):
    """What a training says at one time."""

    step: int = Field(ge=0)
    """Steps taken by then."""
    said: tuple[Said, ...]
    """Of each picture, in their order."""


class Panel(Model):
    """The pictures, and what was said of them over time."""

    pictures: tuple[PanelPicture, ...] = ()
    """Eight of validation, or as many as there are: those whose hashes come first, so always the same."""
    looks: tuple[PanelLook, ...] = ()
    """At each validation, oldest first; of a long training some are left out."""
