"""Learned operations that make a picture of a picture: enhancement, super-resolution, noise reduction, style."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from pydantic import Field, JsonValue, model_validator

from darkroom.errors import Error
from darkroom.imaging import native
from darkroom.imaging.operations.base import (
    Context,
    Floats,
    ModelRef,
    Motion,
    Params,
    Raster,
    Shape,
    Unfit,
    from_float,
    to_float,
)
from darkroom.imaging.operations.declare import operation
from darkroom.imaging.operations.denoise import left_clean
from darkroom.imaging.operations.denoise_estimate import estimate_noise
from darkroom.imaging.operations.detail_planes import (
    from_luma_chroma,
    luma_of,
    through_floats,
    to_luma_chroma,
    with_alpha,
)
from darkroom.imaging.operations.gain import LEAST_NOISE, GatedParams, Worth, judged, worth_of_denoising
from darkroom.imaging.operations.learned_gain import windows, worth_of_enhancing, worth_of_enlarging
from darkroom.imaging.operations.learned_model import Model, load_model
from darkroom.imaging.operations.learned_tiles import Tiling, roomy, run_fitting
from darkroom.imaging.operations.motion import STAY
from darkroom.imaging.operations.resample import scale as scaled

GUIDE_SIDE = 256
"""Longest side of the view of the whole picture that models get which ask for one."""
_STEP: dict[str, JsonValue] = {"step": 0.05}
_PIXELS: dict[str, JsonValue] = {"unit": "px"}


class _ModelParams(Params):
    model: ModelRef
    """The model."""
    values: Literal["0..1", "0..255", "-1..1"] = "0..1"
    """Range of the values that the model was trained with."""
    tile: int = Field(256, ge=32, le=4096, json_schema_extra=_PIXELS)
    """Side of the parts in which a large picture goes through it; halved where too little memory is free for it."""
    overlap: int = Field(32, ge=0, le=512, json_schema_extra=_PIXELS)
    """What neighbouring parts share; at least four times as far as the model looks."""
    multiple: int = Field(8, ge=1, le=256)
    """Sides that the model takes are multiples of this."""

    @model_validator(mode="after")
    def _overlap_fits(self) -> _ModelParams:
        if self.overlap * 2 > self.tile:
            raise Unfit("overlap must be at most half of tile", "overlap", "tile")
        return self


class _GatedModelParams(GatedParams, _ModelParams):
    """Of a model that is used only where it is worth while."""


def _judged(params: Any, worth: Worth, instead: str = "left as it was") -> tuple[Any, str]:
    return judged(params, worth, f"{instead}: with {params.model}")


def _examples(name: str) -> Callable[[], dict[str, bytes]]:
    """Tiny models for the examples."""

    def make() -> dict[str, bytes]:
        from darkroom.imaging.operations import learned_write

        return {name: getattr(learned_write, name)()}

    return make


def through_model(
    colour: Floats,
    params: _ModelParams,
    model: Model,
    factor: int = 1,
    sigma: float = 0.0,
    *,
    whole: Floats | None = None,
) -> Floats:
    """Colour planes through a model, whatever number of channels each has.

    Args:
        colour: height x width x 1 or 3, 0 to 1.
        params: how the model wants its values and tiles.
        model: takes 1, 3 or 4 channels; the fourth is the spread of the noise.
        factor: how many times larger the result is.
        sigma: spread of the noise for models that ask for it.
        whole: the picture that `colour` is a part of, for models that look at all of it.
    """
    low, high = {"0..1": (0.0, 1.0), "0..255": (0.0, 255.0), "-1..1": (-1.0, 1.0)}[params.values]
    seen = colour if whole is None else whole
    guide = _guide(seen, params.multiple) * np.float32(high - low) + np.float32(low) if model.guided else None

    def run(tile: Floats) -> Floats:
        given = tile * np.float32(high - low) + np.float32(low)
        if model.channels == 4:
            given = np.concatenate([given, np.full((*tile.shape[:2], 1), sigma * (high - low), np.float32)], axis=2)
        made = (model.picture(given, guide) - np.float32(low)) / np.float32(high - low)
        if made.shape[2] not in (tile.shape[2], 3):
            raise Error("model_unusable", f"The model gives {made.shape[2]} channels for {tile.shape[2]}.")
        return made

    grid = params.multiple if model.guided else 1
    tiling = Tiling(params.tile, params.overlap, params.multiple, model.fixed_size, grid)
    tiling = roomy(tiling, model.facts.widest, model.place.free(), factor)
    colour = np.clip(colour, 0, 1)
    if colour.shape[2] == 1:
        made = run_fitting(colour if model.channels == 1 else colour.repeat(3, axis=2), run, tiling, factor)
        return luma_of(made)[:, :, None]  # type: ignore[no-any-return]
    if model.channels != 1:
        return run_fitting(colour, run, tiling, factor)
    # A model of brightness alone: the colours go along as they are.
    luma, *chroma = to_luma_chroma(colour)
    bright = run_fitting(luma[:, :, None], run, tiling, factor)[:, :, 0]
    cv2 = native.cv2()
    size = (colour.shape[1] * factor, colour.shape[0] * factor)
    return from_luma_chroma([bright, *(cv2.resize(one, size, interpolation=cv2.INTER_CUBIC) for one in chroma)])


def _guide(colour: Floats, multiple: int) -> Floats:
    """A small view of a whole picture, by which all of its tiles are normed: none of them depends on how it was cut."""
    height, width = colour.shape[:2]
    shrink = max(1.0, max(height, width) / GUIDE_SIDE)
    tall, wide = (max(1, round(length / shrink / multiple)) * multiple for length in (height, width))
    found = scaled(Raster(np.clip(colour, 0, 1)), wide, tall, "area" if shrink > 1 else "linear").array
    return found if found.shape[2] == 3 else found.repeat(3, axis=2)


class EnhanceParams(_GatedModelParams):
    """Parameters of `enhance_learned`."""

    strength: float = Field(1.0, ge=0, le=1, json_schema_extra=_STEP)
    """Share of the model's result; 0 changes nothing."""


