"""Sharpness, local contrast, haze and moire."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field, JsonValue

from darkroom.imaging import native
from darkroom.imaging.operations import detail_filters as filters
from darkroom.imaging.operations.base import Context, Floats, Params, Raster
from darkroom.imaging.operations.declare import operation
from darkroom.imaging.operations.detail_planes import blurred, from_luma_chroma, through_floats, to_luma_chroma

_PIXELS: dict[str, JsonValue] = {"unit": "px", "step": 0.1}


class SharpenParams(Params):
    """Parameters of `sharpen`."""

    amount: float = Field(0.6, ge=0, le=5, json_schema_extra={"step": 0.1})
    """Share of the detail that is added; 0 changes nothing."""
    radius: float = Field(1.0, ge=0.3, le=20, json_schema_extra=_PIXELS)
    """Size of the detail."""
    threshold: float = Field(0.0, ge=0, le=0.5, json_schema_extra={"step": 0.005})
    """Detail fainter than this (1 is from black to white) is taken for noise and left alone."""


@operation(
    "sharpen",
    category="detail",
    aliases=("unsharp mask", "crisp", "usm"),
    identity={"amount": 0},
    examples=({"amount": 1.0}, {"amount": 2, "radius": 2.5, "threshold": 0.02}),
)
def sharpen(image: Raster, params: SharpenParams, context: Context) -> Raster:
    """Sharpen edges without colouring them: detail of the brightness is added to all channels alike."""
    radius = max(0.3, params.radius * context.scale)
    if params.amount == 0:
        return image
    if params.threshold == 0 and image.shape.depth != "float32":
        return _sharpened_integers(image, params.amount, radius)
    return through_floats(image, lambda colour: filters.unsharp(colour, params.amount, radius, params.threshold))


def _sharpened_integers(image: Raster, amount: float, radius: float) -> Raster:
    """The same in whole numbers, in a third of the time: each channel gets the detail of the brightness."""
    cv2 = native.cv2()
    colour = np.ascontiguousarray(image.colour)
    luma = colour if colour.shape[2] == 1 else cv2.cvtColor(colour, cv2.COLOR_RGB2GRAY)
    soft = cv2.GaussianBlur(luma, (0, 0), radius, borderType=cv2.BORDER_REFLECT_101)
    if colour.dtype == np.uint8 and colour.shape[2] == 3:
        # What is added and what is taken away, each as bytes: a quarter of the memory, and the same to the last bit.
        more = cv2.cvtColor(cv2.addWeighted(luma, amount, soft, -amount, 0), cv2.COLOR_GRAY2RGB)
        less = cv2.cvtColor(cv2.addWeighted(luma, -amount, soft, amount, 0), cv2.COLOR_GRAY2RGB)
        return image.with_colour(cv2.subtract(cv2.add(colour, more), less))
    detail = cv2.addWeighted(luma, amount, soft, -amount, 0, dtype=cv2.CV_32F)
    if colour.shape[2] == 3:
        detail = cv2.merge([detail] * 3)
    return image.with_colour(cv2.add(colour, detail, dtype=cv2.CV_8U if image.shape.depth == "uint8" else cv2.CV_16U))


class DeblurParams(Params):
    """Parameters of `deblur`."""

    kind: Literal["gaussian", "lens", "motion"] = "gaussian"
    """What blurred the picture: softness, a lens out of focus, or a shaken camera."""
    radius: float = Field(1.5, ge=0.5, le=25, json_schema_extra=_PIXELS)
    """Of the blur: its standard deviation, the disc's radius, or half the way of the motion."""
    angle: float = Field(0.0, ge=-180, le=180, json_schema_extra={"unit": "°", "step": 1})
    """Direction of the motion, anticlockwise from the right."""
    method: Literal["iterative", "wiener"] = "iterative"
    """`iterative` (Richardson and Lucy) keeps values positive and rings less; `wiener` takes one step."""
    iterations: int = Field(12, ge=1, le=60)
    """Of the iterative method: more sharpen more, and amplify noise."""
    noise: float = Field(0.01, ge=0.0001, le=1, json_schema_extra={"step": 0.001})
    """Power of the noise relative to the picture, for the Wiener method: larger is smoother."""


@operation(
    "deblur",
    category="detail",
    aliases=("deconvolution", "refocus", "camera shake", "richardson lucy", "wiener"),
    examples=({"radius": 1.2}, {"kind": "motion", "radius": 4, "angle": 30, "method": "wiener"}, {"kind": "lens"}),
)
def deblur(image: Raster, params: DeblurParams, context: Context) -> Raster:
    """Undo a known blur of the brightness: softness, wrong focus or motion."""
    kernel = filters.point_spread(params.kind, max(0.5, params.radius * context.scale), params.angle)

    def change(colour: Floats) -> Floats:
        planes = to_luma_chroma(colour)
        if params.method == "wiener":
            planes[0] = filters.wiener(planes[0], kernel, params.noise)
        else:
            planes[0] = filters.richardson_lucy(planes[0], kernel, params.iterations)
        return from_luma_chroma(planes)

    return through_floats(image, change)


