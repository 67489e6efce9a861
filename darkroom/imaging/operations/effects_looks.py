"""Looks: duotone, edges, sketch, cartoon, paint, halftone, emboss, gradients."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from pydantic import Field, JsonValue

from darkroom.imaging import native
from darkroom.imaging.operations import effects_blur as blurs
from darkroom.imaging.operations.base import Colour, Context, Floats, Params, Raster, Shape, colour_value
from darkroom.imaging.operations.declare import operation
from darkroom.imaging.operations.detail_filters import fast_guided
from darkroom.imaging.operations.detail_planes import from_luma_chroma, luma_of, through_floats, to_luma_chroma
from darkroom.imaging.operations.handles import handle

_SHARE: dict[str, JsonValue] = {"step": 0.05}
_UNIT = Shape(1, 1, 3, "float32")


class DuotoneParams(Params):
    """Parameters of `duotone`."""

    shadows: Colour = "#1b1464"
    """What black becomes."""
    highlights: Colour = "#ffe29a"
    """What white becomes."""
    midtones: Colour | None = None
    """What middle grey becomes; empty: what lies between the other two."""
    strength: float = Field(1.0, ge=0, le=1, json_schema_extra=_SHARE)
    """Share of the effect; 0 leaves the colours as they are."""


@operation(
    "duotone",
    category="effects",
    aliases=("gradient map", "tritone", "split tone", "toning", "sepia"),
    examples=({}, {"midtones": "#c0392b", "strength": 0.6}),
)
def duotone(image: Raster, params: DuotoneParams) -> Raster:
    """Print a picture in two or three inks: its brightness chooses between their colours."""
    ends = [colour_value(one, _UNIT) for one in (params.shadows, params.highlights)]
    middle = colour_value(params.midtones, _UNIT) if params.midtones else tuple(np.mean(ends, axis=0))
    places = np.linspace(0, 1, 1025)
    table = np.stack([np.interp(places, [0, 0.5, 1], values) for values in zip(ends[0], middle, ends[1], strict=True)])
    table = table.T.astype(np.float32)
    colour = image.colour
    if colour.shape[2] == 1:
        image = image.of(np.ascontiguousarray(colour.repeat(3, axis=2)))

    def change(values: Floats) -> Any:
        luma = np.clip(luma_of(values), 0, 1)
        return values + np.float32(params.strength) * (table[np.rint(luma * 1024).astype(np.int32)] - values)

    return through_floats(image, change)


@duotone.shape_of
def _coloured(shape: Shape, params: DuotoneParams) -> Shape:
    return replace(shape, channels=3) if shape.channels == 1 else shape


class EdgesParams(Params):
    """Parameters of `edges`."""

    radius: float = Field(1.0, ge=0, le=20, json_schema_extra={"unit": "px", "step": 0.1})
    """Detail smaller than this is smoothed away first."""
    gain: float = Field(2.0, ge=0.1, le=20, json_schema_extra={"step": 0.1})
    """How strongly edges show."""
    invert: bool = False
    """Dark lines on white instead of bright ones on black."""


@operation("edges", category="effects", aliases=("sobel", "outline", "contour"), examples=({}, {"invert": True}))
def edges(image: Raster, params: EdgesParams, context: Context) -> Raster:
    """Show the edges of a picture and nothing else."""

    def change(colour: Floats) -> Any:
        found = params.gain * edge_strength(luma_of(colour), params.radius * context.scale)
        shown = np.clip(1 - found if params.invert else found, 0, 1)
        return np.ascontiguousarray(shown[:, :, None].repeat(colour.shape[2], axis=2))

    return through_floats(image, change)


def edge_strength(luma: Any, radius: float) -> Any:
    """Length of the gradient: 1 is a step from black to white from one pixel to the next (Scharr's operator)."""
    cv2 = native.cv2()
    soft = blurs.gaussian(luma, radius)
    border = cv2.BORDER_REFLECT_101
    across = cv2.Scharr(soft, cv2.CV_32F, 1, 0, scale=1 / 16, borderType=border)
    down = cv2.Scharr(soft, cv2.CV_32F, 0, 1, scale=1 / 16, borderType=border)
    return cv2.magnitude(across, down)


class SketchParams(Params):
    """Parameters of `sketch`."""

    radius: float = Field(0.008, ge=0.0005, le=0.1, json_schema_extra={"step": 0.001})
    """Width of the strokes, as a share of the longer side."""
    darkness: float = Field(1.5, ge=0.1, le=5, json_schema_extra={"step": 0.1})
    """How dark the pencil is."""
    colour: float = Field(0.0, ge=0, le=1, json_schema_extra=_SHARE)
    """0 is a lead pencil, 1 keeps the colours as coloured pencils do."""


@operation("sketch", category="effects", aliases=("pencil", "drawing"), examples=({}, {"colour": 1}))
def sketch(image: Raster, params: SketchParams) -> Raster:
    """Draw a picture with a pencil on white paper."""
    radius = params.radius * max(image.shape.width, image.shape.height)

    def change(colour: Floats) -> Any:
        planes = to_luma_chroma(colour)
        luma = np.clip(planes[0], 0, 1)
        # Dodging with the blurred negative: white where nothing changes, dark along edges.
        line = np.clip((luma + 0.02) / (blurs.gaussian(luma, radius) + 0.02), 0, 1) ** np.float32(params.darkness)
        kept = [(plane - 0.5) * np.float32(params.colour) + 0.5 for plane in planes[1:]]
        return from_luma_chroma([line, *(plane.astype(np.float32) for plane in kept)])

    return through_floats(image, change)


class CartoonParams(Params):
    """Parameters of `cartoon`."""

    levels: int = Field(6, ge=2, le=24)
    """Steps of brightness."""
    smoothness: float = Field(0.01, ge=0.001, le=0.1, json_schema_extra={"step": 0.001})
    """Size of the detail that is painted over, as a share of the longer side."""
    lines: float = Field(0.7, ge=0, le=1, json_schema_extra=_SHARE)
    """How dark the outlines are."""


@operation("cartoon", category="effects", aliases=("comic", "toon", "cel shading"), examples=({}, {"lines": 0}))
def cartoon(image: Raster, params: CartoonParams) -> Raster:
    """Turn a picture into flat colours with dark outlines."""
    radius = max(1, round(params.smoothness * max(image.shape.width, image.shape.height)))

    def change(colour: Floats) -> Any:
        planes = to_luma_chroma(colour)
        guide = planes[0]
        planes = [fast_guided(plane, radius, 0.1, guide) for plane in planes]
        steps = params.levels - 1
        planes[0] = np.rint(np.clip(planes[0], 0, 1) * steps) / np.float32(steps)
        outline = blurs.ramp(edge_strength(guide, radius / 4), 0.04, 0.14)
        planes[0] = planes[0] * (1 - np.float32(params.lines) * outline)
        return from_luma_chroma(planes)

    return through_floats(image, change)


class PaintParams(Params):
    """Parameters of `paint`."""

    brush: float = Field(0.006, ge=0.0005, le=0.05, json_schema_extra={"step": 0.001})
    """Size of the strokes, as a share of the longer side."""


@operation("paint", category="effects", aliases=("oil painting", "kuwahara", "watercolour"), examples=({},))
def paint(image: Raster, params: PaintParams) -> Raster:
    """Paint a picture in flat strokes with crisp borders."""
    radius = max(1, round(params.brush * max(image.shape.width, image.shape.height)))
    return through_floats(image, lambda colour: blurs.kuwahara(colour, radius))


class HalftoneParams(Params):
    """Parameters of `halftone`."""

    size: float = Field(0.008, ge=0.002, le=0.1, json_schema_extra={"step": 0.001})
    """Distance of the dots, as a share of the longer side."""
    angle: float = Field(45.0, ge=-90, le=90, json_schema_extra={"unit": "°", "step": 1})
    """Turn of the screen; in colour each ink has its own, 30 degrees apart."""
    colour: bool = False
    """Print the three inks apart instead of black alone."""


@operation("halftone", category="effects", aliases=("newspaper", "dots", "screen"), examples=({}, {"colour": True}))
def halftone(image: Raster, params: HalftoneParams) -> Raster:
    """Print a picture in dots that grow with its darkness, as newspapers do."""
    height, width = image.shape.height, image.shape.width
    pitch = max(2.0, params.size * max(width, height))

    def change(colour: Floats) -> Any:
        if colour.shape[2] == 3 and params.colour:
            inks = [_dots(colour[:, :, number], pitch, params.angle + 30 * number) for number in range(3)]
            return np.stack(inks, axis=2)
        dots = _dots(luma_of(colour), pitch, params.angle)
        return np.ascontiguousarray(dots[:, :, None].repeat(colour.shape[2], axis=2))

    return through_floats(image, change)


def _dots(plane: Any, pitch: float, angle: float) -> Any:
    height, width = plane.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) * np.float32(2 * math.pi / pitch)
    turn = math.radians(angle)
    across, down = x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)
    screen = (np.cos(across) + np.cos(down)) / 4 + 0.5
    tone = np.clip(blurs.gaussian(np.ascontiguousarray(plane), pitch / 4), 0, 1)
    # The share of the screen below a threshold is not the threshold: this table makes a grey print as that grey.
    places = np.sort(screen[: min(height, 512), : min(width, 512)].ravel())
    cut = places[np.clip((1 - tone) * (places.size - 1), 0, places.size - 1).astype(np.int64)]
    return np.clip((screen - cut) * np.float32(pitch / 3) + 0.5, 0, 1).astype(np.float32)