@operation(
    "enhance_learned",
    version=4,
    category="learned",
    aliases=("ai enhance", "neural filter", "retouch", "onnx"),
    identity={"model": "box_blur", "strength": 0},
    examples=(
        {"model": "box_blur", "min_gain": 0},
        {"model": "box_blur", "tile": 32, "overlap": 8, "strength": 0.5},
    ),
    example_files=_examples("box_blur"),
    at_reduced_size=False,
)
def enhance_learned(image: Raster, params: EnhanceParams, context: Context) -> Raster:
    """Improve a picture with a learned model, where it does.

    What the model is worth on this picture is measured first: less noise, more detail or other tones. Where it does
    less than `min_gain` asks, or harm, the picture stays as it is.
    """
    if params.strength == 0 or params.refused:
        return image
    return through_floats(image, _mixed(image, params, context))


def _mixed(image: Raster, params: Any, context: Context, sigma: float = 0.0) -> Callable[[Floats], Floats]:
    """The model's result for the picture or a part of it, as far as the strength goes."""
    model = load_model(context.file(params.model), params.model)
    share, whole = np.float32(params.strength), to_float(image.colour)

    def change(colour: Floats) -> Floats:
        made = through_model(colour, params, model, sigma=sigma, whole=whole)
        return colour + share * (made - colour)

    return change


@enhance_learned.pin_of
def _enhances(image: Raster, params: EnhanceParams, context: Context) -> tuple[EnhanceParams, str]:
    if params.strength == 0 or not params.measures():
        return params, ""
    return _judged(params, worth_of_enhancing(windows(to_float(image.colour)), _mixed(image, params, context)))


class DenoiseLearnedParams(_GatedModelParams):
    """Parameters of `denoise_learned`."""

    strength: float = Field(1.0, ge=0, le=1, json_schema_extra=_STEP)
    """Share of the model's result; 0 changes nothing."""
    least: float = Field(LEAST_NOISE, ge=0, le=0.2, json_schema_extra={"step": 0.001})
    """A picture with fainter noise than this stays as it is."""
    noise: float | None = Field(None, ge=0, le=1)
    """Spread of the noise; empty: measured, with the ISO as a guide. Handed to models that ask for it."""


@operation(
    "denoise_learned",
    version=5,
    category="learned",
    aliases=("ai noise reduction", "neural denoise", "dncnn", "ffdnet", "scunet"),
    identity={"model": "box_blur", "strength": 0},
    examples=({"model": "box_blur", "noise": 0.05, "min_gain": 0}, {"model": "box_blur"}),
    example_files=_examples("box_blur"),
    at_reduced_size=False,
)
def denoise_learned(image: Raster, params: DenoiseLearnedParams, context: Context) -> Raster:
    """Take out noise with a learned model; a clean picture stays as it is.

    So does one for which the model, as far as the noise lets one tell, takes out less than it damages.
    """
    sigma = params.noise or 0.0
    if params.strength == 0 or sigma < params.least or params.refused:
        return image
    return through_floats(image, _mixed(image, params, context, sigma))


