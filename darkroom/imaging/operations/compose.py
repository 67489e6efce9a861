"""Text, watermarks, blending and masks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np
from pydantic import Field, JsonValue, model_validator

from darkroom.imaging.operations import effects_blur as blurs
from darkroom.imaging.operations.base import (
    Colour,
    Context,
    FileRef,
    Floats,
    Params,
    PictureRef,
    Raster,
    Shape,
    Unfit,
    colour_value,
    from_float,
    to_float,
)
from darkroom.imaging.operations.compose_calm import calmest
from darkroom.imaging.operations.compose_layers import (
    Fit,
    Layer,
    Place,
    corner,
    fitted,
    laid,
    layer_of,
    mask_of,
    turned,
)
from darkroom.imaging.operations.compose_modes import Mode
from darkroom.imaging.operations.compose_text import MAX_LETTERS, write
from darkroom.imaging.operations.declare import operation
from darkroom.imaging.operations.resample import scale as scaled

_SHARE: dict[str, JsonValue] = {"step": 0.05}
_FINE: dict[str, JsonValue] = {"step": 0.005}
_RGBA = Shape(1, 1, 4, "float32")


class TextParams(Params):
    """Parameters of `text`."""

    text: str = Field(min_length=1, max_length=MAX_LETTERS)
    """What is written; may have several lines."""
    size: float = Field(0.06, gt=0, le=1, json_schema_extra=_FINE)
    """Height of the letters as a share of the picture's shorter side."""
    colour: Colour = "#ffffff"
    """Colour of the letters; with alpha they let the picture through."""
    place: Literal[Place, "calm"] = "bottom"
    """Where it stands; `calm` is wherever it covers least of what draws the eye, and no face or thing that was found."""
    margin: float = Field(0.04, ge=0, le=0.5, json_schema_extra=_FINE)
    """Distance from the border, as a share of the shorter side."""
    align: Literal["left", "center", "right"] = "center"
    """How several lines stand to each other."""
    outline: float = Field(0.0, ge=0, le=0.3, json_schema_extra=_FINE)
    """Width of a stroke around the letters, as a share of their height."""
    outline_colour: Colour = "#000000"
    """Colour of the stroke."""
    background: Colour | None = None
    """Colour of a box behind the text; empty for none."""
    angle: float = Field(0.0, ge=-180, le=180, json_schema_extra={"unit": "°", "step": 1})
    """Turn, anticlockwise."""
    opacity: float = Field(1.0, ge=0, le=1, json_schema_extra=_SHARE)
    """0 changes nothing."""
    font: FileRef = ""
    """A TrueType or OpenType font; empty for the built-in ones, which have most alphabets."""


def painted(colour: str, cover: Any) -> Layer:
    """A layer of one colour."""
    *values, alpha = colour_value(colour, _RGBA)
    height, width = cover.shape
    flat = np.broadcast_to(np.array(values, np.float32), (height, width, 3))
    return Layer(flat, (cover * np.float32(alpha))[:, :, None])


def _over(below: Layer, above: Layer) -> Layer:
    alpha = above.alpha + below.alpha * (1 - above.alpha)
    total = above.alpha * above.colour + (1 - above.alpha) * below.alpha * below.colour
    return Layer(np.divide(total, alpha, out=np.zeros_like(total), where=alpha > 1e-6), alpha)


