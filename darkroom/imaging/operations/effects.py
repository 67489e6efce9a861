"""Blurs and light: soft focus, motion, lens, tilt and shift, glow, vignette, grain."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from pydantic import Field, JsonValue

from darkroom.imaging import native
from darkroom.imaging.operations import effects_blur as blurs
from darkroom.imaging.operations.base import Context, Floats, Params, Raster, to_float
from darkroom.imaging.operations.declare import operation
from darkroom.imaging.operations.detail_filters import point_spread
from darkroom.imaging.operations.detail_planes import averaged, luma_of, premultiplied, through_floats, with_alpha
from darkroom.imaging.operations.handles import handle

_PIXELS: dict[str, JsonValue] = {"unit": "px", "step": 0.5}
_DEGREES: dict[str, JsonValue] = {"unit": "°", "step": 1}
_SHARE: dict[str, JsonValue] = {"step": 0.05}


class BlurParams(Params):
    """Parameters of `blur`."""

    radius: float = Field(5.0, ge=0, le=500, json_schema_extra=_PIXELS)
    """Standard deviation of the blur; 0 changes nothing."""


@operation(
    "blur",
    category="effects",
    aliases=("gaussian blur", "soften", "soft focus"),
    identity={"radius": 0},
    examples=({"radius": 6}, {"radius": 40}),
)
def blur(image: Raster, params: BlurParams, context: Context) -> Raster:
    """Blur a picture evenly."""
    radius = params.radius * context.scale
    return image if radius < 0.1 else averaged(image, lambda values: blurs.gaussian(values, radius))


class MotionBlurParams(Params):
    """Parameters of `motion_blur`."""

    length: float = Field(20.0, ge=1, le=400, json_schema_extra=_PIXELS)
    """How far things move while the shutter is open."""
    angle: float = Field(0.0, ge=-180, le=180, json_schema_extra=_DEGREES)
    """Direction, anticlockwise from the right."""


@operation(
    "motion_blur",
    category="effects",
    aliases=("speed", "panning", "movement"),
    examples=({}, {"angle": 60}),
    handles=(handle("direction"),),
)
def motion_blur(image: Raster, params: MotionBlurParams, context: Context) -> Raster:
    """Blur a picture along a line, as a moving camera does."""
    kernel = point_spread("motion", max(0.5, params.length * context.scale / 2), params.angle)
    return averaged(image, lambda values: blurs.convolved(values, kernel))


class LensBlurParams(Params):
    """Parameters of `lens_blur`."""

    radius: float = Field(12.0, ge=0.5, le=150, json_schema_extra=_PIXELS)
    """Of the disc that each point becomes."""
    highlights: float = Field(0.5, ge=0, le=1, json_schema_extra=_SHARE)
    """How much bright spots outshine their surroundings; 0 is a plain average."""


@operation(
    "lens_blur", category="effects", aliases=("bokeh", "out of focus", "defocus"), examples=({}, {"highlights": 0})
)
def lens_blur(image: Raster, params: LensBlurParams, context: Context) -> Raster:
    """Blur a picture as a lens out of focus does, with bright discs where lights are."""
    kernel = point_spread("lens", max(0.5, params.radius * context.scale))
    colour, alpha = premultiplied(image)
    made = blurs.bokeh(colour, kernel, params.highlights)
    if image.alpha is None:
        return through_floats(image, lambda _: made)
    opacity = blurs.convolved(alpha, kernel)
    return with_alpha(image, np.divide(made, opacity, out=np.zeros_like(made), where=opacity > 1e-6), opacity)


class TiltShiftParams(Params):
    """Parameters of `tilt_shift`."""

    centre: float = Field(0.55, ge=0, le=1, json_schema_extra=_SHARE)
    """Where the sharp band lies, from the top."""
    width: float = Field(0.2, ge=0, le=1, json_schema_extra=_SHARE)
    """Height of the sharp band as a share of the picture."""
    angle: float = Field(0.0, ge=-90, le=90, json_schema_extra=_DEGREES)
    """Turn of the band, anticlockwise."""
    radius: float = Field(12.0, ge=0, le=200, json_schema_extra=_PIXELS)
    """Blur far from the band; 0 changes nothing."""


@operation(
    "tilt_shift",
    category="effects",
    aliases=("miniature", "toy", "selective focus"),
    identity={"radius": 0},
    examples=({}, {"angle": 30, "width": 0.1}),
    handles=(handle("band"),),
)
def tilt_shift(image: Raster, params: TiltShiftParams, context: Context) -> Raster:
    """Keep a band sharp and blur what is above and below it, so that a scene looks like a model."""
    radius = params.radius * context.scale
    if radius < 0.1:
        return image
    height, width = image.shape.height, image.shape.width
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    turn = math.radians(params.angle)
    across = (x - width / 2) * math.sin(turn) + (y + 0.5 - params.centre * height) * math.cos(turn)
    away = blurs.ramp(np.abs(across) / height, params.width / 2, params.width / 2 + 0.35)[:, :, None]
    return averaged(image, lambda values: _between(values, away, radius))


def _between(values: Any, away: Any, radius: float) -> Any:
    """From sharp over half the blur to the whole of it."""
    kind = values.dtype
    sharp = values.astype(np.float32)
    half, full = blurs.gaussian(sharp, radius / 2), blurs.gaussian(sharp, radius)
    first, second = np.clip(away * 2, 0, 1), np.clip(away * 2 - 1, 0, 1)
    made = sharp + first * (half - sharp) + second * (full - half)
    return made if kind == np.float32 else np.rint(made).astype(kind)


class GlowParams(Params):
    """Parameters of `glow`."""

    amount: float = Field(0.4, ge=0, le=1, json_schema_extra=_SHARE)
    """How much light spills over; 0 changes nothing."""
    radius: float = Field(0.03, ge=0.001, le=0.3, json_schema_extra={"step": 0.005})
    """How far it spills, as a share of the longer side."""
    threshold: float = Field(0.6, ge=0, le=1, json_schema_extra=_SHARE)
    """Brightness from which light spills."""


@operation("glow", category="effects", aliases=("bloom", "orton", "dreamy"), identity={"amount": 0}, examples=({},))
def glow(image: Raster, params: GlowParams) -> Raster:
    """Let bright parts shine into what is around them."""
    if params.amount == 0:
        return image
    radius = params.radius * max(image.shape.width, image.shape.height)

    def change(colour: Floats) -> Any:
        light = colour * blurs.ramp(luma_of(colour), params.threshold, min(1.0, params.threshold + 0.3))[:, :, None]
        spilt = np.clip(blurs.gaussian(np.ascontiguousarray(light), radius) * np.float32(params.amount), 0, 1)
        # Light adds up as on film: what is white already stays white.
        return colour + spilt * np.clip(1 - colour, 0, 1)

    return through_floats(image, change)


class VignetteParams(Params):
    """Parameters of `vignette`."""

    amount: float = Field(0.5, ge=-1, le=1, json_schema_extra=_SHARE)
    """How much darker the corners become; below 0 they become lighter, 0 changes nothing."""
    radius: float = Field(0.4, ge=0, le=1, json_schema_extra=_SHARE)
    """Where it begins: 0 in the middle, 1 at the corners."""
    softness: float = Field(0.7, ge=0.01, le=2, json_schema_extra=_SHARE)
    """How long it takes to its full effect, in the same measure."""
    roundness: float = Field(0.5, ge=0, le=1, json_schema_extra=_SHARE)
    """1 is a circle, 0 has the proportions of the picture."""
    centre_x: float = Field(0.5, ge=0, le=1, json_schema_extra=_SHARE)
    """Middle of the bright part, from the left."""
    centre_y: float = Field(0.5, ge=0, le=1, json_schema_extra=_SHARE)
    """Middle of the bright part, from the top."""


@operation(
    "vignette",
    category="effects",
    aliases=("corner darkening", "falloff", "lens shading"),
    identity={"amount": 0},
    examples=({}, {"amount": -0.6, "centre_x": 0.3, "roundness": 1}),
    handles=(handle("point", "centre_x", "centre_y"),),
)
def vignette(image: Raster, params: VignetteParams) -> Raster:
    """Darken or lighten a picture towards its corners."""
    if params.amount == 0:
        return image
    height, width = image.shape.height, image.shape.width
    longer = max(width, height)
    # Between the picture's own proportions and a circle around the longer side.
    across = width + params.roundness * (longer - width)
    down = height + params.roundness * (longer - height)
    x = (np.arange(width, dtype=np.float32) + 0.5 - params.centre_x * width) / (across / 2)
    y = (np.arange(height, dtype=np.float32) + 0.5 - params.centre_y * height) / (down / 2)
    away = np.sqrt(x[None, :] ** 2 + y[:, None] ** 2) / math.hypot(width / across, height / down)
    shade = np.float32(params.amount) * blurs.ramp(away, params.radius, params.radius + params.softness)[:, :, None]

    def change(colour: Floats) -> Any:
        return colour * (1 - shade) if params.amount > 0 else colour - shade * np.clip(1 - colour, 0, 1)

    return through_floats(image, change)


class GrainParams(Params):
    """Parameters of `grain`."""

    amount: float = Field(0.06, ge=0, le=0.5, json_schema_extra={"step": 0.01})
    """Spread of the grain in the midtones (1 is from black to white); 0 changes nothing."""
    size: float = Field(1.5, ge=1, le=20, json_schema_extra={"unit": "px", "step": 0.1})
    """Of a grain."""
    colour: float = Field(0.0, ge=0, le=1, json_schema_extra=_SHARE)
    """0 is silver, 1 differs in each channel as in colour film."""
    shadows: float = Field(0.4, ge=0, le=1, json_schema_extra=_SHARE)
    """How much grain black and white show, relative to the midtones."""


@operation(
    "grain",
    category="effects",
    aliases=("film grain", "noise", "analogue"),
    identity={"amount": 0},
    examples=({}, {"colour": 1, "size": 3}),
    seeded=True,
)
def grain(image: Raster, params: GrainParams, context: Context) -> Raster:
    """Add film grain; the same seed gives the same grain."""
    if params.amount == 0:
        return image
    colour = to_float(np.ascontiguousarray(image.colour))
    random = np.random.default_rng(context.seed)
    size = max(1.0, params.size * context.scale)
    silver = _grains(random, colour.shape[:2], size)[:, :, None]
    if params.colour > 0 and colour.shape[2] == 3:
        dyes = np.stack([_grains(random, colour.shape[:2], size) for _ in range(3)], axis=2)
        silver = math.sqrt(1 - params.colour**2) * silver + params.colour * dyes
    luma = np.clip(luma_of(colour), 0, 1)[:, :, None]
    shown = params.shadows + (1 - params.shadows) * 4 * luma * (1 - luma)
    return through_floats(image, lambda values: values + np.float32(params.amount) * shown * silver)


def _grains(random: np.random.Generator, shape: tuple[int, ...], size: float) -> Any:
    """Noise of spread one whose grains have that size."""
    cv2 = native.cv2()
    noise = random.standard_normal(shape, np.float32)
    if size <= 1:
        return noise
    soft = cv2.GaussianBlur(noise, (0, 0), size / 2, borderType=cv2.BORDER_REFLECT_101)
    # What a Gaussian leaves of the spread of white noise: the sum of its squared weights, in one direction.
    line = cv2.getGaussianKernel(max(3, 2 * round(size * 2) + 1), size / 2)
    return soft / np.float32((line**2).sum())
