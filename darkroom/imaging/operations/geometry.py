"""Turning, mirroring and cutting: operations that move pixels without mixing them."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from darkroom.imaging.operations.base import Context, Motion, Params, Raster, Shape, Unfit, check_box
from darkroom.imaging.operations.declare import operation
from darkroom.imaging.operations.handles import handle
from darkroom.imaging.operations.motion import cropped
from darkroom.imaging.pixels import upright

# What makes each Exif orientation upright, in relative coordinates.
_ACROSS, _DOWN, _SWAP = np.diag([-1.0, 1, 1]), np.diag([1.0, -1, 1]), np.eye(3)[[1, 0, 2]]
_ACROSS[0, 2] = _DOWN[1, 2] = 1.0
_UPRIGHT: dict[int, Motion] = {
    1: np.eye(3),
    2: _ACROSS,
    3: _ACROSS @ _DOWN,
    4: _DOWN,
    5: _SWAP,
    6: _ACROSS @ _SWAP,
    7: _ACROSS @ _DOWN @ _SWAP,
    8: _DOWN @ _SWAP,
}


class AutoOrientParams(Params):
    """Parameters of `auto_orient`."""

    orientation: int | None = Field(None, ge=1, le=8)
    """Exif orientation to undo; empty takes the one that the file carries."""


@operation(
    "auto_orient",
    category="geometry",
    aliases=("autorotate", "exif rotate", "upright"),
    identity={"orientation": 1},
    examples=({"orientation": 6}, {}, {"orientation": 5}, {"orientation": 7}, {"orientation": 3}),
)
def auto_orient(image: Raster, params: AutoOrientParams) -> Raster:
    """Turn a picture as its camera was held."""
    turned = image.of(np.ascontiguousarray(upright(image.array, params.orientation or 1)))
    return Raster(turned.array, turned.profile, 1)


@auto_orient.pin_of
def _read_orientation(image: Raster, params: AutoOrientParams, context: Context) -> AutoOrientParams:
    return params if params.orientation else AutoOrientParams(orientation=image.orientation)


@auto_orient.shape_of
def _upright_shape(shape: Shape, params: AutoOrientParams) -> Shape | None:
    if params.orientation is None:
        return None
    return shape.sized(shape.height, shape.width) if params.orientation >= 5 else shape


@auto_orient.motion_of
def _upright_motion(shape: Shape, params: AutoOrientParams) -> Motion:
    return _UPRIGHT[params.orientation or 1]


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
    return _UPRIGHT[{"none": 1, "horizontal": 2, "both": 3, "vertical": 4}[params.axis]]


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
        check_box(self.left, self.top, self.right, self.bottom)
        return self


Box = tuple[float, float, float, float]
"""Left, top, right, bottom, relative."""


def box_in_pixels(shape: Shape, box: Box) -> tuple[int, int, int, int]:
    """The relative box on whole pixels, never empty: left, top, right, bottom."""
    left, top, right, bottom = box
    x0, y0 = min(round(left * shape.width), shape.width - 1), min(round(top * shape.height), shape.height - 1)
    return x0, y0, max(x0 + 1, round(right * shape.width)), max(y0 + 1, round(bottom * shape.height))


def cut(image: Raster, box: Box) -> Raster:
    """The part of a picture in a relative box."""
    x0, y0, x1, y1 = box_in_pixels(image.shape, box)
    return image.of(np.ascontiguousarray(image.array[y0:y1, x0:x1]))


def cut_shape(shape: Shape, box: Box) -> Shape:
    """The shape of `cut`."""
    x0, y0, x1, y1 = box_in_pixels(shape, box)
    return shape.sized(x1 - x0, y1 - y0)


def cut_motion(shape: Shape, box: Box) -> Motion:
    """The motion of `cut`."""
    x0, y0, x1, y1 = box_in_pixels(shape, box)
    return cropped(x0 / shape.width, y0 / shape.height, x1 / shape.width, y1 / shape.height)


def _box(params: CropParams) -> Box:
    return params.left, params.top, params.right, params.bottom


@operation(
    "crop",
    category="geometry",
    aliases=("cut", "trim to box"),
    identity={},
    examples=({"left": 0.2, "top": 0.1, "right": 0.8, "bottom": 0.9}, {"left": 0.9, "right": 0.91}),
    handles=(handle("box"),),
)
def crop(image: Raster, params: CropParams) -> Raster:
    """Cut out a part of a picture, given as shares of its sides."""
    return cut(image, _box(params))


@crop.shape_of
def _crop_shape(shape: Shape, params: CropParams) -> Shape:
    return cut_shape(shape, _box(params))


@crop.motion_of
def _crop_motion(shape: Shape, params: CropParams) -> Motion:
    return cut_motion(shape, _box(params))


class TileParams(Params):
    """Parameters of `tile`."""

    columns: int = Field(2, ge=1, le=4096)
    """Tiles beside each other."""
    rows: int = Field(2, ge=1, le=4096)
    """Tiles above each other."""
    column: int = Field(0, ge=0, le=4095)
    """Which tile from the left, beginning with 0."""
    row: int = Field(0, ge=0, le=4095)
    """Which tile from the top, beginning with 0."""
    overlap: float = Field(0.0, ge=0, le=0.5, json_schema_extra={"step": 0.01})
    """How far a tile reaches into its neighbours, as a share of its own size."""

    @model_validator(mode="after")
    def _inside(self) -> TileParams:
        for one, all_of_them in (("column", "columns"), ("row", "rows")):
            if getattr(self, one) >= getattr(self, all_of_them):
                raise Unfit(f"{one} must be below {all_of_them}: it is counted from 0", one, all_of_them)
        return self


def _tile_box(params: TileParams) -> Box:
    more = params.overlap
    return (
        max(0.0, (params.column - more) / params.columns),
        max(0.0, (params.row - more) / params.rows),
        min(1.0, (params.column + 1 + more) / params.columns),
        min(1.0, (params.row + 1 + more) / params.rows),
    )


@operation(
    "tile",
    category="geometry",
    aliases=("slice", "grid"),
    identity={"columns": 1, "rows": 1},
    examples=({"columns": 3, "rows": 2, "column": 1, "row": 1, "overlap": 0.1}, {}),
)
def tile(image: Raster, params: TileParams) -> Raster:
    """Cut one tile out of a regular grid over a picture."""
    return cut(image, _tile_box(params))


@tile.shape_of
def _tile_shape(shape: Shape, params: TileParams) -> Shape:
    return cut_shape(shape, _tile_box(params))


@tile.motion_of
def _tile_motion(shape: Shape, params: TileParams) -> Motion:
    return cut_motion(shape, _tile_box(params))