def written_layer(params: TextParams, side: int, width: int, font: bytes) -> Layer:
    """The text with its outline and its box, not yet turned.

    Args:
        side: the picture's shorter side in pixels.
        width: longest line in pixels.
    """
    pixels = max(1, round(params.size * side))
    stroke = round(params.outline * pixels)
    found = write(params.text, pixels, font=font, align=params.align, outline=stroke, width=width)
    layer = painted(params.colour, found.letters)
    if stroke:
        layer = _over(painted(params.outline_colour, found.outlined), layer)
    if params.background:
        around = max(1, pixels // 3)
        pad = ((around, around), (around, around), (0, 0))
        layer = Layer(np.pad(layer.colour, pad), np.pad(layer.alpha, pad))
        layer = _over(painted(params.background, np.ones(layer.alpha.shape[:2], np.float32)), layer)
    return layer


@operation(
    "text",
    category="compose",
    aliases=("caption", "title", "write", "annotate", "label", "credit line"),
    identity={"text": "-", "opacity": 0},
    examples=(
        {"text": "Reine, 68° N", "outline": 0.05},
        {"text": "two\nlines", "background": "#00000080", "angle": 20, "place": "top_left", "size": 0.2},
    ),
)
def text(image: Raster, params: TextParams, context: Context) -> Raster:
    """Write onto a picture."""
    if params.opacity == 0:
        return image
    layer, margin = _text_layer(image.shape, params, context)
    place = params.place if params.place != "calm" else "bottom"
    at = corner(place, (image.shape.width, image.shape.height), layer.size, margin)
    return laid(image, layer, at, opacity=params.opacity)


def _text_layer(shape: Shape, params: TextParams, context: Context) -> tuple[Layer, int]:
    """What is written, turned, and its distance from the border."""
    side = min(shape.width, shape.height)
    margin = round(params.margin * side)
    font = context.file(params.font) if params.font else b""
    layer = written_layer(params, side, max(1, shape.width - 2 * margin), font)
    return turned(layer, params.angle), margin


@text.pin_of
def _calm_text(image: Raster, params: TextParams, context: Context) -> TextParams:
    if params.place != "calm" or params.opacity == 0:
        return params
    layer, margin = _text_layer(image.shape, params, context)
    return params.model_copy(update={"place": calmest(image, layer.size, margin, context.regions)})


class WatermarkParams(Params):
    """Parameters of `watermark`."""

    picture: PictureRef = ""
    """A logo, best with a transparent background; or give a text."""
    text: str = Field("", max_length=200)
    """Words in place of a logo."""
    size: float = Field(0.2, gt=0, le=1, json_schema_extra=_SHARE)
    """Width of the mark as a share of the picture's width."""
    place: Literal[Place, "calm"] = "bottom_right"
    """Where it lies, unless it is repeated; `calm` as for a text."""
    margin: float = Field(0.03, ge=0, le=0.5, json_schema_extra=_FINE)
    """Distance from the border, as a share of the shorter side."""
    opacity: float = Field(0.6, ge=0, le=1, json_schema_extra=_SHARE)
    """0 changes nothing."""
    angle: float = Field(0.0, ge=-180, le=180, json_schema_extra={"unit": "°", "step": 1})
    """Turn, anticlockwise."""
    tiled: bool = False
    """Repeat it all over the picture, every second row shifted by half."""
    gap: float = Field(0.5, ge=0, le=5, json_schema_extra=_SHARE)
    """Space between repetitions, as a share of the mark."""
    mode: Mode = "normal"
    """How it meets the picture."""
    colour: Colour = "#ffffff"
    """Of a text."""

    @model_validator(mode="after")
    def _one_mark(self) -> WatermarkParams:
        if bool(self.picture) == bool(self.text):
            raise Unfit("give either a picture or a text", "picture", "text")
        return self


@operation(
    "watermark",
    category="compose",
    aliases=("logo", "copyright", "stamp", "brand"),
    identity={"text": "-", "opacity": 0},
    examples=({"text": "© Darkroom", "tiled": True, "angle": 30}, {"picture": "logo", "size": 0.4}),
)
def watermark(image: Raster, params: WatermarkParams, context: Context) -> Raster:
    """Lay a logo or a text over a picture, once or all over it."""
    if params.opacity == 0:
        return image
    layer, margin = _mark_layer(image.shape, params, context)
    room = (image.shape.width, image.shape.height)
    if params.tiled:
        layer, at = _repeated(layer, room, params.gap), (0, 0)
    else:
        place = params.place if params.place != "calm" else "bottom_right"
        at = corner(place, room, layer.size, margin)
    return laid(image, layer, at, params.mode, params.opacity)


@watermark.pin_of
def _calm_mark(image: Raster, params: WatermarkParams, context: Context) -> WatermarkParams:
    if params.place != "calm" or params.tiled or params.opacity == 0:
        return params
    layer, margin = _mark_layer(image.shape, params, context)
    return params.model_copy(update={"place": calmest(image, layer.size, margin, context.regions)})


def _mark_layer(shape: Shape, params: WatermarkParams, context: Context) -> tuple[Layer, int]:
    """The mark, turned, and its distance from the border."""
    wide = max(1, round(params.size * shape.width))
    margin = round(params.margin * min(shape.width, shape.height))
    return turned(_mark(params, wide, context), params.angle), margin


def _mark(params: WatermarkParams, wide: int, context: Context) -> Layer:
    if params.text:
        # Drawn once to learn its proportions, then at the size that gives the width.
        probe = write(params.text, 100).letters.shape[1]
        return painted(params.colour, write(params.text, max(1, round(100 * wide / probe))).letters)
    logo = context.picture(params.picture)
    return layer_of(scaled(logo, wide, max(1, round(logo.shape.height * wide / logo.shape.width))))


def _repeated(layer: Layer, room: tuple[int, int], gap: float) -> Layer:
    width, height = layer.size
    across, down = max(1, round(width * (1 + gap))), max(1, round(height * (1 + gap)))
    colour = np.zeros((room[1], room[0], 3), np.float32)
    alpha = np.zeros((room[1], room[0], 1), np.float32)
    for row, top in enumerate(range(0, room[1], down)):
        for left in range(-(across // 2) * (row % 2), room[0], across):
            x0, x1, y1 = max(0, left), min(room[0], left + width), min(room[1], top + height)
            if x1 > x0:
                cut = (slice(0, y1 - top), slice(x0 - left, x1 - left))
                colour[top:y1, x0:x1], alpha[top:y1, x0:x1] = layer.colour[cut], layer.alpha[cut]
    return Layer(colour, alpha)


class BlendParams(Params):
    """Parameters of `blend`."""

    picture: PictureRef
    """What is laid over."""
    mode: Mode = "normal"
    """How the two meet."""
    opacity: float = Field(1.0, ge=0, le=1, json_schema_extra=_SHARE)
    """0 changes nothing."""
    fit: Fit = "fill"
    """How the size is met: `fill` cuts what is over, `fit` leaves a rest, `centre` does not scale."""
    mask: PictureRef = ""
    """White where it is laid over, black where not; empty for everywhere."""


@operation(
    "blend",
    category="compose",
    aliases=("overlay", "multiply", "screen", "double exposure", "texture", "layer"),
    identity={"picture": "x", "opacity": 0},
    examples=(
        {"picture": "texture", "mode": "soft_light"},
        {"picture": "texture", "mode": "luminosity", "fit": "fit", "opacity": 0.7},
        {"picture": "texture", "mask": "mask", "fit": "centre"},
    ),
)
def blend(image: Raster, params: BlendParams, context: Context) -> Raster:
    """Lay another picture over this one, in any of nineteen ways."""
    if params.opacity == 0:
        return image
    width, height = image.shape.width, image.shape.height
    above, left, top = fitted(context.picture(params.picture), width, height, params.fit)
    layer = layer_of(above)
    if params.mask:
        cover = mask_of(context.picture(params.mask), width, height)
        inside = cover[top : top + layer.size[1], left : left + layer.size[0]]
        layer = Layer(layer.colour, layer.alpha * inside)
    return laid(image, layer, (left, top), params.mode, params.opacity)


class MaskParams(Params):
    """Parameters of `mask`."""

    picture: PictureRef
    """White where the picture stays, black where it becomes transparent; of any size."""
    invert: bool = False
    """Swap what stays and what goes."""
    feather: float = Field(0.0, ge=0, le=200, json_schema_extra={"unit": "px", "step": 0.5})
    """Softness of the mask's border."""


@operation(
    "mask", category="compose", aliases=("cut out", "alpha", "clip"), examples=({"picture": "mask", "feather": 3},)
)
def mask(image: Raster, params: MaskParams, context: Context) -> Raster:
    """Make a picture transparent where a mask is black; transparency that is there stays."""
    width, height = image.shape.width, image.shape.height
    cover = mask_of(context.picture(params.picture), width, height)
    cover = blurs.gaussian(1 - cover if params.invert else cover, params.feather * context.scale)
    return with_opacity(image, cover)


@mask.shape_of
def _with_alpha_shape(shape: Shape, params: Params) -> Shape:
    return replace(shape, channels=4)


def with_opacity(image: Raster, cover: Floats) -> Raster:
    """The picture with its alpha multiplied by a cover (height x width x 1); its colours stay exact."""
    colour = image.colour.repeat(3, axis=2) if image.shape.channels == 1 else image.colour
    alpha = cover if image.alpha is None else cover * to_float(image.alpha)
    return image.of(np.concatenate([colour, from_float(np.clip(alpha, 0, 1), image.shape.depth)], axis=2))
