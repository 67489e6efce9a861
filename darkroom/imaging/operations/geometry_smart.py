"""Smart crop: any ratio around what matters, found once, and a picture that shows why."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import Field

from darkroom.imaging import native
from darkroom.imaging.operations.base import FOCUS, Context, Motion, Params, Raster, Region, Shape
from darkroom.imaging.operations.declare import operation
from darkroom.imaging.operations.geometry import Box, box_in_pixels, cut, cut_motion, cut_shape
from darkroom.imaging.operations.geometry_resize import ratio_of
from darkroom.imaging.operations.handles import handle
from darkroom.imaging.operations.saliency import Clear, Strategy, Subject, find_subject

_WHOLE = (0.0, 0.0, 1.0, 1.0)
_SIDES = ("left", "top", "right", "bottom")
_RATIO = r"^\d{1,4}(\.\d+)?:\d{1,4}(\.\d+)?$"
_COLOURS = ((255, 80, 60), (60, 200, 255), (255, 200, 40), (120, 230, 90), (220, 120, 255), (255, 255, 255))


class SmartCropParams(Params):
    """Parameters of `smart_crop`."""

    ratio: str = Field("1:1", pattern=_RATIO)
    """Width to height of the crop, as `16:9`."""
    strategy: Strategy = "attention"
    """What to keep: what draws the eye, the most detail, faces or objects that were detected, a place that you name,
    or the centre. Faces and objects fall back to attention where none were found."""
    focus_x: float | None = Field(None, ge=0, le=1, json_schema_extra={"step": 0.01})
    """The place that must stay, from the left; it wins over every strategy."""
    focus_y: float | None = Field(None, ge=0, le=1, json_schema_extra={"step": 0.01})
    """The place that must stay, from the top."""
    zoom: float = Field(1.0, ge=1, le=10, json_schema_extra={"step": 0.1})
    """How close: 1 is the largest crop of that ratio, 2 has half its sides."""
    clear: Literal["none", "left", "top", "right", "bottom"] = "none"
    """Side of the crop that is kept free for words: what matters comes to lie beside it."""
    clear_share: float = Field(0.3, gt=0, le=0.6, json_schema_extra={"step": 0.05})
    """How much of the crop that is."""
    regions: tuple[Box, ...] = ()
    """Boxes that should stay whole (left, top, right, bottom as shares), beside those that detectors found."""
    box: Box | None = None
    """What is kept, once it has been found."""


def looks_for_itself(params: Params) -> bool:
    """Whether a place that was set on the picture decides: where the parameters name none, and not the middle."""
    if not isinstance(params, SmartCropParams):
        return isinstance(params, CropOverlayParams) and params.strategy != "centre"
    named = params.focus_x is not None or params.focus_y is not None
    return params.box is None and not named and params.strategy != "centre"


def focus_region(place: tuple[float, float]) -> Region:
    """A place as a region, which moves along with the pixels."""
    x, y = place
    size = 0.002
    return Region(max(0.0, x - size), max(0.0, y - size), min(1.0, x + size), min(1.0, y + size), label=FOCUS)


def _regions(params: SmartCropParams, context: Context) -> tuple[Region, ...]:
    label = "face" if params.strategy == "faces" else "object"
    found = (one for one in context.regions if one.label != FOCUS)
    return (*(Region(*box, label=label) for box in params.regions), *found)


def _subject(image: Raster, params: SmartCropParams, context: Context) -> Subject:
    place = next((one for one in context.regions if one.label == FOCUS), None)
    if place is not None and looks_for_itself(params):
        middle = ((place.left + place.right) / 2, (place.top + place.bottom) / 2)
        return Subject(np.ones((1, 1), np.float32), focus=middle)
    if params.focus_x is not None or params.focus_y is not None:
        focus = (0.5 if params.focus_x is None else params.focus_x, 0.5 if params.focus_y is None else params.focus_y)
        return Subject(np.ones((1, 1), np.float32), focus=focus)
    return find_subject(image, params.strategy, _regions(params, context))


def crops(
    image: Raster, ratios: tuple[str, ...], params: SmartCropParams, context: Context
) -> dict[str, SmartCropParams]:
    """Pinned parameters for several ratios from one look at the picture."""
    subject = _subject(image, params, context)
    return {ratio: _pinned(image, params.model_copy(update={"ratio": ratio}), subject) for ratio in ratios}


def _pinned(image: Raster, params: SmartCropParams, subject: Subject) -> SmartCropParams:
    shape = image.shape
    width, height = _size(shape, params)
    left, top, _, _ = subject.crop(shape.width, shape.height, ratio_of(params.ratio), params.zoom, _clear(params))
    x0 = min(round(left * shape.width), shape.width - width)
    y0 = min(round(top * shape.height), shape.height - height)
    box = (x0 / shape.width, y0 / shape.height, (x0 + width) / shape.width, (y0 + height) / shape.height)
    return params.model_copy(update={"box": box})


def _clear(params: SmartCropParams) -> Clear:
    left, top, right, bottom = (params.clear_share * (side == params.clear) for side in _SIDES)
    return left, top, right, bottom


def _size(shape: Shape, params: SmartCropParams) -> tuple[int, int]:
    ratio = ratio_of(params.ratio)
    width = min(shape.width, shape.height * ratio) / params.zoom
    height = min(shape.height, shape.width / ratio) / params.zoom
    return max(1, round(width)), max(1, round(height))


@operation(
    "smart_crop",
    category="geometry",
    aliases=("crop to face", "attention crop", "focal point", "social"),
    examples=(
        {"ratio": "1:1"},
        {"ratio": "16:9", "strategy": "entropy"},
        {"ratio": "4:5", "strategy": "faces"},
        {"ratio": "1:2", "strategy": "objects", "regions": [[0.0, 0.1, 0.3, 0.5]], "zoom": 1.5},
        {"ratio": "9:16", "focus_x": 0.9, "focus_y": 0.5},
        {"ratio": "3:1", "strategy": "centre"},
    ),
    handles=(handle("point", "focus_x", "focus_y", sets={"strategy": "focus"}),),
)
def smart_crop(image: Raster, params: SmartCropParams) -> Raster:
    """Crop to a ratio around what matters in a picture."""
    return cut(image, params.box or _WHOLE)


@smart_crop.pin_of
def _find_crop(image: Raster, params: SmartCropParams, context: Context) -> SmartCropParams:
    return params if params.box else _pinned(image, params, _subject(image, params, context))


@smart_crop.shape_of
def _smart_shape(shape: Shape, params: SmartCropParams) -> Shape:
    return cut_shape(shape, params.box) if params.box else shape.sized(*_size(shape, params))


@smart_crop.motion_of
def _smart_motion(shape: Shape, params: SmartCropParams) -> Motion:
    return cut_motion(shape, params.box or _WHOLE)


class CropOverlayParams(Params):
    """Parameters of `crop_overlay`."""

    ratios: tuple[str, ...] = Field(("1:1", "16:9", "4:5"), min_length=1, max_length=6)
    """Ratios whose crops are drawn, each in its own colour."""
    strategy: Strategy = "attention"
    """As in `smart_crop`."""
    heat: float = Field(0.5, ge=0, le=1, json_schema_extra={"step": 0.05})
    """How strongly the map of attention shows through."""
    clear: Literal["none", "left", "top", "right", "bottom"] = "none"
    """As in `smart_crop`: the side of each crop that is kept free for words, which is drawn lighter."""
    clear_share: float = Field(0.3, gt=0, le=0.6, json_schema_extra={"step": 0.05})
    """How much of a crop that is."""


@operation(
    "crop_overlay",
    version=2,
    category="geometry",
    aliases=("smart crop debug", "explain crop", "text-safe zones"),
    examples=({}, {"ratios": ["9:16"], "strategy": "faces"}, {"ratios": ["1:1"], "clear": "left"}),
)
def crop_overlay(image: Raster, params: CropOverlayParams, context: Context) -> Raster:
    """Show what smart crop sees in a picture, and what it would keep: also the place that must stay, and room for words."""
    cv2 = native.cv2()
    shape = image.shape
    asked = SmartCropParams(strategy=params.strategy, clear=params.clear, clear_share=params.clear_share)
    subject = _subject(image, asked, context)
    colour = np.ascontiguousarray(image.colour)
    made = (colour if colour.shape[2] == 3 else colour.repeat(3, axis=2)).astype(np.float32) / image.white
    if subject.focus is None:
        weight = subject.weight / max(float(subject.weight.max()), 1e-9)
        heat = cv2.resize(weight, (shape.width, shape.height), interpolation=cv2.INTER_LINEAR)[:, :, None] * params.heat
        made = made * (1 - heat) + np.array([1.0, 0.35, 0.1], np.float32) * heat
    line = max(1, min(shape.width, shape.height) // 150)
    boxes = [
        _pinned(image, asked.model_copy(update={"ratio": ratio}), subject).box or _WHOLE for ratio in params.ratios
    ]
    for box in boxes if params.clear != "none" else ():
        x0, y0, x1, y1 = box_in_pixels(shape, _room(box, params))
        made[y0:y1, x0:x1] += (1 - made[y0:y1, x0:x1]) * np.float32(0.35)
    found = [((one.left, one.top, one.right, one.bottom), _COLOURS[-1]) for one in subject.regions]
    for box, colours in [*zip(boxes, _COLOURS, strict=False), *found]:
        x0, y0, x1, y1 = box_in_pixels(shape, box)
        tint: Any = tuple(value / 255 for value in colours)
        cv2.rectangle(made, (x0, y0), (x1 - 1, y1 - 1), tint, line)
    if subject.focus is not None:
        middle = (int(subject.focus[0] * (shape.width - 1)), int(subject.focus[1] * (shape.height - 1)))
        cv2.drawMarker(made, middle, (1.0, 1.0, 1.0), cv2.MARKER_CROSS, line * 12, line)
    values = np.clip(made, 0, 1) * image.white
    final = values if shape.depth == "float32" else np.rint(values)
    return Raster(image.array, image.profile, image.orientation).with_colour(final.astype(image.array.dtype))


def _room(box: tuple[float, float, float, float], params: CropOverlayParams) -> tuple[float, float, float, float]:
    """The part of a crop that is kept free for words."""
    left, top, right, bottom = box
    wide, tall = (right - left) * params.clear_share, (bottom - top) * params.clear_share
    return {
        "left": (left, top, left + wide, bottom),
        "right": (right - wide, top, right, bottom),
        "top": (left, top, right, top + tall),
        "bottom": (left, bottom - tall, right, bottom),
    }[params.clear]


@crop_overlay.shape_of
def _overlay_shape(shape: Shape, params: CropOverlayParams) -> Shape:
    return Shape(shape.width, shape.height, max(3, shape.channels), shape.depth)
