"""The edges of a picture: cut plain ones away, round its corners."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import Field

from darkroom.imaging import native
from darkroom.imaging.operations.base import Array, Colour, Context, Motion, Params, Raster, Shape, colour_value
from darkroom.imaging.operations.declare import operation
from darkroom.imaging.operations.geometry import Box, cut, cut_motion, cut_shape


class TrimParams(Params):
    """Parameters of `trim`."""

    tolerance: float = Field(0.06, ge=0, le=1, json_schema_extra={"step": 0.01})
    """How much a value may differ from the background and still belong to it; 1 is from black to white."""
    background: Colour | None = None
    """Colour to cut away; empty takes that of the corners."""
    margin: float = Field(0.0, ge=0, le=0.5, json_schema_extra={"step": 0.01})
    """Background to leave on each side, as a share of what is kept."""
    box: Box | None = None
    """What is kept, once it has been found: left, top, right, bottom as shares."""


@operation(
    "trim",
    category="geometry",
    aliases=("autocrop", "remove border", "cut background"),
    examples=({"background": "#808080", "tolerance": 0.3}, {}, {"margin": 0.1}),
)
def trim(image: Raster, params: TrimParams) -> Raster:
    """Cut away plain edges; a picture that is plain all over stays."""
    return cut(image, params.box or (0.0, 0.0, 1.0, 1.0))


@trim.pin_of
def _find_content(image: Raster, params: TrimParams, context: Context) -> TrimParams:
    if params.box:
        return params
    differs = _differs(image, params)
    height, width = differs.shape
    columns, rows = np.nonzero(differs.any(axis=0))[0], np.nonzero(differs.any(axis=1))[0]
    box: Box = (0.0, 0.0, 1.0, 1.0)
    if len(columns):
        left, top, right, bottom = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
        across, down = params.margin * (right - left), params.margin * (bottom - top)
        box = (
            max(0.0, (left - across) / width),
            max(0.0, (top - down) / height),
            min(1.0, (right + across) / width),
            min(1.0, (bottom + down) / height),
        )
    return params.model_copy(update={"box": box})


def _differs(image: Raster, params: TrimParams) -> Array:
    """Which pixels are not background."""
    array = image.array
    if params.background:
        colour = np.array(colour_value(params.background, image.shape), np.float64)
    else:
        corners = array[[0, 0, -1, -1], [0, -1, 0, -1]].astype(np.float64)
        colour = np.median(corners, axis=0)
    reach = params.tolerance * image.white
    low, high = np.maximum(colour - reach, 0), colour + reach
    found: Any = native.cv2().inRange(array, tuple(low.tolist()), tuple(high.tolist())) == 0
    if image.alpha is not None:  # what is clear is background, whatever its colour
        found &= image.alpha[:, :, 0] > params.tolerance * image.white
    return np.asarray(found)


@trim.shape_of
def _trim_shape(shape: Shape, params: TrimParams) -> Shape | None:
    return cut_shape(shape, params.box) if params.box else None


@trim.motion_of
def _trim_motion(shape: Shape, params: TrimParams) -> Motion:
    return cut_motion(shape, params.box or (0.0, 0.0, 1.0, 1.0))


class RoundCornersParams(Params):
    """Parameters of `round_corners`."""

    radius: float = Field(0.08, ge=0, le=0.5, json_schema_extra={"step": 0.01})
    """Radius as a share of the shorter side; 0.5 makes a square picture round."""
    background: Colour | None = None
    """What fills the corners; empty leaves them transparent."""


@operation(
    "round_corners",
    category="geometry",
    aliases=("rounded", "circle", "avatar"),
    examples=({"radius": 0.25, "background": "#ffffff"}, {}, {"radius": 0}),
)
def round_corners(image: Raster, params: RoundCornersParams) -> Raster:
    """Round the corners of a picture, smoothly."""
    cover = _cover(image.shape, params.radius)
    if params.background:
        colour = np.array(colour_value(params.background, image.shape), np.float32)
        return image.of(_blend(image.array, colour, cover))
    array = image.array if image.shape.channels == 3 else image.colour
    colour = array.repeat(3, axis=2) if array.shape[2] == 1 else array
    alpha = np.full(cover.shape, image.white, np.float32) if image.alpha is None else image.alpha.astype(np.float32)
    clear = alpha * cover
    clear = np.rint(clear) if image.shape.depth != "float32" else clear
    return image.of(np.concatenate([colour, clear.astype(image.array.dtype)], axis=2))


@round_corners.shape_of
def _rounded_shape(shape: Shape, params: RoundCornersParams) -> Shape:
    return shape if params.background else Shape(shape.width, shape.height, 4, shape.depth)


def _blend(array: Array, colour: Array, cover: Array) -> Array:
    """The picture over a colour; only rows that the corners touch are computed."""
    touched = np.nonzero((cover[:, :, 0] < 1).any(axis=1))[0]
    made = array.copy()
    part = array[touched].astype(np.float32) * cover[touched] + colour * (1 - cover[touched])
    made[touched] = part if array.dtype == np.float32 else np.rint(part).astype(array.dtype)
    return made


def _cover(shape: Shape, share: float) -> Array:
    """How much of each pixel lies inside the rounded rectangle, 0..1."""
    radius = share * min(shape.width, shape.height)
    cover = np.ones((shape.height, shape.width, 1), np.float32)
    side = min(int(np.ceil(radius)), (shape.height + 1) // 2, (shape.width + 1) // 2)
    if side < 1:
        return cover
    away = radius - (np.arange(side, dtype=np.float32) + 0.5)
    distance = np.hypot(np.maximum(away, 0)[:, None], np.maximum(away, 0)[None, :])
    corner = np.clip(radius - distance + 0.5, 0, 1)[:, :, None]
    cover[:side, :side] = corner
    cover[:side, -side:] = np.minimum(cover[:side, -side:], corner[:, ::-1])
    cover[-side:, :side] = np.minimum(cover[-side:, :side], corner[::-1])
    cover[-side:, -side:] = np.minimum(cover[-side:, -side:], corner[::-1, ::-1])
    return cover
