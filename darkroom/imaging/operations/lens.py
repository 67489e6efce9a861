"""Undoing what a lens did: bent lines, colours that part towards the corners, corners that are too dark."""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from darkroom.imaging.operations.base import Array, Context, Motion, Params, Raster, Shape, Unfit, from_float, to_float
from darkroom.imaging.operations.declare import operation
from darkroom.imaging.operations.lens_models import (
    Bending,
    Warp,
    after,
    colour_shift,
    even_powers,
    in_half_diagonals,
    light_left,
    polynomial,
    table_of,
)
from darkroom.imaging.operations.motion import Bend, between
from darkroom.imaging.operations.resample import bent, from_light, to_light

_ROWS = 64
_PLAIN = (1.0, 0.0, 0.0)
# A lens that leaves less light than this is no lens, and noise would be all that is seen.
_LEAST_LIGHT = 0.05
Three = tuple[float, float, float]
Six = tuple[float, float, float, float, float, float]


class LensCorrectParams(Params):
    """Parameters of `lens_correct`."""

    profile: Literal["auto", "none"] = "auto"
    """`auto` takes what the file itself says (DNG), else the profile of camera and lens on this machine; where nothing is known
    nothing changes. Values below count in its place where they are given; `none` takes them alone."""
    distortion: Literal["none", "poly3", "poly5", "ptlens"] = "none"
    """Model of bent lines, as Lensfun names them."""
    k1: float = Field(0.0, ge=-1, le=1, json_schema_extra={"step": 0.001})
    """Of `poly3` and `poly5`; below 0 it bulges out (barrel)."""
    k2: float = Field(0.0, ge=-1, le=1, json_schema_extra={"step": 0.001})
    """Of `poly5`."""
    a: float = Field(0.0, ge=-1, le=1, json_schema_extra={"step": 0.001})
    """Of `ptlens`, with the third power of the distance."""
    b: float = Field(0.0, ge=-1, le=1, json_schema_extra={"step": 0.001})
    """Of `ptlens`, with the second power."""
    c: float = Field(0.0, ge=-1, le=1, json_schema_extra={"step": 0.001})
    """Of `ptlens`, with the first power."""
    red: Three = _PLAIN
    """How red is larger than green (v, c, b): v alone for Lensfun's `linear`, all three for its `poly3`."""
    blue: Three = _PLAIN
    """How blue is larger than green."""
    vignetting: Three = (0.0, 0.0, 0.0)
    """Light that is lost towards the corners (k1, k2, k3 of Lensfun's `pa`): below 0 corners become brighter."""
    ratio: float = Field(1.0, ge=0.1, le=10)
    """Crop factor of the camera that the values were measured on, over that of this one."""
    warp: tuple[Six, ...] = Field((), max_length=3)
    """In place of `distortion`, for all channels or for red, green and blue: kr0 to kr3, kt0 and kt1 of DNG's WarpRectilinear."""
    light: tuple[float, ...] = Field((), max_length=5)
    """In place of `vignetting`: k0 to k4 of DNG's FixVignetteRadial."""
    centre: tuple[float, float] = (0.5, 0.5)
    """Where the middle of the lens is, as shares of width and height."""
    fill: bool = True
    """Scale such that the result is as large as can be without places that the picture does not have; otherwise its edge is repeated."""

    @model_validator(mode="after")
    def _is_a_lens(self) -> Self:
        warp = tuple(one for each in self.warp for one in each)
        for name in ("red", "blue", "vignetting", "light", "warp"):
            values = warp if name == "warp" else getattr(self, name)
            if not all(np.isfinite(one) and abs(one) <= 10 for one in values):
                raise Unfit("coefficients of a lens lie between -10 and 10", name)
        if len(self.warp) == 2:
            raise Unfit("a warp is for one channel or for three", "warp")
        if not all(0 <= one <= 1 for one in self.centre):
            raise Unfit("the centre is a place on the picture: two shares from 0 to 1", "centre")
        folded = next((one for one in _bendings(self, Shape(3, 2)) if _folds(one)), None)
        if folded is not None:
            raise Unfit(
                "these values would fold the picture over itself: check their sign and size", "k1", "k2", "a", "b", "c"
            )
        return self


