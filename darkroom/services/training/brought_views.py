"""Models that others trained as they are brought and shown."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from darkroom.domain.base import Model
from darkroom.domain.brought import BroughtTask, ModelFileName, Usual
from darkroom.domain.dataset import DatasetName


class NewBroughtModel(Model):
    """A model that is brought; the next version of its name."""

    name: DatasetName
    """What steps will call it; no model of the registry is called so."""
    file: ModelFileName
    """An ONNX file in the folder `models` of the home folder."""
    task: BroughtTask
    """What it does."""
    licence: str = Field(min_length=1, max_length=80)
    """Under which it came, as `BSD-3-Clause`: it is told where the model is chosen."""
    about: str = Field("", max_length=4000)
    """Where it is from and what it is for."""
    usual: Usual = Usual()
    """How pictures are shown to it."""


class BroughtModelView(Model):
    """A version of a model that others trained."""

    id: str
    """`name@number`."""
    name: str
    """Its name; steps that name it without a number take the newest version."""
    number: int
    """Counted from 1."""
    source: str
    """Name of the file that it was."""
    bytes: int
    """Size of its file."""
    sha256: str
    """Of its file."""
    task: BroughtTask
    """What it does."""
    licence: str
    """Under which it came."""
    about: str
    """Where it is from and what it is for."""
    usual: Usual
    """How pictures are shown to it."""
    created_at: datetime
    """When it was brought."""


class BroughtModelList(Model):
    """Models that others trained."""

    items: tuple[BroughtModelView, ...]
    """Every version, by name, the newest first."""
    files: tuple[str, ...]
    """ONNX files in the folder `models` of the home folder, by name."""
