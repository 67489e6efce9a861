"""Noise reduction: measured first, as strong as the noise asks, not at all where there is none or it does not help."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import Field

from darkroom.imaging import native
from darkroom.imaging.operations.base import Context, Floats, Params, Raster
from darkroom.imaging.operations.declare import operation
from darkroom.imaging.operations.denoise_estimate import estimate_noise
from darkroom.imaging.operations.denoise_filters import chroma_spread, non_local, smooth_chroma, wavelet_shrink
from darkroom.imaging.operations.detail_planes import (
    area_resized,
    from_luma_chroma,
    stretched,
    through_floats,
    to_luma_chroma,
)
from darkroom.imaging.operations.gain import LEAST_NOISE, GatedParams, Run, judged, samples, worth_of_denoising


class _NoiseParams(Params):
    strength: float = Field(1.0, ge=0, le=3, json_schema_extra={"step": 0.1})
    """How much of the noise is taken out, relative to what was measured; 0 changes nothing."""
    least: float = Field(LEAST_NOISE, ge=0, le=0.2, json_schema_extra={"step": 0.001})
    """Noise fainter than this (1 is from black to white) is left alone: so is the picture."""
    luma: float | None = Field(None, ge=0, le=1)
    """Spread of the noise in the brightness; empty: measured, with the ISO as a guide."""
    chroma: float | None = Field(None, ge=0, le=1)
    """Spread of the noise in the colours; empty: measured, with the ISO as a guide."""


class DenoiseParams(GatedParams, _NoiseParams):
    """Parameters of `denoise`."""

    method: Literal["fast", "wavelet"] = "fast"
    """`fast`: an edge-keeping average. `wavelet`: keeps texture better, three times slower."""


class NonLocalParams(GatedParams, _NoiseParams):
    """Parameters of `denoise_nonlocal`."""

    patch: Literal[3, 5, 7] = 5
    """Side of the surroundings that are compared, in pixels."""
    search: Literal[7, 11, 15, 21] = 11
    """Side of the area in which similar surroundings are sought, in pixels. Time grows with its square."""


class ChromaParams(GatedParams, _NoiseParams):
    """Parameters of `denoise_chroma`."""

    levels: int = Field(5, ge=1, le=5)
    """Size of the blotches that are taken out: each level doubles it, 5 reaches 32 pixels."""


def left_clean(noise: float, least: float) -> str:
    """Why a picture stays as it is."""
    return f"left as it was: its noise of {noise:.4f} is fainter than {least:g} (least)"


def _pinned(image: Raster, params: Any, context: Context) -> tuple[Any, str]:
    """The noise and the gain measured once and written down, and why nothing is done where nothing is."""
    if params.strength == 0:
        return params, ""
    params = _measured(image, params, context)
    colours_only = isinstance(params, ChromaParams)
    if colours_only and image.shape.channels == 1:
        return params, ""
    if not any(_spreads(params)[colours_only:]):
        noise = max(params.chroma or 0.0, 0.0 if colours_only else params.luma or 0.0)
        return params, left_clean(noise, params.least)
    if not params.measures():
        return params, ""
    worth = worth_of_denoising(samples(image.colour), change_of(params), lambda plane: plane, context.iso)
    return judged(params, worth)


def _measured(image: Raster, params: Any, context: Context) -> Any:
    if params.luma is not None and params.chroma is not None:
        return params
    found = estimate_noise(image.colour, context.iso)
    return params.model_copy(
        update={
            "luma": round(min(1.0, found.luma), 6) if params.luma is None else params.luma,
            "chroma": round(min(1.0, found.chroma), 6) if params.chroma is None else params.chroma,
        }
    )


def _spreads(params: _NoiseParams) -> tuple[float, float]:
    """What is to be taken out of brightness and colours; 0 where nothing is."""
    luma, chroma = params.luma or 0.0, params.chroma or 0.0
    return (
        luma * params.strength if luma >= params.least else 0.0,
        chroma * params.strength if chroma >= params.least else 0.0,
    )


def _cleaned(image: Raster, params: Any) -> Raster:
    if params.refused or not any(_spreads(params)[isinstance(params, ChromaParams) :]):
        return image
    return through_floats(image, change_of(params))


def change_of(params: _NoiseParams) -> Run:
    """What the parameters do to a picture or a part of it."""
    luma, chroma = _spreads(params)

    def change(colour: Floats) -> Floats:
        planes = to_luma_chroma(colour)
        if isinstance(params, ChromaParams):
            return from_luma_chroma(smooth_chroma(planes, chroma, params.levels))
        if isinstance(params, NonLocalParams):
            planes[0] = non_local(planes[0], luma, params.patch, params.search) if luma else planes[0]
            return from_luma_chroma(smooth_chroma(planes, chroma))
        quick = isinstance(params, DenoiseParams) and params.method == "fast"
        if luma:
            average = native.cv2().bilateralFilter
            planes[0] = average(planes[0], 5, 3 * luma, 2.0) if quick else wavelet_shrink(planes[0], luma)
        return from_luma_chroma(_quick_chroma(planes, chroma) if quick and chroma else smooth_chroma(planes, chroma))

    return change


@operation(
    "denoise",
    version=4,
    category="detail",
    aliases=("noise reduction", "smooth", "iso noise"),
    identity={"strength": 0},
    examples=({"luma": 0.04, "chroma": 0.05}, {}, {"method": "wavelet", "luma": 0.03, "chroma": 0.03}),
    at_reduced_size=False,
)
def denoise(image: Raster, params: DenoiseParams) -> Raster:
    """Take out noise, as strongly as the picture's own noise asks; a clean picture stays as it is.

    Brightness and colours are treated apart. The spread of the noise is measured in the quiet parts of the picture
    and, where there are too few of them, expected from the ISO.
    """
    return _cleaned(image, params)


def _quick_chroma(planes: list[Any], chroma: float) -> list[Any]:
    """Fine noise by an edge-keeping average, blotches by what the wavelets take out of a copy of half the size."""
    height, width = planes[0].shape
    if len(planes) == 1 or min(height, width) < 8:
        return smooth_chroma(planes, chroma)
    spreads = chroma_spread(chroma)
    found = [planes[0]]
    for plane, spread in zip(planes[1:], spreads, strict=True):
        fine = native.cv2().bilateralFilter(plane, 5, 3 * spread, 2.0)
        small = area_resized(fine, width // 2, height // 2)
        # The first average has left about a third of the spread, of the kind that is larger than a pixel.
        found.append(fine + stretched(wavelet_shrink(small, spread / 3, 3) - small, width, height))
    return found


@operation(
    "denoise_nonlocal",
    version=4,
    category="detail",
    aliases=("non-local means", "nlm", "fine noise reduction"),
    identity={"strength": 0},
    examples=({"luma": 0.04, "chroma": 0.05}, {"luma": 0.03, "chroma": 0.0, "patch": 3, "search": 7}, {}),
    at_reduced_size=False,
)
def denoise_nonlocal(image: Raster, params: NonLocalParams) -> Raster:
    """Take out noise by averaging places that look alike: the cleanest result without a learned model, and slow.

    About a second a megapixel; as strong as the noise that was measured, and nothing where there is none.
    """
    return _cleaned(image, params)


@operation(
    "denoise_chroma",
    version=4,
    category="detail",
    aliases=("colour noise", "color noise", "blotches"),
    identity={"strength": 0},
    examples=({"luma": 0.0, "chroma": 0.06}, {}),
    at_reduced_size=False,
)
def denoise_chroma(image: Raster, params: ChromaParams) -> Raster:
    """Take out coloured blotches and leave the brightness, with all its grain and detail, as it is."""
    return image if image.shape.channels == 1 else _cleaned(image, params)


class MedianParams(Params):
    """Parameters of `median`."""

    size: Literal[3, 5] = 3
    """Side of the neighbourhood in pixels."""


@operation(
    "median",
    category="detail",
    aliases=("despeckle", "dust", "salt and pepper", "hot pixels"),
    examples=({}, {"size": 5}),
    at_reduced_size=False,
)
def median(image: Raster, params: MedianParams) -> Raster:
    """Take out single wrong pixels, dust and scratches: each pixel becomes the median of its neighbours."""
    colour = np.ascontiguousarray(image.colour)
    return image.with_colour(native.cv2().medianBlur(colour, params.size))


class SmoothParams(Params):
    """Parameters of `smooth_surfaces`."""

    radius: float = Field(4.0, ge=0.5, le=30, json_schema_extra={"unit": "px", "step": 0.5})
    """Of the neighbourhood."""
    contrast: float = Field(0.08, ge=0, le=1, json_schema_extra={"step": 0.01})
    """Differences larger than this are edges and stay; 0 changes nothing."""


@operation(
    "smooth_surfaces",
    category="detail",
    aliases=("surface blur", "bilateral", "skin smoothing"),
    identity={"contrast": 0},
    examples=({}, {"radius": 8, "contrast": 0.2}),
)
def smooth_surfaces(image: Raster, params: SmoothParams, context: Context) -> Raster:
    """Smooth skin and walls while edges stay sharp."""
    from darkroom.imaging.operations.detail_filters import fast_guided

    if params.contrast == 0:
        return image
    radius = max(1, round(params.radius * context.scale))

    def change(colour: Floats) -> Floats:
        planes = to_luma_chroma(colour)
        guide = planes[0]
        return from_luma_chroma([fast_guided(plane, radius, params.contrast / 2, guide) for plane in planes])

    return through_floats(image, change)


class DespotParams(Params):
    """Parameters of `hot_pixels`."""

    contrast: float = Field(0.15, ge=0.01, le=1, json_schema_extra={"step": 0.01})
    """How much a pixel must differ from all its neighbours to count as wrong."""


@operation("hot_pixels", category="detail", aliases=("dead pixels", "stuck pixels"), at_reduced_size=False)
def hot_pixels(image: Raster, params: DespotParams) -> Raster:
    """Repair single pixels that differ from all their neighbours, as stuck pixels of a sensor do; the rest stays exact."""
    cv2 = native.cv2()
    colour = np.ascontiguousarray(image.colour)
    ring = np.ones((3, 3), np.uint8)
    ring[1, 1] = 0
    step = params.contrast * image.white
    values = colour.astype(np.float32)
    highest, lowest = (change(values, ring).reshape(colour.shape) for change in (cv2.dilate, cv2.erode))
    wrong = ((values > highest + step) | (values < lowest - step)).any(axis=2, keepdims=True)
    repaired = cv2.medianBlur(colour, 3).reshape(colour.shape)
    return image.with_colour(np.where(wrong, repaired, colour))


denoise.pin_of(_pinned)
denoise_nonlocal.pin_of(_pinned)
denoise_chroma.pin_of(_pinned)
