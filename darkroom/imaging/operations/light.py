"""Brightness: operations that are a curve of each channel, so that any number of them costs one table."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from pydantic import Field, model_validator

from darkroom.imaging.operations.base import Context, Params, Raster, Unfit
from darkroom.imaging.operations.declare import tone
from darkroom.imaging.operations.pointwise import small_colour
from darkroom.imaging.operations.tones import Values, from_light, to_light


class ExposureParams(Params):
    """Parameters of `exposure`."""

    stops: float = Field(0.5, ge=-10, le=10, json_schema_extra={"unit": "EV", "step": 0.1})
    """Doublings of light; below 0 it gets darker."""


@tone(
    "exposure",
    category="light",
    aliases=("brightness", "ev"),
    identity={"stops": 0},
    examples=({"stops": 0.8}, {"stops": -2}),
)
def exposure(values: Values, params: ExposureParams) -> Values:
    """Give more or less light, as a longer or shorter exposure would."""
    return from_light(to_light(values) * 2.0**params.stops) if params.stops else values


class GammaParams(Params):
    """Parameters of `gamma`."""

    gamma: float = Field(1.2, ge=0.1, le=10, json_schema_extra={"step": 0.05})
    """Exponent: above 1 lifts the middle tones, below 1 lowers them; black and white stay."""


@tone(
    "gamma", category="light", aliases=("midtones",), identity={"gamma": 1}, examples=({"gamma": 1.8}, {"gamma": 0.5})
)
def gamma(values: Values, params: GammaParams) -> Values:
    """Lift or lower the middle tones, with black and white in their place."""
    return np.asarray(np.maximum(values, 0.0) ** (1 / params.gamma))


class ContrastParams(Params):
    """Parameters of `contrast`."""

    amount: float = Field(0.3, ge=-1, le=1, json_schema_extra={"step": 0.05})
    """Above 0 an S-shaped curve that clips nothing, below 0 flatter; -1 leaves only the pivot."""
    pivot: float = Field(0.5, gt=0, lt=1, json_schema_extra={"step": 0.05})
    """The value that stays."""


@tone(
    "contrast",
    category="light",
    aliases=("s-curve", "punch"),
    identity={"amount": 0},
    examples=({"amount": 0.6}, {"amount": -0.5, "pivot": 0.4}),
)
def contrast(values: Values, params: ContrastParams) -> Values:
    """Pull tones apart, or closer together."""
    if params.amount <= 0:
        return np.asarray(params.pivot + (values - params.pivot) * (1 + params.amount)) if params.amount else values
    steep = 10 * params.amount

    def curve(x: Any) -> Any:
        return 1 / (1 + np.exp(-steep * (x - params.pivot)))

    low, high = curve(0.0), curve(1.0)
    # Beyond white an S would flatten everything: it goes on in a straight line.
    inside = np.clip(values, 0.0, 1.0)
    return np.asarray((curve(inside) - low) / (high - low) + (values - inside))


class LevelsParams(Params):
    """Parameters of `levels`."""

    black: float = Field(0.0, ge=0, lt=1, json_schema_extra={"step": 0.01})
    """Value that becomes black."""
    white: float = Field(1.0, gt=0, le=1, json_schema_extra={"step": 0.01})
    """Value that becomes white."""
    gamma: float = Field(1.0, ge=0.1, le=10, json_schema_extra={"step": 0.05})
    """Middle tones between them: above 1 brighter."""
    out_black: float = Field(0.0, ge=0, le=1, json_schema_extra={"step": 0.01})
    """What black is shown as."""
    out_white: float = Field(1.0, ge=0, le=1, json_schema_extra={"step": 0.01})
    """What white is shown as."""

    @model_validator(mode="after")
    def _in_order(self) -> LevelsParams:
        if self.white <= self.black:
            raise Unfit("white must be greater than black", "white", "black")
        return self


@tone(
    "levels",
    category="light",
    aliases=("black point", "white point"),
    identity={},
    examples=({"black": 0.1, "white": 0.8, "gamma": 1.2}, {"out_black": 0.9, "out_white": 0.2}),
)
def levels(values: Values, params: LevelsParams) -> Values:
    """Set black point, white point and middle tones."""
    if params == LevelsParams():
        return values
    spread = np.maximum((values - params.black) / (params.white - params.black), 0.0)
    return np.asarray(params.out_black + spread ** (1 / params.gamma) * (params.out_white - params.out_black))


class AutoLevelsParams(Params):
    """Parameters of `auto_levels`."""

    clip: float = Field(0.005, ge=0, le=0.2, json_schema_extra={"step": 0.001})
    """Share of the darkest and of the brightest pixels that may be clipped."""
    per_channel: bool = False
    """Stretch red, green and blue by themselves, which also takes out a colour cast."""
    strength: float = Field(1.0, ge=0, le=1, json_schema_extra={"step": 0.05})
    """How much of the way to go."""
    ends: tuple[float, float, float, float, float, float] | None = None
    """Black and white point of red, green and blue, once they have been found."""


@tone(
    "auto_levels",
    category="light",
    aliases=("normalize", "auto contrast", "stretch"),
    identity={"strength": 0},
    examples=({}, {"per_channel": True, "clip": 0.02}),
)
def auto_levels(values: Values, params: AutoLevelsParams) -> Values:
    """Stretch a picture so that its darkest tones are black and its brightest are white."""
    if not params.strength or params.ends is None:
        return values
    low, high = np.array(params.ends[:3]), np.array(params.ends[3:])
    low, high = low * params.strength, 1 - (1 - high) * params.strength
    return np.asarray((values[:, None] - low) / (high - low))


@auto_levels.pin_of
def _find_ends(image: Raster, params: AutoLevelsParams, context: Context) -> AutoLevelsParams:
    if params.ends is not None:
        return params
    small = small_colour(image)
    if not params.per_channel:
        small = np.stack([small.min(axis=2), small.mean(axis=2), small.max(axis=2)], axis=2)
    low = np.quantile(small, params.clip, axis=(0, 1))
    high = np.quantile(small, 1 - params.clip, axis=(0, 1))
    if not params.per_channel:
        low, high = np.full(3, low[0]), np.full(3, high[2])
    plain = high - low < 0.02  # noise is not stretched into a picture
    low, high = np.where(plain, 0.0, low), np.where(plain, 1.0, high)
    return params.model_copy(update={"ends": tuple(round(float(one), 5) for one in (*low, *high))})


Points = tuple[tuple[float, float], ...]


class CurvesParams(Params):
    """Parameters of `curves`."""

    points: Points = ((0.0, 0.0), (1.0, 1.0))
    """Points of the curve for all channels: value, what it becomes (0..1), at least two, in order."""
    red: Points = ()
    """Points of a further curve for red; empty leaves it."""
    green: Points = ()
    """Points of a further curve for green; empty leaves it."""
    blue: Points = ()
    """Points of a further curve for blue; empty leaves it."""

    @model_validator(mode="after")
    def _are_curves(self) -> CurvesParams:
        for name in ("points", "red", "green", "blue"):
            points = getattr(self, name)
            if points and (len(points) < 2 or any(b[0] - a[0] < 1e-4 for a, b in itertools.pairwise(points))):
                raise Unfit(f"{name} needs at least two points whose values rise", name)
            if any(not (0 <= x <= 1 and 0 <= y <= 1) for x, y in points):
                raise Unfit(f"{name} must lie between 0 and 1", name)
        return self


def monotone_cubic(values: Values, points: Points) -> Values:
    """A smooth curve through points that never overshoots (Fritsch and Carlson 1980); level beyond the last ones."""
    x, y = np.array(points, np.float64).T
    width, slope = np.diff(x), np.diff(y) / np.diff(x)
    tangent = np.concatenate([[slope[0]], np.zeros(len(x) - 2), [slope[-1]]])
    same = slope[:-1] * slope[1:] > 0
    before, after = width[:-1], width[1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        # The harmonic mean keeps the curve monotone where its points are.
        mean = 3 * (before + after) / ((2 * after + before) / slope[:-1] + (after + 2 * before) / slope[1:])
    tangent[1:-1] = np.where(same, mean, 0.0)
    inside = np.clip(values, x[0], x[-1])
    index = np.clip(np.searchsorted(x, inside, side="right") - 1, 0, len(x) - 2)
    step, at = width[index], (inside - x[index]) / width[index]
    rest = 1 - at
    return np.asarray(
        y[index] * (1 + 2 * at) * rest**2
        + tangent[index] * step * at * rest**2
        + y[index + 1] * at**2 * (3 - 2 * at)
        - tangent[index + 1] * step * at**2 * rest
    )


@tone(
    "curves",
    category="light",
    aliases=("tone curve", "gradation"),
    identity={},
    examples=(
        {"points": [[0, 0.05], [0.25, 0.15], [0.6, 0.75], [1, 0.97]]},
        {"red": [[0, 0], [0.5, 0.6], [1, 1]], "blue": [[0, 0.1], [1, 0.9]]},
    ),
)
def curves(values: Values, params: CurvesParams) -> Values:
    """Bend tones along a smooth curve, for all channels and for each."""
    found = values if params.points == CurvesParams().points else monotone_cubic(values, params.points)
    if not (params.red or params.green or params.blue):
        return found
    parts = [monotone_cubic(found, points) if points else found for points in (params.red, params.green, params.blue)]
    return np.stack(parts, axis=1)


class InvertParams(Params):
    """Parameters of `invert`."""


@tone("invert", category="light", aliases=("negative",))
def invert(values: Values, params: InvertParams) -> Values:
    """Turn a picture into its negative."""
    return np.asarray(np.maximum(1 - values, 0.0))


class PosterizeParams(Params):
    """Parameters of `posterize`."""

    levels: int = Field(4, ge=2, le=64)
    """Tones that are left of each channel."""


@tone("posterize", category="effects", aliases=("quantize", "poster"), examples=({"levels": 4}, {"levels": 2}))
def posterize(values: Values, params: PosterizeParams) -> Values:
    """Leave only a few tones of each channel."""
    steps = params.levels - 1
    inside = np.clip(values, 0.0, 1.0)
    return np.asarray(np.minimum(np.floor(inside * params.levels), steps) / steps)