@denoise_learned.pin_of
def _denoises(image: Raster, params: DenoiseLearnedParams, context: Context) -> tuple[DenoiseLearnedParams, str]:
    if params.strength == 0:
        return params, ""
    colour = to_float(image.colour)
    if params.noise is None:
        noise = estimate_noise(colour, context.iso)
        params = params.model_copy(update={"noise": round(min(1.0, max(noise.luma, noise.chroma)), 6)})
    sigma = params.noise or 0.0
    if sigma < params.least:
        return params, left_clean(sigma, params.least)
    if sigma == 0 or not params.measures():
        return params, ""
    return _judged(params, worth_of_denoising(windows(colour), _mixed(image, params, context, sigma), iso=context.iso))


class SuperResolveParams(_GatedModelParams):
    """Parameters of `super_resolve`."""

    factor: Literal[2, 3, 4, 8] = 2
    """How many times larger; must be what the model does."""


@operation(
    "super_resolve",
    version=2,
    category="learned",
    aliases=("upscale", "super-resolution", "enlarge", "esrgan", "espcn"),
    examples=({"model": "doubler", "min_gain": 0}, {"model": "doubler", "tile": 32, "overlap": 4}),
    example_files=_examples("doubler"),
    at_reduced_size=False,
)
def super_resolve(image: Raster, params: SuperResolveParams, context: Context) -> Raster:
    """Make a picture larger with a learned model that adds the detail, where it does.

    Where it adds less than `min_gain` asks, or noise, or what is not in the picture, it is enlarged without the model.
    """
    if params.refused:
        shape = image.shape
        return scaled(image, shape.width * params.factor, shape.height * params.factor)
    model = load_model(context.file(params.model), params.model)
    colour = to_float(np.ascontiguousarray(image.colour))
    made = through_model(colour, params, model, params.factor)
    if image.alpha is None:
        return image.of(from_float(made, image.shape.depth))
    cv2 = native.cv2()
    size = (made.shape[1], made.shape[0])
    alpha = cv2.resize(np.ascontiguousarray(to_float(image.alpha)), size, interpolation=cv2.INTER_LINEAR)
    return with_alpha(image, made, np.clip(alpha, 0, 1)[:, :, None])


@super_resolve.pin_of
def _enlarges(image: Raster, params: SuperResolveParams, context: Context) -> tuple[SuperResolveParams, str]:
    if not params.measures():
        return params, ""
    model, whole, factor = load_model(context.file(params.model), params.model), to_float(image.colour), params.factor

    def run(part: Floats) -> Floats:
        return through_model(part, params, model, factor, whole=whole)

    def plain(part: Floats) -> Floats:
        return to_float(scaled(Raster(part), part.shape[1] * factor, part.shape[0] * factor).array)

    return _judged(params, worth_of_enlarging(windows(whole), run, plain), "enlarged without the model")


@super_resolve.shape_of
def _enlarged(shape: Shape, params: SuperResolveParams) -> Shape:
    return replace(shape, width=shape.width * params.factor, height=shape.height * params.factor)


@super_resolve.motion_of
def _stays(shape: Shape, params: SuperResolveParams) -> Motion:
    return STAY


class StyleLearnedParams(_ModelParams):
    """Parameters of `style_learned`."""

    strength: float = Field(1.0, ge=0, le=1, json_schema_extra=_STEP)
    """Share of the style; 0 changes nothing."""
    keep_colours: bool = False
    """Take over strokes and light but not the colours."""
    megapixels: float = Field(1.0, ge=0.05, le=50, json_schema_extra={"step": 0.1})
    """Size at which the model paints; a larger picture is reduced for it, so strokes are as coarse on every size."""


@operation(
    "style_learned",
    category="learned",
    aliases=("neural style", "style transfer", "painting", "feed-forward style"),
    identity={"model": "box_blur", "strength": 0},
    examples=({"model": "box_blur", "keep_colours": True}, {"model": "box_blur", "strength": 0.5}),
    example_files=_examples("box_blur"),
)
def style_learned(image: Raster, params: StyleLearnedParams, context: Context) -> Raster:
    """Paint a picture in a style that a model was trained on."""
    if params.strength == 0:
        return image
    model = load_model(context.file(params.model), params.model)

    def change(colour: Floats) -> Any:
        height, width = colour.shape[:2]
        shrink = math.sqrt(height * width / (params.megapixels * 1e6))
        small = Raster(colour)
        if shrink > 1:
            small = scaled(small, max(1, round(width / shrink)), max(1, round(height / shrink)), "area")
        painted = scaled(Raster(through_model(small.array, params, model)), width, height, "linear").array
        if params.keep_colours and colour.shape[2] == 3:
            painted = from_luma_chroma([luma_of(painted), *to_luma_chroma(colour)[1:]])
        return colour + np.float32(params.strength) * (painted - colour)

    return through_floats(image, change)
