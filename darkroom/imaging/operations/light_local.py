"""Brightness that depends on what is around: shadows and highlights, local contrast, CLAHE, threshold."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import Field

from darkroom.imaging import native
from darkroom.imaging.operations.base import Array, Context, Floats, Params, Raster, from_float, to_float
from darkroom.imaging.operations.declare import operation
from darkroom.imaging.operations.pointwise import LUMA, luma, soft_luma, strips, with_rows


class HighlightsShadowsParams(Params):
    """Parameters of `highlights_shadows`."""

    shadows: float = Field(0.4, ge=-1, le=1, json_schema_extra={"step": 0.05})
    """Lift (above 0) or deepen dark areas."""
    highlights: float = Field(-0.3, ge=-1, le=1, json_schema_extra={"step": 0.05})
    """Recover (below 0) or brighten bright areas."""
    radius: float = Field(0.02, ge=0.001, le=0.2, json_schema_extra={"step": 0.005})
    """Size of an area, as a share of the longer side: larger keeps more local contrast."""


@operation(
    "highlights_shadows",
    category="light",
    aliases=("fill light", "recovery", "shadow"),
    identity={"shadows": 0, "highlights": 0},
    examples=({"shadows": 0.7, "highlights": -0.5}, {"shadows": -1, "highlights": 1}),
)
def highlights_shadows(image: Raster, params: HighlightsShadowsParams) -> Raster:
    """Lift dark areas and recover bright ones, leaving the contrast inside them."""
    if not (params.shadows or params.highlights):
        return image
    around = soft_luma(image, params.radius * max(image.shape.width, image.shape.height))

    def change(values: Floats, near: Array) -> Array:
        near = np.clip(near, 0, 1)
        dark, bright = (1 - near) ** 3, near**3
        gain = np.exp2(1.6 * params.shadows * dark + 1.2 * params.highlights * bright)
        return np.asarray(values * gain)

    return with_rows(image, around, change)


class LocalContrastParams(Params):
    """Parameters of `local_contrast`."""

    amount: float = Field(0.4, ge=-1, le=2, json_schema_extra={"step": 0.05})
    """How much areas are pulled apart from what is around them; below 0 it gets softer."""
    radius: float = Field(0.03, ge=0.001, le=0.2, json_schema_extra={"step": 0.005})
    """Size of an area, as a share of the longer side."""


@operation(
    "local_contrast",
    category="light",
    aliases=("structure", "depth"),
    identity={"amount": 0},
    examples=({"amount": 0.8}, {"amount": -0.5, "radius": 0.1}),
)
def local_contrast(image: Raster, params: LocalContrastParams) -> Raster:
    """Pull areas apart from what is around them, strongest in the middle tones."""
    if not params.amount:
        return image
    around = soft_luma(image, params.radius * max(image.shape.width, image.shape.height))

    def change(values: Floats, near: Array) -> Array:
        bright = luma(values)
        middle = np.clip(4 * bright * (1 - bright), 0, 1)
        return np.asarray(np.maximum(values + params.amount * middle * (bright - near), 0))

    return with_rows(image, around, change)


class ClaheParams(Params):
    """Parameters of `clahe`."""

    limit: float = Field(2.0, ge=1, le=40, json_schema_extra={"step": 0.5})
    """Most that the contrast of an area may grow."""
    tiles: int = Field(8, ge=1, le=64)
    """Areas along each side."""


@operation(
    "clahe",
    category="light",
    aliases=("adaptive equalization", "equalize", "histogram"),
    examples=({"limit": 3}, {"tiles": 3}),
)
def clahe(image: Raster, params: ClaheParams) -> Raster:
    """Equalize the brightness of each area by itself, within a limit (contrast limited adaptive equalization)."""
    cv2 = native.cv2()
    equalizer = cv2.createCLAHE(params.limit, (params.tiles, params.tiles))
    colour, depth = np.ascontiguousarray(image.colour), image.shape.depth
    if colour.shape[2] == 1:
        made = equalizer.apply(colour if depth != "float32" else from_float(colour, "uint16"))
        return image.with_colour(made if depth != "float32" else to_float(made))
    if depth == "uint8":
        lab = cv2.cvtColor(colour, cv2.COLOR_RGB2Lab)
        lab[:, :, 0] = equalizer.apply(np.ascontiguousarray(lab[:, :, 0]))
        return image.with_colour(cv2.cvtColor(lab, cv2.COLOR_Lab2RGB))
    lab = cv2.cvtColor(to_float(colour), cv2.COLOR_RGB2Lab)
    light = from_float(lab[:, :, 0] / 100, "uint16")
    lab[:, :, 0] = to_float(equalizer.apply(light)) * 100
    return image.with_colour(from_float(np.maximum(cv2.cvtColor(lab, cv2.COLOR_Lab2RGB), 0), depth))


class ThresholdParams(Params):
    """Parameters of `threshold`."""

    level: float | None = Field(0.5, ge=0, le=1, json_schema_extra={"step": 0.01})
    """Brightness from which on a pixel is white; empty finds it (Otsu)."""


@operation(
    "threshold",
    category="effects",
    aliases=("binarize", "black and white", "otsu"),
    examples=({"level": None}, {"level": 0.4}),
)
def threshold(image: Raster, params: ThresholdParams) -> Raster:
    """Leave only black and white."""
    level = 0.5 if params.level is None else params.level

    def change(values: Floats) -> Array:
        return np.repeat((luma(values) >= level).astype(np.float32), values.shape[2], axis=2)

    return strips(image, change)


@threshold.pin_of
def _otsu(image: Raster, params: ThresholdParams, context: Context) -> ThresholdParams:
    if params.level is not None:
        return params
    counts = np.zeros(256)

    def count(values: Floats) -> Array:
        nonlocal counts
        bright: Any = values[:, :, 0] if values.shape[2] == 1 else values @ LUMA
        counts += np.histogram(bright, 256, (0, 1.0000001))[0]
        return values

    strips(image, count)
    share = counts / counts.sum()
    below, mean = share.cumsum(), (share * np.arange(256)).cumsum()
    with np.errstate(divide="ignore", invalid="ignore"):
        between = (mean[-1] * below - mean) ** 2 / (below * (1 - below))
    best = int(np.argmax(np.nan_to_num(between, posinf=0)))
    return ThresholdParams(level=(best + 1) / 256)
