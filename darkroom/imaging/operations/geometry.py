"""Turning, mirroring and cutting: operations that move pixels without mixing them."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from darkroom.imaging.operations.base import Motion, Params, Raster, Shape
from darkroom.imaging.operations.declare import operation
from darkroom.imaging.operations.motion import cropped


class FlipParams(Params):
    """Parameters of `flip`."""

    axis: Literal["horizontal", "vertical", "both", "none"] = "horizontal"
    """`horizontal` swaps left and right, `vertical` top and bottom."""


@operation(
    "flip",
    category="geometry",
    aliases=("mirror", "flop"),
    identity={"axis": "none"},
    examples=({"axis": "horizontal"}, {"axis": "vertical"}, {"axis": "both"}),
)
def flip(image: Raster, params: FlipParams) -> Raster:
    """Mirror a picture."""
    array = image.array
    if params.axis in ("horizontal", "both"):
        array = array[:, ::-1]
    if params.axis in ("vertical", "both"):
        array = array[::-1]
    return image.of(np.ascontiguousarray(array))


@flip.motion_of
def _flip_motion(shape: Shape, params: FlipParams) -> Motion:
    across = params.axis in ("horizontal", "both")
    down = params.axis in ("vertical", "both")
    return np.array([[-1.0 if across else 1.0, 0, float(across)], [0, -1.0 if down else 1.0, float(down)], [0, 0, 1.0]])


class CropParams(Params):
    """Parameters of `crop`."""

    left: float = Field(0.0, ge=0, lt=1, json_schema_extra={"step": 0.01})
    """Left edge as a share of the width."""
    top: float = Field(0.0, ge=0, lt=1, json_schema_extra={"step": 0.01})
    """Top edge as a share of the height."""
    right: float = Field(1.0, gt=0, le=1, json_schema_extra={"step": 0.01})
    """Right edge as a share of the width."""
    bottom: float = Field(1.0, gt=0, le=1, json_schema_extra={"step": 0.01})
    """Bottom edge as a share of the height."""

    @model_validator(mode="after")
    def _in_order(self) -> CropParams:
        if self.right <= self.left or self.bottom <= self.top:
            raise ValueError("right must be greater than left and bottom greater than top")
        return self


def box_in_pixels(shape: Shape, left: float, top: float, right: float, bottom: float) -> tuple[int, int, int, int]:
    """The relative box on whole pixels, never empty: left, top, right, bottom."""
    x0, y0 = min(round(left * shape.width), shape.width - 1), min(round(top * shape.height), shape.height - 1)
    return x0, y0, max(x0 + 1, round(right * shape.width)), max(y0 + 1, round(bottom * shape.height))


@operation(
    "crop",
    category="geometry",
    aliases=("cut", "trim to box"),
    identity={},
    examples=({"left": 0.2, "top": 0.1, "right": 0.8, "bottom": 0.9}, {"left": 0.9, "right": 0.91}),
)
def crop(image: Raster, params: CropParams) -> Raster:
    """Cut out a part of a picture, given as shares of its sides."""
    x0, y0, x1, y1 = box_in_pixels(image.shape, params.left, params.top, params.right, params.bottom)
    return image.of(np.ascontiguousarray(image.array[y0:y1, x0:x1]))


@crop.shape_of
def _crop_shape(shape: Shape, params: CropParams) -> Shape:
    x0, y0, x1, y1 = box_in_pixels(shape, params.left, params.top, params.right, params.bottom)
    return shape.sized(x1 - x0, y1 - y0)


@crop.motion_of
def _crop_motion(shape: Shape, params: CropParams) -> Motion:
    x0, y0, x1, y1 = box_in_pixels(shape, params.left, params.top, params.right, params.bottom)
    return cropped(x0 / shape.width, y0 / shape.height, x1 / shape.width, y1 / shape.height)
