"""Resize: to fit a box, fill it, be padded into it, take it exactly, or reach a number of megapixels."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from pydantic import Field, model_validator
from pydantic.config import JsonDict

from darkroom.imaging.operations.base import (
    MAX_SIDE,
    Colour,
    Context,
    Motion,
    Params,
    Raster,
    Shape,
    Unfit,
    colour_value,
)
from darkroom.imaging.operations.declare import operation
from darkroom.imaging.operations.handles import handle
from darkroom.imaging.operations.motion import cropped
from darkroom.imaging.operations.resample import Filter, scale

_PIXELS: JsonDict = {"unit": "px", "scales": True}


class ResizeParams(Params):
    """Parameters of `resize`."""

    width: int | None = Field(None, ge=1, le=MAX_SIDE, json_schema_extra=_PIXELS)
    """Width of the box; empty leaves it to the height."""
    height: int | None = Field(None, ge=1, le=MAX_SIDE, json_schema_extra=_PIXELS)
    """Height of the box; empty leaves it to the width."""
    megapixels: float | None = Field(None, gt=0, le=1000, json_schema_extra={"unit": "MP"})
    """Size of the result instead of a box; the shape stays."""
    mode: Literal["fit", "fill", "pad", "exact"] = "fit"
    """`fit` stays inside the box, `fill` covers it and cuts what stands out, `pad` adds edges, `exact` distorts."""
    enlarge: bool = False
    """Whether small pictures grow; without it they keep their size (with `pad` they are padded)."""
    focus_x: float = Field(0.5, ge=0, le=1, json_schema_extra={"step": 0.01})
    """What `fill` keeps and where `pad` puts the picture: 0 left, 1 right."""
    focus_y: float = Field(0.5, ge=0, le=1, json_schema_extra={"step": 0.01})
    """What `fill` keeps and where `pad` puts the picture: 0 top, 1 bottom."""
    background: Colour = "#ffffff"
    """Colour of the edges that `pad` adds."""
    filter: Filter = "lanczos"
    """`lanczos` is sharpest; `linear` and `area` are faster and softer; `nearest` keeps hard pixels."""
    linear_light: bool = False
    """Average light instead of values: fine bright detail keeps its brightness, at several times the cost."""

    @model_validator(mode="after")
    def _size(self) -> ResizeParams:
        if self.megapixels and (self.width or self.height):
            raise Unfit("give either megapixels or width and height, not both", "megapixels", "width", "height")
        if self.mode in ("fill", "pad", "exact") and not self.megapixels and not (self.width and self.height):
            lacking = [one for one in ("width", "height") if not getattr(self, one)]
            raise Unfit(f"{self.mode} needs both width and height", *lacking, "mode")
        if not (self.megapixels or self.width or self.height):
            raise Unfit("give width, height or megapixels", "width", "height", "megapixels")
        return self


class _Plan:
    """Sizes of one resize: scaled size, then window on it (or around it)."""

    def __init__(self, shape: Shape, params: ResizeParams) -> None:
        self.width, self.height = scaled_size(shape, params)
        self.left = self.top = 0
        self.out_width, self.out_height = self.width, self.height
        if params.mode in ("fill", "pad") and params.width and params.height:
            self.out_width, self.out_height = params.width, params.height
            if params.mode == "fill":  # a picture that may not grow is cut where it can be
                self.out_width = min(self.out_width, self.width)
                self.out_height = min(self.out_height, self.height)
            self.left = math.floor((self.width - self.out_width) * params.focus_x + 0.5)
            self.top = math.floor((self.height - self.out_height) * params.focus_y + 0.5)


def scaled_size(shape: Shape, params: ResizeParams) -> tuple[int, int]:
    """Width and height to which the whole picture is brought, before anything is cut off it or put around it."""
    width, height = shape.width, shape.height
    if params.megapixels:
        factor = math.sqrt(params.megapixels * 1e6 / (width * height))
        across = down = factor if params.enlarge else min(1.0, factor)
    else:
        across = (params.width or math.inf) / width
        down = (params.height or math.inf) / height
        if params.mode != "exact":
            across = down = max(across, down) if params.mode == "fill" else min(across, down)
        if not params.enlarge:
            across, down = min(1.0, across), min(1.0, down)
    # The side that the box decides gets the box's number, not one that a division has rounded.
    return _side(width, across, params.width), _side(height, down, params.height)


def _side(length: int, factor: float, wanted: int | None) -> int:
    found = max(1, round(length * factor))
    return wanted if wanted and abs(length * factor - wanted) < 1e-6 * wanted else found


@operation(
    "resize",
    category="geometry",
    aliases=("scale", "fit", "fill", "thumbnail", "downsample"),
    examples=(
        {"width": 120, "height": 120, "mode": "pad", "background": "#336699"},
        {"width": 24, "height": 24, "mode": "pad", "background": "#336699"},
        {"width": 40, "height": 20, "mode": "fill", "focus_x": 0.2},
        {"width": 20, "height": 20},
        {"width": 50, "height": 50, "mode": "exact", "enlarge": True},
        {"megapixels": 0.0004, "linear_light": True},
        {"width": 15, "filter": "nearest"},
        {"height": 13, "filter": "linear"},
        {"height": 13, "filter": "area", "linear_light": True},
    ),
    handles=(handle("point", "focus_x", "focus_y", sets={"mode": "fill"}),),
)
def resize(image: Raster, params: ResizeParams) -> Raster:
    """Bring a picture to a size."""
    plan = _Plan(image.shape, params)
    made = scale(image, plan.width, plan.height, params.filter, linear_light=params.linear_light)
    if (plan.out_width, plan.out_height) == (plan.width, plan.height):
        return made
    if params.mode == "fill":
        left, top = plan.left, plan.top
        return made.of(np.ascontiguousarray(made.array[top : top + plan.out_height, left : left + plan.out_width]))
    canvas = np.empty((plan.out_height, plan.out_width, made.array.shape[2]), made.array.dtype)
    canvas[:] = colour_value(params.background, made.shape)
    canvas[-plan.top : -plan.top + plan.height, -plan.left : -plan.left + plan.width] = made.array
    return made.of(canvas)


@resize.shape_of
def _resize_shape(shape: Shape, params: ResizeParams) -> Shape:
    plan = _Plan(shape, params)
    return shape.sized(plan.out_width, plan.out_height)


@resize.motion_of
def _resize_motion(shape: Shape, params: ResizeParams) -> Motion:
    plan = _Plan(shape, params)
    left, top = plan.left / plan.width, plan.top / plan.height
    return cropped(left, top, left + plan.out_width / plan.width, top + plan.out_height / plan.height)


class PadParams(Params):
    """Parameters of `pad`."""

    left: int = Field(0, ge=0, le=20_000, json_schema_extra=_PIXELS)
    """Pixels to add on the left."""
    top: int = Field(0, ge=0, le=20_000, json_schema_extra=_PIXELS)
    """Pixels to add at the top."""
    right: int = Field(0, ge=0, le=20_000, json_schema_extra=_PIXELS)
    """Pixels to add on the right."""
    bottom: int = Field(0, ge=0, le=20_000, json_schema_extra=_PIXELS)
    """Pixels to add at the bottom."""
    ratio: str | None = Field(None, pattern=r"^\d{1,4}(\.\d+)?:\d{1,4}(\.\d+)?$")
    """Pad further to this ratio of width to height, as `16:9`, the picture in the middle."""
    fill: Literal["colour", "edge", "mirror"] = "colour"
    """What the new pixels show."""
    colour: Colour = "#ffffff"
    """Their colour, where `fill` is `colour`."""


def ratio_of(words: str) -> float:
    """Width over height for words such as `16:9`; 1 where one of the numbers is 0."""
    width, height = (float(part) for part in words.split(":"))
    return width / height if width > 0 and height > 0 else 1.0


def _edges(shape: Shape, params: PadParams) -> tuple[int, int, int, int]:
    left, top, right, bottom = params.left, params.top, params.right, params.bottom
    if params.ratio:
        width, height = shape.width + left + right, shape.height + top + bottom
        ratio = ratio_of(params.ratio)
        across, down = max(0, round(height * ratio) - width), max(0, round(width / ratio) - height)
        left, top = left + across // 2, top + down // 2
        right, bottom = right + across - across // 2, bottom + down - down // 2
    return left, top, right, bottom


@operation(
    "pad",
    category="geometry",
    aliases=("extend", "canvas", "letterbox"),
    identity={},
    examples=(
        {"ratio": "1:1", "colour": "#204060"},
        {"left": 3, "top": 4, "right": 70, "bottom": 1, "fill": "mirror"},
        {"left": 2, "fill": "edge"},
    ),
)
def pad(image: Raster, params: PadParams) -> Raster:
    """Add space around a picture."""
    left, top, right, bottom = _edges(image.shape, params)
    if not (left or top or right or bottom):
        return image
    if params.fill == "colour":
        shape = image.shape
        canvas = np.empty((shape.height + top + bottom, shape.width + left + right, shape.channels), image.array.dtype)
        canvas[:] = colour_value(params.colour, shape)
        canvas[top : top + shape.height, left : left + shape.width] = image.array
        return image.of(canvas)
    mode: Literal["edge", "symmetric"] = "edge" if params.fill == "edge" else "symmetric"
    return image.of(np.pad(image.array, ((top, bottom), (left, right), (0, 0)), mode=mode))


@pad.shape_of
def _pad_shape(shape: Shape, params: PadParams) -> Shape:
    left, top, right, bottom = _edges(shape, params)
    return shape.sized(shape.width + left + right, shape.height + top + bottom)


@pad.motion_of
def _pad_motion(shape: Shape, params: PadParams) -> Motion:
    left, top, right, bottom = _edges(shape, params)
    width, height = shape.width, shape.height
    return cropped(-left / width, -top / height, 1 + right / width, 1 + bottom / height)


class BorderParams(Params):
    """Parameters of `border`."""

    width: int = Field(8, ge=0, le=5_000, json_schema_extra=_PIXELS)
    """Width of the frame."""
    colour: Colour = "#000000"
    """Colour of the frame."""


def _as_pad(params: BorderParams) -> PadParams:
    side = params.width
    return PadParams(left=side, top=side, right=side, bottom=side, colour=params.colour)


@operation("border", category="geometry", aliases=("frame", "passepartout"), identity={"width": 0})
def border(image: Raster, params: BorderParams) -> Raster:
    """Put a frame of one colour around a picture."""
    return pad.run(image, _as_pad(params), Context())


@border.shape_of
def _border_shape(shape: Shape, params: BorderParams) -> Shape:
    return _pad_shape(shape, _as_pad(params))


@border.motion_of
def _border_motion(shape: Shape, params: BorderParams) -> Motion:
    return _pad_motion(shape, _as_pad(params))
