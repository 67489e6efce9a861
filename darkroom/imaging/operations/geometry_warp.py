"""Rotate by any angle, straighten, deskew, perspective: operations that pull a picture over another grid."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from darkroom.imaging.operations import angles
from darkroom.imaging.operations.base import Colour, Context, Motion, Params, Raster, Shape, Unfit, colour_value
from darkroom.imaging.operations.declare import operation
from darkroom.imaging.operations.handles import handle
from darkroom.imaging.operations.motion import between, in_pixels
from darkroom.imaging.operations.resample import warp

Corners = Literal["expand", "crop", "keep"]


def largest_upright(width: float, height: float, radians: float) -> tuple[float, float]:
    """Sides of the largest upright rectangle inside a rectangle that was turned."""
    sine, cosine = abs(math.sin(radians)), abs(math.cos(radians))
    longer, shorter = max(width, height), min(width, height)
    if shorter <= 2 * sine * cosine * longer or abs(sine - cosine) < 1e-10:
        half = 0.5 * shorter
        return (half / sine, half / cosine) if width >= height else (half / cosine, half / sine)
    square = cosine * cosine - sine * sine
    return (width * cosine - height * sine) / square, (height * cosine - width * sine) / square


def turned_shape(shape: Shape, angle: float, corners: Corners) -> Shape:
    """Size after a turn by degrees."""
    if angle % 90 == 0 and corners != "keep":
        return shape if angle % 180 == 0 else shape.sized(shape.height, shape.width)
    if corners == "keep":
        return shape
    radians = math.radians(angle)
    if corners == "crop":
        width, height = largest_upright(shape.width, shape.height, radians)
        return shape.sized(max(1, math.floor(width + 1e-6)), max(1, math.floor(height + 1e-6)))
    sine, cosine = abs(math.sin(radians)), abs(math.cos(radians))
    width = shape.width * cosine + shape.height * sine
    height = shape.width * sine + shape.height * cosine
    return shape.sized(max(1, math.ceil(width - 1e-6)), max(1, math.ceil(height - 1e-6)))


def turned_motion(shape: Shape, angle: float, corners: Corners) -> Motion:
    """Where pixels go in a turn by degrees, clockwise, around the centre."""
    target = turned_shape(shape, angle, corners)
    radians = math.radians(angle)
    sine, cosine = round(math.sin(radians), 15), round(math.cos(radians), 15)
    turn = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1.0]])
    to_centre, back = np.eye(3), np.eye(3)
    to_centre[:2, 2] = -shape.width / 2, -shape.height / 2
    back[:2, 2] = target.width / 2, target.height / 2
    return between(back @ turn @ to_centre, shape, target)


def turned(image: Raster, angle: float, corners: Corners, background: str) -> Raster:
    """The picture turned by degrees, clockwise."""
    if angle % 360 == 0:
        return image
    if angle % 90 == 0 and corners != "keep":
        return image.of(np.ascontiguousarray(np.rot90(image.array, -int(angle // 90))))
    shape = image.shape
    target = turned_shape(shape, angle, corners)
    matrix = in_pixels(turned_motion(shape, angle, corners), shape, target)
    fill = None if corners == "crop" else colour_value(background, shape)
    return warp(image, matrix, target.width, target.height, fill)


class RotateParams(Params):
    """Parameters of `rotate`."""

    angle: float = Field(90.0, ge=-360, le=360, json_schema_extra={"unit": "°", "step": 0.1})
    """How far to turn, clockwise; multiples of 90 lose nothing."""
    corners: Corners = "expand"
    """`expand` makes room for the corners, `crop` cuts to the largest picture without them, `keep` keeps the size."""
    background: Colour = "#ffffff"
    """What fills the corners; `#00000000` leaves them transparent in pictures with alpha."""


@operation(
    "rotate",
    category="geometry",
    aliases=("turn", "rotate 90"),
    identity={"angle": 0},
    examples=(
        {"angle": 12, "corners": "expand", "background": "#405060"},
        {},
        {"angle": -90},
        {"angle": 180},
        {"angle": 7.5, "corners": "crop"},
        {"angle": -33, "corners": "keep"},
        {"angle": 90, "corners": "keep"},
    ),
    handles=(handle("level"),),
)
def rotate(image: Raster, params: RotateParams) -> Raster:
    """Turn a picture by any angle."""
    return turned(image, params.angle, params.corners, params.background)


@rotate.shape_of
def _rotate_shape(shape: Shape, params: RotateParams) -> Shape:
    return turned_shape(shape, params.angle, params.corners)


@rotate.motion_of
def _rotate_motion(shape: Shape, params: RotateParams) -> Motion:
    return turned_motion(shape, params.angle, params.corners)


class StraightenParams(Params):
    """Parameters of `straighten`."""

    angle: float | None = Field(None, ge=-45, le=45, json_schema_extra={"unit": "°", "step": 0.1})
    """How far to turn, clockwise; empty finds the horizon and upright lines, and leaves the picture where there are none."""
    limit: float = Field(8.0, gt=0, le=20, json_schema_extra={"unit": "°"})
    """Largest angle that is searched."""


@operation(
    "straighten",
    category="geometry",
    aliases=("level horizon", "horizon"),
    identity={"angle": 0},
    examples=({"angle": 6}, {}),
    handles=(handle("level"),),
)
def straighten(image: Raster, params: StraightenParams) -> Raster:
    """Level a picture and cut away the corners that this leaves empty."""
    return turned(image, params.angle or 0.0, "crop", "#000000")


@straighten.pin_of
def _find_horizon(image: Raster, params: StraightenParams, context: Context) -> StraightenParams:
    if params.angle is not None:
        return params
    return params.model_copy(update={"angle": angles.of_lines(image, params.limit)})


@straighten.shape_of
def _straighten_shape(shape: Shape, params: StraightenParams) -> Shape | None:
    return None if params.angle is None else turned_shape(shape, params.angle, "crop")


@straighten.motion_of
def _straighten_motion(shape: Shape, params: StraightenParams) -> Motion:
    return turned_motion(shape, params.angle or 0.0, "crop")


class DeskewParams(Params):
    """Parameters of `deskew`."""

    angle: float | None = Field(None, ge=-45, le=45, json_schema_extra={"unit": "°", "step": 0.1})
    """How far to turn, clockwise; empty finds the angle at which lines of text are level."""
    limit: float = Field(15.0, gt=0, le=45, json_schema_extra={"unit": "°"})
    """Largest angle that is searched."""
    background: Colour = "#ffffff"
    """What fills the corners."""


@operation(
    "deskew",
    category="geometry",
    aliases=("scan", "level text", "document"),
    identity={"angle": 0},
    examples=({"angle": -4}, {}),
    handles=(handle("level"),),
)
def deskew(image: Raster, params: DeskewParams) -> Raster:
    """Level the lines of a scanned page, keeping its size."""
    return turned(image, params.angle or 0.0, "keep", params.background)


@deskew.pin_of
def _find_skew(image: Raster, params: DeskewParams, context: Context) -> DeskewParams:
    if params.angle is not None:
        return params
    return params.model_copy(update={"angle": angles.of_text(image, params.limit)})


@deskew.motion_of
def _deskew_motion(shape: Shape, params: DeskewParams) -> Motion:
    return turned_motion(shape, params.angle or 0.0, "keep")


Place = tuple[float, float]


class PerspectiveParams(Params):
    """Parameters of `perspective`."""

    top_left: Place = (0.0, 0.0)
    """Where the upper left corner of the subject is: shares of width and height, perhaps outside the picture."""
    top_right: Place = (1.0, 0.0)
    """Where its upper right corner is."""
    bottom_right: Place = (1.0, 1.0)
    """Where its lower right corner is."""
    bottom_left: Place = (0.0, 1.0)
    """Where its lower left corner is."""
    ratio: str | None = Field(None, pattern=r"^\d{1,4}(\.\d+)?:\d{1,4}(\.\d+)?$")
    """Ratio of the result, as `210:297`; empty takes it from the lengths of the edges."""
    background: Colour = "#ffffff"
    """What fills places outside the picture."""

    @model_validator(mode="after")
    def _is_convex(self) -> PerspectiveParams:
        names = ("top_left", "top_right", "bottom_right", "bottom_left")
        corners = np.array([getattr(self, one) for one in names])
        if np.abs(corners).max() > 4:
            raise Unfit("corners may lie at most four sides outside the picture", *names)
        ahead = np.roll(corners, -1, axis=0) - corners
        after = np.roll(ahead, -1, axis=0)
        if not (ahead[:, 0] * after[:, 1] - ahead[:, 1] * after[:, 0] > 1e-4).all():
            raise Unfit("the corners must go clockwise around a convex area", *names)
        return self


def _corners(shape: Shape, params: PerspectiveParams) -> NDArray[np.float64]:
    places = (params.top_left, params.top_right, params.bottom_right, params.bottom_left)
    return np.array([(x * shape.width, y * shape.height) for x, y in places])


@operation(
    "perspective",
    category="geometry",
    aliases=("keystone", "four corners", "document crop"),
    identity={},
    examples=(
        {"top_left": [0.15, 0.05], "top_right": [0.85, 0.1], "bottom_right": [1, 0.95], "bottom_left": [0, 0.9]},
        {"top_left": [-0.1, -0.1], "ratio": "1:1"},
    ),
    handles=(handle("corners"),),
)
def perspective(image: Raster, params: PerspectiveParams) -> Raster:
    """Pull an area with four corners into a rectangle: pages, paintings, leaning houses."""
    shape = image.shape
    target = _perspective_shape(shape, params)
    if target == shape and np.allclose(_perspective_motion(shape, params), np.eye(3)):
        return image
    matrix = in_pixels(_perspective_motion(shape, params), shape, target)
    return warp(image, matrix, target.width, target.height, colour_value(params.background, shape))


@perspective.shape_of
def _perspective_shape(shape: Shape, params: PerspectiveParams) -> Shape:
    edges = np.linalg.norm(np.roll(_corners(shape, params), -1, axis=0) - _corners(shape, params), axis=1)
    width, height = (edges[0] + edges[2]) / 2, (edges[1] + edges[3]) / 2
    if params.ratio:
        across, down = (max(float(part), 1e-3) for part in params.ratio.split(":"))
        side = math.sqrt(width * height * across * down)
        width, height = side / down, side / across
    return shape.sized(max(1, round(width)), max(1, round(height)))


@perspective.motion_of
def _perspective_motion(shape: Shape, params: PerspectiveParams) -> Motion:
    places = np.array([params.top_left, params.top_right, params.bottom_right, params.bottom_left], np.float64)
    rows = []
    for (x, y), (u, v) in zip(places, ((0, 0), (1, 0), (1, 1), (0, 1)), strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    found = np.linalg.solve(np.array(rows, np.float64), np.array([0, 0, 1, 0, 1, 1, 0, 1], np.float64))
    return np.append(found, 1.0).reshape(3, 3)
