"""Filters that users make: kernels, formulas, and looks learned from a pair of pictures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np
from pydantic import Field, JsonValue, field_validator

from darkroom.imaging import native
from darkroom.imaging.operations.base import (
    Context,
    Floats,
    Params,
    PictureRef,
    Raster,
    Shape,
    from_float,
    to_float,
)
from darkroom.imaging.operations.cube import Cube, look_up
from darkroom.imaging.operations.declare import operation
from darkroom.imaging.operations.detail_planes import from_luma_chroma, luma_of, through_floats, to_luma_chroma
from darkroom.imaging.operations.expressions import MAX_LENGTH, Expression, parse
from darkroom.imaging.operations.filters_lut import learn_look
from darkroom.imaging.operations.pointwise import strips

_STEP: dict[str, JsonValue] = {"step": 0.05}
MAX_KERNEL = 31
_STRIP = 1 << 16

Matrix = tuple[tuple[float, ...], ...]


def checked_matrix(matrix: Matrix) -> Matrix:
    """A kernel whose sides are odd and equal in every row.

    Raises:
        ValueError: saying what is wrong.
    """
    widths = {len(row) for row in matrix}
    if len(widths) != 1:
        raise ValueError("all rows must have the same number of values")
    height, width = len(matrix), widths.pop()
    if height % 2 == 0 or width % 2 == 0:
        raise ValueError(f"a kernel has a middle: its sides are odd, not {width} x {height}")
    if max(height, width) > MAX_KERNEL:
        raise ValueError(f"a kernel has at most {MAX_KERNEL} x {MAX_KERNEL} values")
    if not all(np.isfinite(value) and abs(value) <= 1e6 for row in matrix for value in row):
        raise ValueError("values lie between -1,000,000 and 1,000,000")
    return matrix


class ConvolveParams(Params):
    """Parameters of `convolve`."""

    matrix: Matrix = Field(((0, -1, 0), (-1, 5, -1), (0, -1, 0)), min_length=1, max_length=MAX_KERNEL)
    """Weights of the neighbours, row by row; both sides odd."""
    normalise: bool = True
    """Divide by the sum, so that brightness stays; a sum of zero is left alone."""
    offset: float = Field(0.0, ge=-1, le=1, json_schema_extra=_STEP)
    """Added to the result; 0.5 shows negative values too."""
    channels: Literal["colour", "luma"] = "colour"
    """All channels, or the brightness alone."""
    strength: float = Field(1.0, ge=0, le=1, json_schema_extra=_STEP)
    """Share of the effect; 0 changes nothing."""

    @field_validator("matrix")
    @classmethod
    def _sides(cls, matrix: Matrix) -> Matrix:
        return checked_matrix(matrix)


@operation(
    "convolve",
    category="filters",
    aliases=("kernel", "matrix", "custom filter", "convolution"),
    identity={"strength": 0},
    examples=({}, {"matrix": [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]], "channels": "luma", "offset": 0.1}),
)
def convolve(image: Raster, params: ConvolveParams) -> Raster:
    """Weigh each pixel's neighbours with a kernel of your own."""
    if params.strength == 0:
        return image
    kernel = np.array(params.matrix, np.float64)
    if params.normalise and abs(kernel.sum()) > 1e-9:
        kernel /= kernel.sum()
    turned = np.ascontiguousarray(kernel[::-1, ::-1], np.float32)

    def change(colour: Floats) -> Any:
        cv2 = native.cv2()
        planes = to_luma_chroma(colour) if params.channels == "luma" else [colour]
        made = cv2.filter2D(planes[0], cv2.CV_32F, turned, borderType=cv2.BORDER_REFLECT_101)
        made = (made + np.float32(params.offset)).reshape(planes[0].shape)
        shown = from_luma_chroma([made, *planes[1:]]) if params.channels == "luma" else made
        return shown if params.strength == 1 else colour + np.float32(params.strength) * (shown - colour)

    return through_floats(image, change)


class ExpressionParams(Params):
    """Parameters of `expression`."""

    red: str = Field("r", min_length=1, max_length=MAX_LENGTH, json_schema_extra={"ui": "expression"})
    """Formula of the red channel; in it are r, g, b, a, v, luma, x, y, width, height, pi and e."""
    green: str = Field("g", min_length=1, max_length=MAX_LENGTH, json_schema_extra={"ui": "expression"})
    """Formula of the green channel."""
    blue: str = Field("b", min_length=1, max_length=MAX_LENGTH, json_schema_extra={"ui": "expression"})
    """Formula of the blue channel."""
    alpha: str = Field("", max_length=MAX_LENGTH, json_schema_extra={"ui": "expression"})
    """Formula of the alpha channel; empty leaves it."""

    @field_validator("red", "green", "blue", "alpha")
    @classmethod
    def _readable(cls, text: str) -> str:
        if text.strip():
            parse(text)
        return text


