"""What people see of augmentation before a training, and what they ask with."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from darkroom.domain.base import Model
from darkroom.domain.train_config import AugmentConfig, TaskName


class AugmentGiven(Model):
    """A policy to look at, as a training would be told of it."""

    task: TaskName = "classification"
    """What is to be learnt: each has a policy of its own where nothing is said."""
    options: dict[str, Any] = Field(default_factory=dict)
    """Options as of a training: `augment` with a strength and single values, `image_size`; others change nothing here."""
    seed: int = Field(0, ge=0, lt=2**31)
    """Another seed gives other draws."""
    pictures: int = Field(5, ge=1, le=12)
    """Training pictures to show, of each class in turn."""
    draws: int = Field(6, ge=1, le=12)
    """How often each is changed."""
    drawn: bool = False
    """Draw boxes and shares into the sheet, and make it a PNG."""


class AugmentBox(Model):
    """A box that moved along; places are shares of width and height."""

    label: str
    """Its class."""
    left: float
    """Left side."""
    top: float
    """Upper side."""
    right: float
    """Right side."""
    bottom: float
    """Lower side."""


class AugmentDraw(Model):
    """A picture, changed once."""

    boxes: tuple[AugmentBox, ...]
    """Where its boxes are now; those that can no longer be seen are left out."""
    other: str | None
    """The picture that is seen in it too, by mixup or cutmix."""
    share: float
    """How much of it is the picture itself: what it is said to show is said in that share."""


class AugmentRow(Model):
    """A picture as it is, and changed."""

    key: str
    """The picture."""
    labels: tuple[str, ...]
    """What it shows."""
    boxes: tuple[AugmentBox, ...]
    """Where, before it was changed."""
    draws: tuple[AugmentDraw, ...]
    """From left to right."""


class AugmentPreview(Model):
    """What a policy does to some training pictures; the same question has the same answer."""

    dataset: str
    """The version."""
    policy: AugmentConfig
    """Every value of the policy."""
    seed: int
    """What the draws follow from."""
    size: int
    """Side of each picture of the sheet in pixels: that of the training, at most 320."""
    rows: tuple[AugmentRow, ...]
    """From top to bottom."""
    media_type: Literal["image/webp", "image/png"]
    """Of the sheet."""
    sheet: str
    """All pictures in one, base64: a row for each, the unchanged one first."""
