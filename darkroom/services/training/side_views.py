"""What people see of several models on the same pictures."""

from __future__ import annotations

from pydantic import Field

from darkroom.domain.base import Model


class Told(Model):
    """What one of the models says of a picture."""

    said: str
    """What it takes it for."""
    right: float
    """How likely it holds what it is."""


class DisputedPicture(Model):
    """A picture and what each model says of it."""

    key: str
    """The picture."""
    label: str
    """What it is."""
    told: tuple[Told, ...]
    """In the order of the models."""


class Delta(Model):
    """By how much a model is better than the first, on the same pictures."""

    value: float
    """Difference of the shares that are right."""
    low: float
    """Lower end of the interval that holds the true difference in 95 of 100 cases (Agresti and Min, 2005, for pairs)."""
    high: float
    """Upper end."""


class Slice(Model):
    """Some of the pictures: all, those of a class, of a camera, ..."""

    by: str
    """What they have in common: `all`, `label`, `camera`, `brightness` and the like, as `slices` of a report have it."""
    name: str
    """Which of these."""
    count: int = Field(ge=1)
    """How many pictures."""
    right: tuple[float, ...]
    """Share that each model has right."""
    deltas: tuple[Delta | None, ...]
    """How each differs from the first; null for the first itself."""


class SideBySideView(Model):
    """Several models on the same pictures."""

    reports: tuple[str, ...]
    """Their reports, as asked for."""
    models: tuple[str, ...]
    """The models that they are about."""
    count: int
    """Pictures that all of them were judged by."""
    slices: tuple[Slice, ...]
    """All pictures first, then parts of at least five, those where the models differ most first; at most 60."""
    pictures: tuple[DisputedPicture, ...]
    """Those on which the models disagree, the widest apart first; at most 60."""