class EmbossParams(Params):
    """Parameters of `emboss`."""

    angle: float = Field(135.0, ge=-180, le=180, json_schema_extra={"unit": "°", "step": 1})
    """Where the light comes from, anticlockwise from the right."""
    depth: float = Field(2.0, ge=0.1, le=20, json_schema_extra={"step": 0.1})
    """How deep the relief is."""


@operation(
    "emboss",
    category="effects",
    aliases=("relief",),
    examples=({}, {"angle": 0, "depth": 5}),
    handles=(handle("direction"),),
)
def emboss(image: Raster, params: EmbossParams) -> Raster:
    """Press a picture into grey paper, lit from one side."""
    turn = math.radians(params.angle)

    def change(colour: Floats) -> Any:
        cv2 = native.cv2()
        luma = luma_of(colour)
        border = cv2.BORDER_REFLECT_101
        across = cv2.Scharr(luma, cv2.CV_32F, 1, 0, scale=1 / 16, borderType=border)
        down = cv2.Scharr(luma, cv2.CV_32F, 0, 1, scale=1 / 16, borderType=border)
        # A slope that falls away from the light lies in its shadow.
        shade = np.clip(0.5 - np.float32(params.depth) * (across * math.cos(turn) - down * math.sin(turn)), 0, 1)
        return np.ascontiguousarray(shade.astype(np.float32)[:, :, None].repeat(colour.shape[2], axis=2))

    return through_floats(image, change)


