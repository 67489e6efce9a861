"""What is said about a picture: its class, a box around something in it, an outline, or what it is to become. All places are relative to its size."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, TypeAdapter, model_validator

from darkroom.domain.base import SHA256_PATTERN, Document, Model

# A box whose sides were rounded in a text file may stick out by this much; more is a mistake of whoever drew it.
ROUNDING = 1e-3


class Box(Model):
    """A rectangle; all four values are shares of the picture's width or height."""

    x: float = Field(ge=-ROUNDING, le=1)
    """Left side."""
    y: float = Field(ge=-ROUNDING, le=1)
    """Top side."""
    width: float = Field(gt=0, le=1 + ROUNDING)
    """From left to right."""
    height: float = Field(gt=0, le=1 + ROUNDING)
    """From top to bottom."""

    @model_validator(mode="after")
    def _inside(self) -> Self:
        if self.x + self.width > 1 + ROUNDING or self.y + self.height > 1 + ROUNDING:
            raise ValueError("the box reaches outside the picture")
        return self


class _Labelled(Model):
    label: str = Field(min_length=1, max_length=200)
    """Name of the class."""
    confidence: float | None = Field(None, ge=0, le=1)
    """How sure a model was; nothing where a person said it."""
    source: str = "import"
    """Who said it: `import`, `person`, or a model's name and version."""

    def model_post_init(self, _: object, /) -> None:
        """Count `kind` as given: it tells them apart also where only what was given is sent."""
        self.model_fields_set.add("kind")


class Classification(_Labelled):
    """The whole picture shows this."""

    kind: Literal["classification"] = "classification"
    """Which of them it is."""


class Detection(_Labelled):
    """This is inside the box."""

    kind: Literal["detection"] = "detection"
    """Which of them it is."""
    box: Box
    """Where."""


class Segmentation(_Labelled):
    """This is inside the outline."""

    kind: Literal["segmentation"] = "segmentation"
    """Which of them it is."""
    outline: tuple[tuple[float, float], ...] = Field(min_length=3)
    """Corners of a polygon, x before y, relative."""


class Pair(_Labelled):
    """The picture is to become another one, or is what another one is to become."""

    kind: Literal["pair"] = "pair"
    """Which of them it is."""
    target: str | None = Field(None, pattern=SHA256_PATTERN)
    """Id of the picture that it is to become; null where it is such a picture."""


BEFORE, AFTER = "before", "after"
"""Labels of the two pictures of a pair."""

Annotation = Annotated[Classification | Detection | Segmentation | Pair, Field(discriminator="kind")]
"""Any of them."""

ANNOTATIONS: TypeAdapter[tuple[Annotation, ...]] = TypeAdapter(tuple[Annotation, ...])
"""Reads and writes the annotations of one picture as JSON."""


class ImageLabels(Document):
    """What is said about a picture of the library; its id is the picture's."""

    id: str = Field(pattern=SHA256_PATTERN)
    annotations: tuple[Annotation, ...]
    """Everything that is said about it."""
    changed_at: datetime
    """When that last changed."""
    changed_by: str
    """Id of who changed it."""


def merged(before: tuple[Annotation, ...], said: tuple[Annotation, ...]) -> tuple[Annotation, ...]:
    """What holds after more was said by an import: of a kind that it speaks of, it replaces earlier imports, never what people or models said."""
    kinds = {one.kind for one in said}
    kept = tuple(one for one in before if one.source != "import" or one.kind not in kinds)
    return kept + tuple(one for one in said if one not in kept)