def _folds(bending: Bending) -> bool:
    """Whether places farther out on the result come from nearer in, within the picture."""
    within = bending.stretch[: len(bending.stretch) * 2 // 5]
    distances = np.linspace(0, 1, len(within))
    return bool((within <= 0.1).any() or (np.diff(within * distances) <= 0).any())


def _bendings(params: LensCorrectParams, shape: Shape) -> list[Bending]:
    """One for all channels, or those of red, green and blue."""
    width, height, ratio = shape.width, shape.height, params.ratio
    if params.warp:
        return [Bending(table_of(even_powers(k[:4])), (k[4], k[5]), params.centre) for k in params.warp]
    powers = (params.a, params.b, params.c) if params.distortion == "ptlens" else (params.k1, params.k2)
    lines = in_half_diagonals(polynomial(params.distortion, powers), width, height, ratio)
    if params.red == params.blue == _PLAIN:
        return [Bending(table_of(lines), centre=params.centre)]
    shifts = [in_half_diagonals(colour_shift(*k), width, height, ratio) for k in (params.red, _PLAIN, params.blue)]
    return [Bending(table_of(after(lines, shift)), centre=params.centre) for shift in shifts]


def _warps(params: LensCorrectParams, shape: Shape) -> list[Warp]:
    """The warp of each channel, all at the scale that fills the picture; nothing where nothing moves."""
    bendings = _bendings(params, shape)
    if all(np.allclose(one.stretch, 1.0, atol=1e-9) and not any(one.tangential) for one in bendings):
        return []
    plain = [Warp(one, shape.width, shape.height) for one in bendings]
    scale = max(one.filling() for one in plain) if params.fill else 1.0
    return [Warp(one, shape.width, shape.height, scale) for one in bendings]


def _middle(warps: list[Warp]) -> Warp:
    """That of green, which decides where things are."""
    return warps[len(warps) // 2]


@operation(
    "lens_correct",
    category="geometry",
    aliases=("lens", "distortion", "chromatic aberration", "vignetting", "barrel", "fisheye"),
    identity={"profile": "none"},
    examples=(
        {"profile": "none", "distortion": "ptlens", "a": 0.02, "b": -0.12, "c": 0.02, "vignetting": [-0.4, 0.05, 0.0]},
        {},
        {"profile": "none", "distortion": "poly3", "k1": -0.06, "red": [1.003, 0.0, 0.0], "blue": [0.998, 0.0, 0.001]},
        {"profile": "none", "distortion": "poly5", "k1": 0.05, "k2": -0.01, "fill": False},
        {"profile": "none", "warp": [[1.02, -0.05, 0.01, 0.0, 0.001, -0.001]], "light": [0.3, 0.1]},
    ),
)
def lens_correct(image: Raster, params: LensCorrectParams) -> Raster:
    """Undo what the lens did: bent lines, coloured edges, dark corners."""
    image = _lit(image, params)
    warps = _warps(params, image.shape)
    return bent(image, [one.grid for one in warps], _ROWS) if warps else image


def _lit(image: Raster, params: LensCorrectParams) -> Raster:
    """The picture with the light that the lens took away."""
    if not any(params.light) and not any(params.vignetting):
        return image
    made = np.empty(image.colour.shape, image.array.dtype)
    depth = image.array.dtype.name
    for first in range(0, image.shape.height, _ROWS):
        rows = image.colour[first : first + _ROWS]
        gain = _gain(params, image.shape, first, first + len(rows))
        light = to_light(to_float(rows)) * gain[:, :, None]
        made[first : first + _ROWS] = from_float(from_light(light), depth)
    return image.with_colour(made)


def _gain(params: LensCorrectParams, shape: Shape, first: int, last: int) -> NDArray[np.float32]:
    centre = params.centre[0] * shape.width, params.centre[1] * shape.height
    across = np.arange(shape.width) + 0.5 - centre[0]
    down = np.arange(first, last) + 0.5 - centre[1]
    farthest = np.hypot(max(centre[0], shape.width - centre[0]), max(centre[1], shape.height - centre[1]))
    distances = np.hypot(across[None, :], down[:, None]) / farthest
    if any(params.light):
        return light_left(params.light, distances).astype(np.float32)
    left = light_left(params.vignetting, distances * params.ratio)
    return (1 / np.maximum(left, _LEAST_LIGHT)).astype(np.float32)


@lens_correct.pin_of
def _look_up(image: Raster, params: LensCorrectParams, context: Context) -> LensCorrectParams:
    if params.profile == "none":
        return params
    known = {name: value for name, value in context.lens.items() if name not in params.model_fields_set}
    # Checked: profiles come from files that anybody may have written.
    return LensCorrectParams.model_validate({**params.model_dump(), **known, "profile": "none"})


@lens_correct.motion_of
def _motion(shape: Shape, params: LensCorrectParams) -> Motion:
    """What happens in the middle; what happens elsewhere the bend says."""
    warps = _warps(params, shape)
    if not warps:
        return np.eye(3)
    middle, step = np.array([shape.width, shape.height]) / 2, 0.5
    there = _middle(warps).there(middle + np.array([(0, 0), (step, 0), (0, step)]))
    matrix = np.eye(3)
    matrix[:2, 0], matrix[:2, 1] = (there[1] - there[0]) / step, (there[2] - there[0]) / step
    matrix[:2, 2] = there[0] - matrix[:2, :2] @ middle
    return between(matrix, shape, shape)


@lens_correct.bend_of
def _bend(shape: Shape, params: LensCorrectParams) -> Bend | None:
    warps = _warps(params, shape)
    if not warps:
        return None
    warp, size = _middle(warps), np.array([shape.width, shape.height], np.float64)

    def there(places: Array) -> Array:
        found: Array = warp.there(places * size) / size
        return found

    def back(places: Array) -> Array:
        found: Array = warp.back(places * size) / size
        return found

    return Bend(there, back)