class GradientParams(Params):
    """Parameters of `colour_overlay`."""

    start: Colour = "#ff7e5f"
    """Colour at the beginning."""
    end: Colour = "#feb47b"
    """Colour at the end."""
    angle: float = Field(90.0, ge=-180, le=180, json_schema_extra={"unit": "°", "step": 1})
    """Direction from beginning to end, anticlockwise from the right."""
    strength: float = Field(0.5, ge=0, le=1, json_schema_extra=_SHARE)
    """Share of the effect; 0 changes nothing."""
    mode: Literal["normal", "multiply", "screen", "soft_light", "overlay"] = "soft_light"
    """How the colours meet the picture."""


@operation(
    "colour_overlay",
    category="effects",
    aliases=("gradient", "tint", "colour wash", "graduated filter"),
    identity={"strength": 0},
    examples=({}, {"mode": "multiply", "angle": 20}),
    handles=(handle("direction", relative=True),),
)
def colour_overlay(image: Raster, params: GradientParams) -> Raster:
    """Lay a gradient of two colours over a picture, as a graduated filter before the lens does."""
    from darkroom.imaging.operations.compose_modes import blended

    if params.strength == 0:
        return image
    turn = math.radians(params.angle)
    height, width = image.shape.height, image.shape.width
    x = (np.arange(width, dtype=np.float32) + 0.5) / width - 0.5
    y = (np.arange(height, dtype=np.float32) + 0.5) / height - 0.5
    along = x[None, :] * math.cos(turn) - y[:, None] * math.sin(turn)
    share = (along / (abs(math.cos(turn)) + abs(math.sin(turn))) + 0.5)[:, :, None]
    kind = replace(_UNIT, channels=3 if image.shape.channels >= 3 else 1)
    first, last = (np.array(colour_value(one, kind), np.float32) for one in (params.start, params.end))

    def change(colour: Floats) -> Any:
        wash = first + share * (last - first)
        return colour + np.float32(params.strength) * (blended(params.mode, colour, wash.astype(np.float32)) - colour)

    return through_floats(image, change)
