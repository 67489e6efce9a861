"""What the drawings of a report are made of."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from darkroom.domain.base import Model

Axis = Literal["sure", "brightness", "sharpness", "contrast", "megapixels", "iso"]
"""What pictures are drawn by: how sure the model was, or what is known of them."""


class PointRegion(Model):
    """Which pictures of a report are meant."""

    by: Axis | None = None
    """What they are drawn by; only those of which it is known."""
    low: float | None = None
    """Least value of that."""
    high: float | None = None
    """Largest value of that."""
    right_low: float | None = Field(None, ge=0, le=1)
    """Least probability that was given to what they are; goes with `by`."""
    right_high: float | None = Field(None, ge=0, le=1)
    """Largest one."""
    label: str | None = Field(None, max_length=200)
    """What they are."""
    predicted: str | None = Field(None, max_length=200)
    """What they were taken for."""


class ReportPoint(Model):
    """One picture that a model was judged by."""

    key: str
    """Id of the picture."""
    label: str
    """What it is."""
    predicted: str
    """What it was called."""
    right: float = Field(ge=0, le=1)
    """Probability given to what it is."""
    sure: float | None = Field(None, ge=0, le=1)
    """Probability given to what it was called; null in older reports."""
    hit: bool
    """Whether it was called right."""
    brightness: float | None = None
    """Mean brightness, from 0 to 1."""
    sharpness: float | None = None
    """As the library measures it."""
    contrast: float | None = None
    """As the library measures it."""
    megapixels: float | None = None
    """Size."""
    iso: float | None = None
    """Sensitivity that it was taken with."""


class ThresholdPoint(Model):
    """What comes of calling only pictures that a model is that sure of."""

    threshold: float
    """Least probability of what is called."""
    kept: float = Field(ge=0, le=1)
    """Share of the pictures that are called then."""
    accuracy: float = Field(ge=0, le=1)
    """Share of those that are called right."""


class ReportDensity(Model):
    """How many pictures lie where, where there are more than are drawn one by one."""

    low: float
    """Where the first column begins."""
    step: float
    """How wide a column is."""
    right_low: float
    """Where the first row begins: the probability that was given to what they are."""
    right_step: float
    """How high a row is."""
    count: list[list[int]]
    """Pictures in each cell, row by row."""
    wrong: list[list[int]]
    """Those of them that were called wrong."""


class ReportPoints(Model):
    """What a report draws, picture by picture."""

    report: str
    """The report."""
    count: int = Field(ge=0)
    """Pictures that the model was judged by."""
    within: int = Field(ge=0)
    """Those of them that are meant; all without a region."""
    wrong: int = Field(ge=0)
    """How many of those were called wrong."""
    points: tuple[ReportPoint, ...]
    """Two thousand of them at most: those that went most wrong, and of the others as many as there is room for, evenly."""
    density: ReportDensity | None = None
    """Where all of them lie, by `by` and the probability given to what they are; null where each is a point, or without `by`."""
    curve: tuple[ThresholdPoint, ...]
    """A hundred thresholds, of which each keeps some pictures; empty in older reports."""


class ClassPoint(Model):
    """What comes of calling a class only where a model is that sure of it."""

    threshold: float
    """Least probability of what is called so."""
    precision: float = Field(ge=0, le=1)
    """Of what is called so, the share that is."""
    recall: float = Field(ge=0, le=1)
    """Of what is, the share that is called so."""


class ClassCurve(Model):
    """Precision against recall of a class."""

    label: str
    """The class."""
    count: int = Field(ge=0)
    """Pictures of it."""
    points: tuple[ClassPoint, ...]
    """From the least sure on."""


class ReportCurves(Model):
    """Precision against recall, class by class."""

    report: str
    """The report."""
    classes: tuple[ClassCurve, ...]
    """Thirty of them at most, those of most pictures first."""
