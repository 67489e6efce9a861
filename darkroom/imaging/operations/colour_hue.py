"""Colours by their hue: each of eight bands turned, strengthened or brightened by itself."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from darkroom.imaging import native
from darkroom.imaging.operations.base import Array, Floats, Params, Raster
from darkroom.imaging.operations.declare import operation
from darkroom.imaging.operations.pointwise import strips

_BANDS = {"red": 0, "orange": 30, "yellow": 60, "green": 120, "aqua": 180, "blue": 240, "purple": 280, "magenta": 320}
_STEPS = 1440


class Band(Params):
    """What happens to the colours around one hue."""

    hue: float = Field(0.0, ge=-60, le=60, json_schema_extra={"unit": "°"})
    """How far they turn around the circle of colours."""
    saturation: float = Field(0.0, ge=-1, le=2, json_schema_extra={"step": 0.05})
    """How much stronger they get."""
    lightness: float = Field(0.0, ge=-1, le=1, json_schema_extra={"step": 0.05})
    """How much brighter they get."""


class HslParams(Params):
    """Parameters of `hsl`."""

    hue: float = Field(0.0, ge=-180, le=180, json_schema_extra={"unit": "°"})
    """How far all colours turn."""
    saturation: float = Field(0.0, ge=-1, le=2, json_schema_extra={"step": 0.05})
    """How much stronger all colours get."""
    lightness: float = Field(0.0, ge=-1, le=1, json_schema_extra={"step": 0.05})
    """How much brighter all colours get."""
    red: Band = Band()
    """Reds, around 0°."""
    orange: Band = Band()
    """Oranges and skin, around 30°."""
    yellow: Band = Band()
    """Yellows, around 60°."""
    green: Band = Band()
    """Greens, around 120°."""
    aqua: Band = Band()
    """Blue-greens, around 180°."""
    blue: Band = Band()
    """Blues, around 240°."""
    purple: Band = Band()
    """Purples, around 280°."""
    magenta: Band = Band()
    """Magentas, around 320°."""


def _curve(params: HslParams, field: str) -> Array:
    """What happens to each hue, going over smoothly from band to band."""
    middles = np.array([*_BANDS.values(), 360], np.float64)
    values = [getattr(getattr(params, name), field) for name in _BANDS]
    at = np.arange(_STEPS) * 360 / _STEPS
    found: Array = getattr(params, field) + np.interp(at, middles, [*values, values[0]])
    return found.astype(np.float32)


@operation(
    "hsl",
    category="colour",
    aliases=("hue", "colour bands", "selective colour"),
    identity={},
    examples=(
        {"orange": {"hue": -30, "saturation": 0.4}, "blue": {"lightness": -0.3}},
        {"hue": 120},
        {"saturation": -0.5, "lightness": 0.2},
    ),
)
def hsl(image: Raster, params: HslParams) -> Raster:
    """Turn, strengthen or brighten colours by their hue."""
    if image.shape.channels == 1 or params == HslParams():
        return image
    turn, strength, light = (_curve(params, field) for field in ("hue", "saturation", "lightness"))
    cv2 = native.cv2()

    def change(values: Floats) -> Array:
        brightest = np.maximum(np.maximum(values[:, :, 0], values[:, :, 1]), values[:, :, 2])
        beyond = np.maximum(brightest, np.float32(1))[:, :, None]  # highlights past white keep their brightness
        hls = cv2.cvtColor(np.ascontiguousarray(values / beyond), cv2.COLOR_RGB2HLS)
        hue, lightness, colourful = (np.ascontiguousarray(hls[:, :, at]) for at in range(3))
        index = np.minimum((hue * (_STEPS / 360)).astype(np.int32), _STEPS - 1)
        # What has no colour has no hue: it follows only the setting for all.
        sure = np.minimum(1, colourful * 6) * np.minimum(1, 4 * np.minimum(lightness, 1 - lightness) + 0.1)
        hls[:, :, 0] = (hue + turn[index]) % 360
        hls[:, :, 2] = np.clip(colourful * (1 + strength[index]), 0, 1)
        more = params.lightness + (light[index] - params.lightness) * sure
        hls[:, :, 1] = np.clip(np.where(more > 0, lightness + (1 - lightness) * more, lightness * (1 + more)), 0, 1)
        return np.asarray(np.maximum(cv2.cvtColor(hls, cv2.COLOR_HLS2RGB), 0) * beyond)

    return strips(image, change)
