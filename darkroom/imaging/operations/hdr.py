"""High dynamic range: brackets aligned, fused or merged into light, and light mapped onto a screen."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from pydantic import Field, JsonValue, model_validator

from darkroom.errors import Error
from darkroom.imaging.operations import hdr_align, hdr_merge, hdr_tone
from darkroom.imaging.operations.base import (
    Context,
    Floats,
    Motion,
    Params,
    PictureRef,
    Raster,
    Shape,
    Unfit,
    from_float,
    to_float,
)
from darkroom.imaging.operations.compose_layers import fitted
from darkroom.imaging.operations.declare import operation
from darkroom.imaging.operations.motion import between
from darkroom.imaging.operations.resample import from_light, to_light, warp

_STEP: dict[str, JsonValue] = {"step": 0.05}
_MOST = 15


class _BracketParams(Params):
    pictures: tuple[PictureRef, ...] = Field(min_length=1, max_length=_MOST)
    """The other exposures of the same scene."""
    align: Literal["none", "shift", "turn", "perspective"] = "shift"
    """How they are brought over this picture; `none` for a tripod."""
    deghost: bool = True
    """Show what moved as one of the pictures has it."""


def _bracket(image: Raster, params: _BracketParams, context: Context) -> list[Floats]:
    """All exposures over each other, as float colour of this picture's channels."""
    found = [image]
    for reference in params.pictures:
        other = context.picture(reference)
        if (other.shape.width, other.shape.height) != (image.shape.width, image.shape.height):
            # Sizes may differ by a pixel or by a scale, not by a crop: that would be another scene.
            other, _, _ = fitted(other, image.shape.width, image.shape.height, "stretch")
        found.append(other if params.align == "none" else hdr_align.aligned(image, other, params.align))
    return [_like(to_float(np.ascontiguousarray(one.colour)), image.colour.shape[2]) for one in found]


def _like(colour: Floats, channels: int) -> Floats:
    if colour.shape[2] == channels:
        return colour
    return colour.mean(axis=2, keepdims=True) if channels == 1 else colour.repeat(3, axis=2)


def _stops(colours: list[Floats], params: MergeParams) -> list[float]:
    if params.exposures:
        return [stop - params.exposures[0] for stop in params.exposures]
    try:
        return hdr_merge.exposure_ratios(colours)
    except Error:
        if min(colours[0].shape[:2]) < 8:  # too small to measure anything
            return [0.0] * len(colours)
        raise


class FuseParams(_BracketParams):
    """Parameters of `fuse_exposures`."""

    contrast: float = Field(1.0, ge=0, le=3, json_schema_extra=_STEP)
    """How much detail counts in the choice."""
    saturation: float = Field(1.0, ge=0, le=3, json_schema_extra=_STEP)
    """How much strong colours count."""
    exposure: float = Field(1.0, ge=0, le=3, json_schema_extra=_STEP)
    """How much middle brightness counts."""


@operation(
    "fuse_exposures",
    version=2,
    category="hdr",
    aliases=("exposure fusion", "mertens", "bracket", "enfuse", "hdr"),
    examples=({"pictures": ["darker", "lighter"]}, {"pictures": ["other"], "align": "none", "deghost": False}),
)
def fuse_exposures(image: Raster, params: FuseParams, context: Context) -> Raster:
    """Take the best exposed parts of several exposures into one picture, which needs no tone map."""
    colours = _bracket(image, params, context)
    if params.deghost and len(colours) > 1:
        reference = hdr_merge.reference_of(colours)
        colours = hdr_merge.replaced(colours, reference, hdr_merge.unmoved(colours, reference))
    made = hdr_merge.fused(colours, params.contrast, params.saturation, params.exposure)
    return image.with_colour(from_float(np.clip(made, 0, 1), image.shape.depth))


class MergeParams(_BracketParams):
    """Parameters of `merge_hdr`."""

    exposures: tuple[float, ...] = Field((), max_length=_MOST + 1, json_schema_extra={"unit": "EV"})
    """Exposure of each picture in stops, this one first; empty: found from the pictures."""
    response: Literal["srgb", "estimated"] = "srgb"
    """How values follow light: `estimated` measures the camera's own curve from the bracket (Debevec)."""
    tone: Literal["none", "reinhard", "drago", "mantiuk", "filmic", "local"] = "filmic"
    """How the light is brought onto a screen; `none` gives float values beyond white, for later steps."""
    key: float = Field(0.18, ge=0.01, le=1, json_schema_extra={"step": 0.01})
    """How bright the middle becomes."""

    @model_validator(mode="after")
    def _one_for_each(self) -> MergeParams:
        if self.exposures and len(self.exposures) != len(self.pictures) + 1:
            raise Unfit("exposures has one number for each picture, this one included", "exposures", "pictures")
        return self


