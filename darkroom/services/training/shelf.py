"""Weights that others trained, as far as they lie on this machine."""

from __future__ import annotations

from pydantic import Field

from darkroom.access import scope_of
from darkroom.domain.access import Principal
from darkroom.domain.base import Model
from darkroom.settings import Settings

_WEIGHTS, _CONFIG = "model.safetensors", "config.json"
_MOST = 500


class Backbone(Model):
    """A folder of weights."""

    name: str
    """What `weights` calls it."""
    bytes: int = Field(ge=0)
    """Size of the weights."""


class BackboneList(Model):
    """Weights that trainings can begin with."""

    items: tuple[Backbone, ...]
    """Those in the folder `backbones` of the home folder, by name."""
    hub: bool
    """Whether others may be fetched from the Hugging Face hub (`hub:OWNER/NAME`)."""


def backbones(principal: Principal, settings: Settings) -> BackboneList:
    """Weights that trainings can begin with."""
    scope_of(principal, "training:read")
    folder = settings.backbones
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    whole = [one for one in found if (one / _WEIGHTS).is_file() and (one / _CONFIG).is_file()]
    items = tuple(Backbone(name=one.name, bytes=(one / _WEIGHTS).stat().st_size) for one in whole[:_MOST])
    return BackboneList(items=items, hub=settings.hub)
