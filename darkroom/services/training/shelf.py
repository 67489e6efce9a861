"""Weights that others trained, as far as they lie on this machine, and what networks there can look at styles."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path
from typing import BinaryIO

from pydantic import Field

from darkroom.access import scope_of
from darkroom.domain.access import Principal
from darkroom.domain.base import Model
from darkroom.settings import Settings

_WEIGHTS, _CONFIG = "model.safetensors", "config.json"
OWN = "weights.safetensors"
"""The weights of a classifier of ours, beside `_ABOUT`."""
_ABOUT = "checkpoint.json"
_VGG = re.compile(r"features\.\d+\.weight")
_MOST = 500
_LONGEST = 10_000_000
"""Bytes of what weights say of themselves, at most."""
_SIZES = 2


class Backbone(Model):
    """A folder of weights."""

    name: str
    """What `weights` and `features` call it."""
    bytes: int = Field(ge=0)
    """Size of the weights."""


class BackboneList(Model):
    """Weights that trainings can begin with, and look through."""

    items: tuple[Backbone, ...]
    """Those in the folder `backbones` of the home folder with which a training can begin, by name."""
    features: tuple[Backbone, ...] = ()
    """Those there of networks of convolutions, which tell styles apart: what `features` of the task `style` can name."""
    hub: bool
    """Whether others may be fetched from the Hugging Face hub (`hub:OWNER/NAME`)."""


def backbones(principal: Principal, settings: Settings) -> BackboneList:
    """Weights that trainings can begin with, and look through."""
    scope_of(principal, "training:read")
    folder = settings.backbones
    found = sorted(one for one in folder.iterdir() if one.is_dir()) if folder.is_dir() else []
    whole = [one / _WEIGHTS for one in found if (one / _WEIGHTS).is_file() and (one / _CONFIG).is_file()]
    eyes = [file for one in found if (file := _eyes(one)) is not None]
    return BackboneList(items=_listed(whole), features=_listed(eyes), hub=settings.hub)


def kernels(weights: BinaryIO) -> list[str]:
    """Names of the kernels of two dimensions that weights in safetensors say they have; none where they cannot be read."""
    try:
        (size,) = struct.unpack("<Q", weights.read(8))
        about = json.loads(weights.read(size)) if size <= _LONGEST else {}
    except (OSError, ValueError, struct.error):
        return []
    said = about.items() if isinstance(about, dict) else ()
    shapes = {name: one.get("shape") for name, one in said if isinstance(one, dict)}
    return [name for name, shape in shapes.items() if isinstance(shape, list) and len(shape) == 4 and shape[-1] != 1]


def looks(found: list[str]) -> bool:
    """Whether a network with such kernels makes the maps of several sizes by which styles are told apart: one kernel alone cuts patches."""
    return len(found) >= _SIZES


def _eyes(folder: Path) -> Path | None:
    """The weights of a folder that styles can be told apart by, as a training would read it; None for no such."""
    ours = (folder / _ABOUT).is_file()
    file = folder / (OWN if ours else _WEIGHTS)
    if not file.is_file():
        return None
    with file.open("rb") as weights:
        found = kernels(weights)
    # Only VGG is built of its weights alone.
    known = ours or (folder / _CONFIG).is_file() or any(_VGG.fullmatch(name) for name in found)
    return file if known and looks(found) else None


def _listed(files: list[Path]) -> tuple[Backbone, ...]:
    return tuple(Backbone(name=one.parent.name, bytes=one.stat().st_size) for one in files[:_MOST])