@operation(
    "expression",
    category="filters",
    aliases=("formula", "channel math", "pixel math", "fx", "custom filter"),
    identity={"red": "r", "green": "g", "blue": "b"},
    examples=(
        {"red": "mix(r, luma, 0.5)", "green": "g ^ 1.2", "blue": "clamp(b + 0.1 * (1 - y), 0, 1)"},
        {"red": "v", "green": "v", "blue": "v", "alpha": "smoothstep(0, 0.5, luma)"},
    ),
)
def expression(image: Raster, params: ExpressionParams) -> Raster:
    """Work out each channel with a formula of your own."""
    formulas = [parse(text) for text in (params.red, params.green, params.blue)]
    return calculated(image, formulas, parse(params.alpha) if params.alpha.strip() else None, {})


@expression.shape_of
def _expression_shape(shape: Shape, params: ExpressionParams) -> Shape:
    return replace(shape, channels=4) if params.alpha.strip() else shape


def calculated(image: Raster, formulas: list[Expression], alpha: Expression | None, knobs: dict[str, Any]) -> Raster:
    """The picture with its channels worked out, in strips of rows that stay in the processor's cache.

    Args:
        image: of any kind; in a grey one red, green and blue are equal, and the result is its brightness.
        formulas: of red, green and blue.
        alpha: of alpha; None leaves it as it is.
        knobs: further names and their values.
    """
    height, width, channels = image.array.shape
    depth = image.shape.depth
    made = np.empty((height, width, 4 if alpha else channels), image.array.dtype)
    rows = max(1, _STRIP // width)
    x = ((np.arange(width, dtype=np.float32) + 0.5) / width)[None, :]
    for top in range(0, height, rows):
        part = image.array[top : top + rows]
        y = ((np.arange(top, top + len(part), dtype=np.float32) + 0.5) / height)[:, None]
        values = {**_channels(to_float(part)), "x": x, "y": y, "width": float(width), "height": float(height), **knobs}
        worked = [
            np.broadcast_to(formula({**values, "v": values[name]}), part.shape[:2])
            for formula, name in zip(formulas, "rgb", strict=True)
        ]
        colour = np.stack(worked, axis=2).astype(np.float32)
        if channels == 1 and not alpha:
            # Equal channels give exactly their value.
            red, green, blue = worked
            colour = np.asarray(red + 0.587 * (green - red) + 0.114 * (blue - red), np.float32)[:, :, None]
        found = from_float(colour, depth)
        made[top : top + rows, :, : found.shape[2]] = found
        if alpha:
            clear = np.broadcast_to(alpha({**values, "v": values["a"]}), part.shape[:2])
            made[top : top + rows, :, 3] = from_float(np.clip(clear, 0, 1), depth)
        elif channels == 4:
            made[top : top + rows, :, 3] = part[:, :, 3]
    return image.of(made)


def _channels(values: Floats) -> dict[str, Any]:
    grey = values.shape[2] == 1
    red, green, blue = (values[:, :, 0 if grey else band] for band in range(3))
    alpha: Any = values[:, :, 3] if values.shape[2] == 4 else np.float32(1)
    luma = red if grey else 0.299 * red + 0.587 * green + 0.114 * blue
    return {"r": red, "g": green, "b": blue, "a": alpha, "luma": luma}


class LookFromPairParams(Params):
    """Parameters of `look_from_pair`."""

    before: PictureRef
    """A picture as it was."""
    after: PictureRef
    """The same picture as somebody has edited it; of the same size."""
    size: Literal[9, 17, 33] = 17
    """Points of the table along each axis."""
    smoothness: float = Field(0.3, ge=0.01, le=10, json_schema_extra=_STEP)
    """More follows single colours less, and noise."""
    strength: float = Field(1.0, ge=0, le=1, json_schema_extra=_STEP)
    """Share of the look; 0 changes nothing."""


@operation(
    "look_from_pair",
    category="filters",
    aliases=("learn lut", "copy edit", "before after", "match edit", "film simulation"),
    identity={"before": "x", "after": "x", "strength": 0},
    examples=({"before": "before", "after": "edited"}, {"before": "before", "after": "edited", "size": 9}),
)
def look_from_pair(image: Raster, params: LookFromPairParams, context: Context) -> Raster:
    """Give a picture the look that another one got: learned from that one before and after its edit."""
    if params.strength == 0:
        return image
    before, after = context.picture(params.before), context.picture(params.after)
    cube, _ = learn_look(before, after, params.size, params.smoothness)
    return with_look(image, cube, params.strength)


def with_look(image: Raster, cube: Cube, strength: float) -> Raster:
    """The picture through a table; a grey one stays grey."""

    def change(values: Floats) -> Any:
        grey = values.shape[2] == 1
        made = look_up(values.repeat(3, axis=2) if grey else values, cube, tetrahedral=False).astype(np.float32)
        made = luma_of(made)[:, :, None] if grey else made
        return made if strength == 1 else values + np.float32(strength) * (made - values)

    return strips(image, change)
