"""Models for searching as they are asked for and shown."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from darkroom.domain.base import Model
from darkroom.domain.dataset import DatasetName


class NewSearchModel(Model):
    """A model for searching that is to be made."""

    name: DatasetName
    """What it will be called; no model of the registry is called so."""
    weights: str = Field(min_length=1, max_length=200)
    """A folder of weights in `backbones` of the home folder, or `hub:OWNER/NAME` where fetching is allowed: of CLIP or SigLIP, with `tokenizer.json`."""


class SearchModelUse(Model):
    """Whether a model is used for searching."""

    used: bool
    """`true` puts it in the place of the one that was; `false` leaves none."""


class SearchModelView(Model):
    """A model that pictures are found with by words, and how many of them it has seen."""

    name: str
    """Its name."""
    weights: str
    """What it was made of."""
    kind: str
    """Architecture, as `clip` or `siglip`."""
    licence: str
    """Of its weights."""
    dims: int
    """Numbers of a row."""
    image_size: int
    """Side of the square that it sees a picture as."""
    bytes: int
    """Size of its files."""
    used: bool
    """Whether it answers `like:` and looks at pictures as they come."""
    pictures: int
    """Pictures that it has seen."""
    of: int
    """Pictures that there are."""
    operation: str | None
    """Operation in which it looks at pictures just now."""
    seconds_left: float | None
    """How long that will take, as far as one can tell."""
    created_at: datetime
    """When it was made."""


class SearchModelList(Model):
    """Models for searching."""

    items: tuple[SearchModelView, ...]
    """By name."""
