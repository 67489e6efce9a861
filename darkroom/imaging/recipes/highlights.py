"""Keeps what is beyond white through a recipe: the gain map of a source, moved along, or that of a float picture."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from darkroom.errors import Error
from darkroom.imaging.formats.encoded import Encoded
from darkroom.imaging.formats.targets import TARGETS
from darkroom.imaging.header import Header
from darkroom.imaging.operations.base import Raster, to_float
from darkroom.imaging.operations.resample import to_light
from darkroom.imaging.recipes.compile import Bound, Program
from darkroom.imaging.recipes.gain_map import GainMap, gain_map_of
from darkroom.imaging.recipes.gain_map_file import read_gain_map, with_gain_map
from darkroom.imaging.recipes.steps import Trace
from darkroom.imaging.source import Data

# What these do to a picture leaves the ratio of light that a map holds as it is, or moves it along.
_KEEPING = frozenset({"geometry", "light", "colour", "detail"})
_SPOILING = frozenset({"crop_overlay", "round_corners", "invert", "high_pass", "lens_correct"})


def wants_map(program: Program, header: Header) -> bool:
    """Whether a source may have a map that the recipe is to keep."""
    return program.recipe.gain_map == "keep" and header.kind.format == "jpeg"


@dataclass(frozen=True)
class Source:
    """What a recipe ran on."""

    data: Data
    header: Header
    name: str
    """For messages."""


def attached(
    program: Program, encoded: Encoded, raster: Raster, trace: Trace, source: Source
) -> tuple[Encoded, tuple[str, ...]]:
    """The written picture with its gain map, and why there is none where one was to be kept.

    Args:
        program: what was run.
        encoded: what came of it.
        raster: the same before it was written.
        trace: what happened in the run.
        source: what it was run on.
    """
    if program.recipe.gain_map == "drop":
        return encoded, ()
    try:
        found = _beyond_white(raster) or _of_source(program, raster, trace, source)
    except Error as error:
        return encoded, (f"the gain map was left out: {error.cause}",)
    if found is None:
        return encoded, ()
    if encoded.format != "jpeg":
        return encoded, (f"the gain map was left out: {TARGETS[encoded.format].title} has no place for it",)
    return replace(encoded, data=with_gain_map(encoded.data, found)), ()


def _of_source(program: Program, raster: Raster, trace: Trace, source: Source) -> GainMap | None:
    header = source.header
    found = None
    if header.kind.format == "jpeg" and isinstance(source.data, bytes):
        found = read_gain_map(source.data, source.name, header.orientation)
    if found is None:
        return None
    step = spoiler(program)
    if step is not None:
        raise Error("invalid_parameter", f"{step} changes what is seen where.")
    return found.moved(trace.motion, header.upright, raster.shape)


def spoiler(program: Program) -> Bound | None:
    """The first step after which a map no longer belongs to the picture; it would show what the step hides."""
    for step in program.steps:
        operation = step.operation
        if operation.category not in _KEEPING or "/" in operation.name or operation.name in _SPOILING:
            return step
    return None


def _beyond_white(raster: Raster) -> GainMap | None:
    """The map of a float picture that is brighter than a file can say."""
    if raster.shape.depth != "float32":
        return None
    colour = np.maximum(to_float(raster.colour), 0)
    return gain_map_of(to_light(colour), to_light(np.minimum(colour, 1)))
