"""What is drawn into a picture: a box or an outline that is there, or that a model found. Places are shares of the picture's size."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field, ValidationError

from darkroom.domain.annotation import Annotation, Detection, Segmentation
from darkroom.domain.base import Model

MOST_MARKS = 120
"""Marks that are kept of a picture; more would hide it."""
_DIGITS = 4


class Mark(Model):
    """A box or an outline in a picture."""

    label: str
    """The class."""
    outline: tuple[tuple[float, float], ...] = Field(min_length=3)
    """Its corners, x before y; four for a box."""
    is_box: bool = True
    """Whether it is a box."""
    confidence: float | None = None
    """How sure a model was; null for what is really there."""
    right: bool = True
    """Whether it is what is there; false for what a model drew wrong."""


def box_mark(label: str, edges: Iterable[float], *, confidence: float | None = None, right: bool = True) -> Mark:
    """A box from its left, top, right and bottom edge."""
    left, top, right_edge, bottom = (round(float(one), _DIGITS) for one in edges)
    corners = ((left, top), (right_edge, top), (right_edge, bottom), (left, bottom))
    sure = None if confidence is None else round(float(confidence), _DIGITS)
    return Mark(label=label, outline=corners, confidence=sure, right=right)


def outline_mark(label: str, corners: Iterable[Iterable[float]], *, found: bool = False, right: bool = True) -> Mark:
    """What lies inside of corners; `found` by a model, which is as sure as can be of the class of each of its points."""
    places = tuple((round(float(x), _DIGITS), round(float(y), _DIGITS)) for x, y in corners)
    return Mark(label=label, outline=places, is_box=False, confidence=1.0 if found else None, right=right)


def marks_of(annotations: Iterable[Annotation]) -> tuple[Mark, ...]:
    """What of the things that are said of a picture has a place in it."""
    marks: list[Mark] = []
    for one in annotations:
        if isinstance(one, Detection):
            box = one.box
            edges = (box.x, box.y, box.x + box.width, box.y + box.height)
            marks.append(box_mark(one.label, edges))
        elif isinstance(one, Segmentation):
            marks.append(outline_mark(one.label, one.outline))
    return tuple(marks[:MOST_MARKS])


def marks_in(mistake: Mapping[str, Any]) -> tuple[Mark, ...]:
    """The marks of a mistake in a report as it was stored; none where it keeps none, as reports of long ago."""
    try:
        return tuple(Mark.model_validate(one) for one in mistake.get("marks") or ())
    except ValidationError:
        return ()
