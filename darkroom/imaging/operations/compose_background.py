"""Backgrounds removed, filled and built around a picture: cut-outs, marketplace white, drop shadow, mat."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from pydantic import Field, JsonValue, model_validator

from darkroom.imaging.operations import compose_cutout as cutout
from darkroom.imaging.operations import effects_blur as blurs
from darkroom.imaging.operations.base import (
    Array,
    Colour,
    Context,
    Floats,
    Motion,
    Params,
    PictureRef,
    Raster,
    Shape,
    Unfit,
    colour_value,
    from_float,
    to_float,
)
from darkroom.imaging.operations.compose import with_opacity
from darkroom.imaging.operations.compose_layers import fitted, layer_of, mask_of
from darkroom.imaging.operations.compose_modes import composed
from darkroom.imaging.operations.declare import operation
from darkroom.imaging.operations.motion import cropped

_SHARE: dict[str, JsonValue] = {"step": 0.05}
_FINE: dict[str, JsonValue] = {"step": 0.005}


class RemoveBackgroundParams(Params):
    """Parameters of `remove_background`."""

    mask: PictureRef = ""
    """White where the picture stays, as a segmentation gives it; empty: the background is found by its colour."""
    colour: Colour | None = None
    """Colour of the background; empty: what most of the border has."""
    tolerance: float = Field(0.06, ge=0, le=1, json_schema_extra={"step": 0.01})
    """Difference from that colour that still is background (1 is from black to white)."""
    softness: float = Field(0.08, ge=0.001, le=1, json_schema_extra={"step": 0.01})
    """Further difference over which the picture becomes opaque."""
    connected: bool = True
    """Only what reaches the border is background; the same colour inside the subject stays."""
    refine: int = Field(0, ge=0, le=100, json_schema_extra={"unit": "px"})
    """Draw a coarse mask to the edges of the picture within so many pixels."""


@operation(
    "remove_background",
    category="compose",
    aliases=("cut out", "chroma key", "green screen", "transparent background", "knock out"),
    examples=({"colour": "#ffffff", "tolerance": 0.2}, {"mask": "mask", "refine": 4}, {}),
)
def remove_background(image: Raster, params: RemoveBackgroundParams, context: Context) -> Raster:
    """Make the background transparent: by a mask, or by its colour, with soft edges and without a coloured rim."""
    colour = to_float(np.ascontiguousarray(image.colour))
    if params.mask:
        cover = mask_of(context.picture(params.mask), image.shape.width, image.shape.height)
    else:
        behind = _background_colour(params.colour, colour)
        cover = cutout.foreground(colour, behind, params.tolerance, params.softness, connected=params.connected)
        colour = cutout.without_tint(colour, cover, behind)
        image = image.with_colour(from_float(colour, image.shape.depth))
    if params.refine:
        cover = cutout.refined(cover, colour, max(1, round(params.refine * context.scale)))
    return with_opacity(image, cover)


@remove_background.shape_of
def _transparent(shape: Shape, params: Params) -> Shape:
    return replace(shape, channels=4)


@remove_background.pin_of
def _found_background(image: Raster, params: RemoveBackgroundParams, context: Context) -> RemoveBackgroundParams:
    if params.mask or params.colour:
        return params
    values = cutout.border_colour(to_float(np.ascontiguousarray(image.colour)))
    numbers = [round(float(np.clip(value, 0, 1)) * 255) for value in (values if len(values) == 3 else values.repeat(3))]
    return params.model_copy(update={"colour": "#" + "".join(f"{number:02x}" for number in numbers)})


def _background_colour(given: str | None, colour: Floats) -> Floats:
    if given is None:
        return cutout.border_colour(colour)
    kind = Shape(1, 1, 3 if colour.shape[2] == 3 else 1, "float32")
    return np.array(colour_value(given, kind), np.float32)


class FillBackgroundParams(Params):
    """Parameters of `fill_background`."""

    fill: Literal["colour", "blur", "picture"] = "colour"
    """What comes behind: a colour, the picture itself blurred, or another picture."""
    colour: Colour = "#ffffff"
    """Of the background."""
    picture: PictureRef = ""
    """Of the background, cut to fill."""
    mask: PictureRef = ""
    """White where the picture stays; empty: its own transparency decides."""
    whiten: float = Field(0.0, ge=0, le=0.5, json_schema_extra={"step": 0.01})
    """Also replace what differs from white by no more than this and reaches the border: marketplace white."""
    blur: float = Field(0.04, ge=0.001, le=0.5, json_schema_extra=_FINE)
    """Of the blurred background, as a share of the longer side."""

    @model_validator(mode="after")
    def _picture_given(self) -> FillBackgroundParams:
        if self.fill == "picture" and not self.picture:
            raise Unfit("fill 'picture' needs a picture", "picture", "fill")
        return self


@operation(
    "fill_background",
    category="compose",
    aliases=("flatten", "white background", "marketplace", "replace background", "backdrop"),
    examples=(
        {"colour": "#204080"},
        {"fill": "blur", "mask": "mask"},
        {"fill": "picture", "picture": "wall", "mask": "mask"},
        {"whiten": 0.15},
    ),
)
def fill_background(image: Raster, params: FillBackgroundParams, context: Context) -> Raster:
    """Put something behind what is transparent, masked out, or nearly white; the result is opaque."""
    if image.alpha is None and not params.mask and not params.whiten:
        return image
    width, height = image.shape.width, image.shape.height
    colour = to_float(np.ascontiguousarray(image.colour))
    cover = np.ones((height, width, 1), np.float32) if image.alpha is None else to_float(image.alpha)
    if params.mask:
        cover = cover * mask_of(context.picture(params.mask), width, height)
    if params.whiten:
        white = np.ones(colour.shape[2], np.float32)
        cover = cover * cutout.foreground(colour, white, params.whiten, params.whiten / 2 + 0.01, connected=True)
    made = np.where(cover >= 1, colour, _behind(image, colour, params, context) * (1 - cover) + colour * cover)
    exact = from_float(made, image.shape.depth)
    return image.of(np.where(cover >= 1, image.colour, exact))


@fill_background.shape_of
def _opaque(shape: Shape, params: Params) -> Shape:
    return replace(shape, channels=min(3, shape.channels))


def _behind(image: Raster, colour: Floats, params: FillBackgroundParams, context: Context) -> Array:
    channels = colour.shape[2]
    if params.fill == "colour":
        return np.array(colour_value(params.colour, Shape(1, 1, channels, "float32")), np.float32)
    width, height = image.shape.width, image.shape.height
    if params.fill == "blur":
        return blurs.gaussian(colour, params.blur * max(width, height))  # type: ignore[no-any-return]
    found = layer_of(fitted(context.picture(params.picture), width, height, "fill")[0]).colour
    return found if channels == 3 else found.mean(axis=2, keepdims=True)


class DropShadowParams(Params):
    """Parameters of `drop_shadow`."""

    blur: float = Field(0.02, ge=0, le=0.2, json_schema_extra=_FINE)
    """Softness of the shadow, as a share of the longer side."""
    distance: float = Field(0.015, ge=0, le=0.3, json_schema_extra=_FINE)
    """How far it falls, as a share of the longer side."""
    angle: float = Field(-60.0, ge=-180, le=180, json_schema_extra={"unit": "°", "step": 1})
    """Where it falls to, anticlockwise from the right; -90 is straight down."""
    colour: Colour = "#000000"
    """Of the shadow."""
    opacity: float = Field(0.5, ge=0, le=1, json_schema_extra=_SHARE)
    """Of the shadow."""
    background: Colour | None = None
    """Colour behind it all; empty leaves it transparent."""


def _shadow_rim(shape: Shape, params: DropShadowParams) -> int:
    longer = max(shape.width, shape.height)
    return int(np.ceil((3 * params.blur + params.distance) * longer))


@operation(
    "drop_shadow",
    category="compose",
    aliases=("shadow", "lift", "product shadow"),
    examples=({"background": "#ffffff"}, {"angle": 0, "blur": 0}),
)
def drop_shadow(image: Raster, params: DropShadowParams) -> Raster:
    """Let a picture, or the shape that its transparency gives it, cast a shadow; the canvas grows around it."""
    rim = _shadow_rim(image.shape, params)
    longer = max(image.shape.width, image.shape.height)
    layer = layer_of(image)
    pad = ((rim, rim), (rim, rim), (0, 0))
    colour, alpha = np.pad(layer.colour, pad), np.pad(layer.alpha, pad)
    turn = np.deg2rad(params.angle)
    away = (round(params.distance * longer * np.cos(turn)), round(-params.distance * longer * np.sin(turn)))
    moved = np.roll(alpha, (away[1], away[0]), (0, 1))
    dark = cutout.shadow(moved, params.blur * longer, params.opacity)
    ink = np.array(colour_value(params.colour, Shape(1, 1, 3, "float32")), np.float32)
    made, opacity = composed("normal", np.broadcast_to(ink, colour.shape), dark, colour, alpha)
    if params.background:
        *values, shown = colour_value(params.background, Shape(1, 1, 4, "float32"))
        flat = np.broadcast_to(np.array(values, np.float32), made.shape)
        made, opacity = composed("normal", flat, np.full_like(opacity, shown), made, opacity)
    return image.of(from_float(np.concatenate([made, opacity], axis=2), image.shape.depth))


@drop_shadow.shape_of
def _shadow_shape(shape: Shape, params: DropShadowParams) -> Shape:
    rim = _shadow_rim(shape, params)
    return replace(shape, width=shape.width + 2 * rim, height=shape.height + 2 * rim, channels=4)


@drop_shadow.motion_of
def _shadow_motion(shape: Shape, params: DropShadowParams) -> Motion:
    across, down = _shadow_rim(shape, params) / shape.width, _shadow_rim(shape, params) / shape.height
    return cropped(-across, -down, 1 + across, 1 + down)


class MatParams(Params):
    """Parameters of `mat`."""

    width: float = Field(0.08, ge=0, le=1, json_schema_extra=_FINE)
    """Of the card around the picture, as a share of the shorter side."""
    bottom: float = Field(0.0, ge=0, le=1, json_schema_extra=_FINE)
    """How much wider the card is below the picture, as instant film has it."""
    colour: Colour = "#f7f5f0"
    """Of the card."""
    bevel: float = Field(0.004, ge=0, le=0.05, json_schema_extra={"step": 0.001})
    """Width of the slanted cut around the picture."""
    frame: float = Field(0.02, ge=0, le=0.5, json_schema_extra=_FINE)
    """Width of the frame around the card."""
    frame_colour: Colour = "#2b2622"
    """Of the frame."""


def _mat_sides(shape: Shape, params: MatParams) -> tuple[int, int, int, int]:
    """Frame, card, what the card has more below, and bevel, in pixels."""
    side = min(shape.width, shape.height)
    return (
        round(params.frame * side),
        round(params.width * side),
        round(params.bottom * side),
        round(params.bevel * side),
    )


@operation(
    "mat",
    category="compose",
    aliases=("passepartout", "picture frame", "polaroid", "gallery frame"),
    identity={"width": 0, "bottom": 0, "bevel": 0, "frame": 0},
    examples=({}, {"width": 0.1, "bottom": 0.3, "frame": 0, "bevel": 0, "colour": "#ffffff"}),
)
def mat(image: Raster, params: MatParams) -> Raster:
    """Mount a picture on a card with a bevelled cut, in a frame."""
    frame, card, _, bevel = _mat_sides(image.shape, params)
    shape = _mat_shape(image.shape, params)
    made = np.empty((shape.height, shape.width, shape.channels), image.array.dtype)
    made[:] = colour_value(params.frame_colour, shape)
    made[frame : shape.height - frame, frame : shape.width - frame] = colour_value(params.colour, shape)
    left = top = frame + card + bevel
    bottom, right = top + image.shape.height, left + image.shape.width
    white = image.white
    face = np.array(colour_value(params.colour, shape), np.float64)
    for step in range(bevel, 0, -1):
        # The cut shows the card's core: lighter below and to the right, where the light falls on it.
        lit, dark = face + (white - face) * 0.7, face * 0.8
        lit[3:], dark[3:] = face[3:], face[3:]
        made[top - step : bottom + step, left - step : right + step] = lit.astype(made.dtype)
        made[top - step, left - step : right + step] = dark.astype(made.dtype)
        made[top - step : bottom + step, left - step] = dark.astype(made.dtype)
    made[top:bottom, left:right] = image.array
    return image.of(made)


@mat.shape_of
def _mat_shape(shape: Shape, params: MatParams) -> Shape:
    frame, card, more, bevel = _mat_sides(shape, params)
    around = 2 * (frame + card + bevel)
    return shape.sized(shape.width + around, shape.height + around + more)


@mat.motion_of
def _mat_motion(shape: Shape, params: MatParams) -> Motion:
    frame, card, more, bevel = _mat_sides(shape, params)
    around = frame + card + bevel
    across, down = around / shape.width, around / shape.height
    return cropped(-across, -down, 1 + across, 1 + down + more / shape.height)