@operation(
    "merge_hdr",
    version=2,
    category="hdr",
    aliases=("radiance map", "debevec", "bracket", "hdri", "high dynamic range"),
    examples=(
        {"pictures": ["darker", "lighter"], "exposures": [0, -2, 2]},
        {"pictures": ["darker"], "tone": "none", "align": "none"},
    ),
)
def merge_hdr(image: Raster, params: MergeParams, context: Context) -> Raster:
    """Merge exposures into the light of the scene, and bring that onto a screen or hand it on as float."""
    colours = _bracket(image, params, context)
    stops = _stops(colours, params)
    response = hdr_merge.response_of(colours, stops) if params.response == "estimated" else None
    keep = None
    if params.deghost:
        keep = hdr_merge.unmoved(colours, hdr_merge.reference_of(colours))
    light = hdr_merge.radiance(colours, stops, response, keep)
    if params.tone == "none":
        made = image.of(from_light(light))
        return made if image.alpha is None else made.of(np.concatenate([made.array, to_float(image.alpha)], axis=2))
    shown = from_light(np.clip(hdr_tone.MAPS[params.tone](light, params.key, 1.0), 0, 1))
    return image.with_colour(from_float(shown, image.shape.depth))


@merge_hdr.shape_of
def _merged_shape(shape: Shape, params: MergeParams) -> Shape:
    return replace(shape, depth="float32") if params.tone == "none" else shape


class ToneMapParams(Params):
    """Parameters of `tone_map`."""

    method: Literal["reinhard", "drago", "mantiuk", "filmic", "local"] = "local"
    """`reinhard` is gentle, `filmic` contrasty, `drago` for extreme ranges, `mantiuk` and `local` keep most detail."""
    key: float = Field(0.18, ge=0.01, le=1, json_schema_extra={"step": 0.01})
    """How bright the middle becomes."""
    saturation: float = Field(1.0, ge=0, le=2, json_schema_extra=_STEP)
    """Strength of the colours."""
    strength: float = Field(1.0, ge=0, le=1, json_schema_extra=_STEP)
    """Share of the effect; 0 changes nothing."""


@operation(
    "tone_map",
    category="hdr",
    aliases=("tonemapping", "hdr look", "dynamic range", "reinhard", "drago", "mantiuk", "filmic"),
    identity={"strength": 0},
    examples=tuple({"method": name} for name in hdr_tone.MAPS),
)
def tone_map(image: Raster, params: ToneMapParams) -> Raster:
    """Bring a wide range of light onto a screen: of a float picture, or of a single picture with deep shadows."""
    if params.strength == 0:
        return image
    colour = to_float(np.ascontiguousarray(image.colour))
    made = hdr_tone.MAPS[params.method](to_light(np.maximum(colour, 0)), params.key, params.saturation)
    shown = from_light(np.clip(made, 0, 1))
    shown = shown if params.strength == 1 else colour + np.float32(params.strength) * (shown - colour)
    return image.with_colour(from_float(shown, image.shape.depth))


class AlignParams(Params):
    """Parameters of `align_to`."""

    picture: PictureRef
    """What this picture is brought over, as another exposure or frame of the same scene."""
    method: Literal["shift", "turn", "perspective"] = "turn"
    """What may differ: the place, also the turn, or the whole perspective."""
    matrix: tuple[float, ...] | None = Field(None, min_length=9, max_length=9)
    """The way that pixels go (3 x 3, by rows, relative places); empty: found from the pictures."""


@operation(
    "align_to",
    version=2,
    category="hdr",
    aliases=("register", "stabilise", "align", "stack"),
    examples=({"picture": "first", "method": "shift"}, {"picture": "first", "matrix": [1, 0, 0.1, 0, 1, 0, 0, 0, 1]}),
)
def align_to(image: Raster, params: AlignParams) -> Raster:
    """Move a picture so that it lies over another one, whatever the exposures."""
    from darkroom.imaging.operations.motion import in_pixels

    motion = np.array(params.matrix, np.float64).reshape(3, 3)
    if np.array_equal(motion, np.eye(3)):
        return image
    matrix = in_pixels(motion, image.shape, image.shape)
    return warp(image, matrix, image.shape.width, image.shape.height, None)


@align_to.pin_of
def _find_motion(image: Raster, params: AlignParams, context: Context) -> AlignParams:
    if params.matrix is not None:
        return params
    reference, _, _ = fitted(context.picture(params.picture), image.shape.width, image.shape.height, "stretch")
    centres = hdr_align.transform(reference, image, params.method)
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])
    motion = between(half @ centres @ np.linalg.inv(half), image.shape, image.shape)
    return params.model_copy(update={"matrix": tuple(round(float(value), 9) for value in motion.ravel())})


@align_to.motion_of
def _align_motion(shape: Shape, params: AlignParams) -> Motion:
    return np.array(params.matrix, np.float64).reshape(3, 3)