class ClarityParams(Params):
    """Parameters of `clarity`."""

    amount: float = Field(0.5, ge=-1, le=2, json_schema_extra={"step": 0.1})
    """Contrast that is added to shapes of middle size; below 0 softens, 0 changes nothing."""
    radius: float = Field(0.02, ge=0.002, le=0.2, json_schema_extra={"step": 0.002})
    """Size of the shapes, as a share of the longer side."""


@operation(
    "clarity",
    category="detail",
    aliases=("structure", "punch", "texture", "midtone contrast"),
    identity={"amount": 0},
    examples=({"amount": 0.8}, {"amount": -0.7, "radius": 0.05}),
)
def clarity(image: Raster, params: ClarityParams) -> Raster:
    """Give midtones more presence, or a soft glow, without halos along strong edges."""
    if params.amount == 0:
        return image
    radius = max(1, round(params.radius * max(image.shape.width, image.shape.height)))
    return through_floats(image, lambda colour: filters.local_contrast(colour, params.amount, radius, 0.15))


class DehazeParams(Params):
    """Parameters of `dehaze`."""

    strength: float = Field(0.7, ge=0, le=1, json_schema_extra={"step": 0.05})
    """Share of the haze that is taken out; all of it looks unreal, 0 changes nothing."""


@operation(
    "dehaze",
    category="detail",
    aliases=("fog", "mist", "haze", "defog"),
    identity={"strength": 0},
    examples=({"strength": 0.8},),
)
def dehaze(image: Raster, params: DehazeParams) -> Raster:
    """Take out haze: its colour and thickness are found from the darkest values around each place."""
    if params.strength == 0:
        return image
    return through_floats(image, lambda colour: filters.dehaze(colour, params.strength))


class MoireParams(Params):
    """Parameters of `reduce_moire`."""

    radius: float = Field(6.0, ge=1, le=50, json_schema_extra=_PIXELS)
    """Width of the coloured fringes."""
    luma: float = Field(0.0, ge=0, le=1, json_schema_extra={"step": 0.1})
    """How much of regular stripes in the brightness is taken out too: screens, halftones, scans of print."""


@operation(
    "reduce_moire",
    category="detail",
    aliases=("moire", "moiré", "descreen", "false colour", "aliasing"),
    examples=({"radius": 4}, {"luma": 0.8}),
    at_reduced_size=False,
)
def reduce_moire(image: Raster, params: MoireParams, context: Context) -> Raster:
    """Take coloured fringes off fine patterns, and on request the pattern itself."""
    radius = max(1.0, params.radius * context.scale)
    return through_floats(image, lambda colour: filters.reduce_moire(colour, radius, params.luma))


class DefringeParams(Params):
    """Parameters of `defringe`."""

    strength: float = Field(0.8, ge=0, le=1, json_schema_extra={"step": 0.1})
    """Share of the fringe's colour that is taken out; 0 changes nothing."""
    radius: float = Field(3.0, ge=1, le=20, json_schema_extra=_PIXELS)
    """Width of the fringes."""


@operation(
    "defringe",
    category="detail",
    aliases=("purple fringing", "chromatic aberration"),
    identity={"strength": 0},
    examples=({},),
)
def defringe(image: Raster, params: DefringeParams, context: Context) -> Raster:
    """Take purple and green fringes off hard edges, as lenses draw them against a bright sky."""
    if params.strength == 0 or image.shape.channels == 1:
        return image
    radius = max(1.0, params.radius * context.scale)
    return through_floats(image, lambda colour: filters.without_fringes(colour, params.strength, radius))


class HighPassParams(Params):
    """Parameters of `high_pass`."""

    radius: float = Field(3.0, ge=0.5, le=100, json_schema_extra=_PIXELS)
    """Detail larger than this is left out."""
    gain: float = Field(1.0, ge=0.1, le=10, json_schema_extra={"step": 0.1})
    """How much what is left is amplified."""


@operation("high_pass", category="detail", aliases=("detail layer", "frequency separation"), examples=({}, {"gain": 3}))
def high_pass(image: Raster, params: HighPassParams, context: Context) -> Raster:
    """Keep fine detail alone, on middle grey: a layer for blending, and for judging sharpness."""
    radius = max(0.3, params.radius * context.scale)
    return through_floats(
        image, lambda colour: 0.5 + np.float32(params.gain) * (colour - blurred(colour, radius).reshape(colour.shape))
    )
