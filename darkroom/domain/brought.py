"""Models that others trained, brought as ONNX files for steps of recipes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from darkroom.domain.base import Document, Model
from darkroom.domain.dataset import DatasetName, StoredFile

MODEL_FILE = "model.onnx"

BroughtTask = Literal["enhancement", "denoise", "super_resolution", "style", "detection", "segmentation"]
"""What a model does; each is what steps of recipes take."""

ModelFileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,94}\.onnx$")]


class Usual(Model):
    """How pictures are shown to a model; what is null is as the step has it."""

    values: Literal["0..1", "0..255", "-1..1", "imagenet", "bgr"] | None = None
    """Range of the values that it was trained with."""
    side: int | None = Field(None, ge=32, le=2048)
    """Side at which a detector looks, in pixels."""
    tile: int | None = Field(None, ge=32, le=4096)
    """Side of the parts in which a large picture goes through it, in pixels."""
    overlap: int | None = Field(None, ge=0, le=512)
    """What neighbouring parts share, in pixels."""
    multiple: int | None = Field(None, ge=1, le=256)
    """Sides that it takes are multiples of this."""
    factor: Literal[2, 3, 4, 8] | None = None
    """How many times larger it makes pictures."""
    labels: tuple[Annotated[str, StringConstraints(min_length=1, max_length=80)], ...] = Field((), max_length=2000)
    """What it finds, in the order of its classes."""


class BroughtModel(Document):
    """A version of a model that others trained; its id is `name@number`, and nothing of it changes until it is forgotten."""

    name: DatasetName
    """Its name."""
    number: int = Field(ge=1)
    """Counted from 1."""
    file: StoredFile | None
    """The ONNX file, with weights that lay beside it taken in; null once the version is forgotten, whose number is not given again."""
    source: str
    """Name of the file that it was."""
    task: BroughtTask
    """What it does."""
    licence: str
    """Under which it came, as whoever brought it said."""
    about: str
    """Where it is from and what it is for, by who brought it."""
    usual: Usual
    """How pictures are shown to it."""
    created_at: datetime
    """When it was brought."""
    created_by: str
    """Id of who brought it."""
