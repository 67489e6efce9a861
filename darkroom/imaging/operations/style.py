"""Style of another picture, without a learned model: its colours, its light, the contrast of its scales."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import Field, JsonValue

from darkroom.imaging.operations import style_transfer as style
from darkroom.imaging.operations.base import Context, Floats, Params, PictureRef, Raster, to_float
from darkroom.imaging.operations.declare import operation
from darkroom.imaging.operations.detail_planes import (
    area_resized,
    from_luma_chroma,
    luma_of,
    through_floats,
    to_luma_chroma,
)

_STEP: dict[str, JsonValue] = {"step": 0.05}
_STYLE_SIDE = 1024
"""Statistics of a style do not need more pixels than a preview has."""


class StyleParams(Params):
    """Parameters of `style_transfer`."""

    picture: PictureRef
    """The picture whose style is taken over."""
    method: Literal["scales", "colours"] = "scales"
    """`colours` moves colours alone; `scales` also light and texture, from coarse to fine."""
    texture: float = Field(0.7, ge=0, le=1, json_schema_extra=_STEP)
    """How much of the style's coarseness or calm is taken over by `scales`."""
    keep_colours: bool = False
    """Take over light and texture but not the colours."""
    strength: float = Field(1.0, ge=0, le=1, json_schema_extra=_STEP)
    """Share of the style; 0 changes nothing."""


@operation(
    "style_transfer",
    category="effects",
    aliases=("style", "look of another picture", "painting", "mood", "texture transfer"),
    identity={"picture": "x", "strength": 0},
    examples=(
        {"picture": "painting"},
        {"picture": "painting", "method": "colours", "strength": 0.8},
        {"picture": "painting", "keep_colours": True, "texture": 1},
    ),
)
def style_transfer(image: Raster, params: StyleParams, context: Context) -> Raster:
    """Give a picture the colours, light and texture of another one, from statistics alone: no model is needed."""
    if params.strength == 0:
        return image
    wanted = _small(context.picture(params.picture))

    def change(colour: Floats) -> Any:
        made = _styled(np.clip(colour, 0, 1), wanted, params)
        return colour + np.float32(params.strength) * (np.clip(made, 0, 1) - colour)

    return through_floats(image, change)


def _small(picture: Raster) -> Floats:
    colour = np.clip(to_float(np.ascontiguousarray(picture.colour)), 0, 1)
    shrink = max(1.0, max(colour.shape[:2]) / _STYLE_SIDE)
    if shrink > 1:
        size = (round(colour.shape[1] / shrink), round(colour.shape[0] / shrink))
        colour = area_resized(colour, *size).reshape(max(1, size[1]), max(1, size[0]), -1)
    return colour.repeat(3, axis=2) if colour.shape[2] == 1 else colour


def _styled(colour: Floats, wanted: Floats, params: StyleParams) -> Any:
    if colour.shape[2] == 1:
        if params.method == "colours":
            return style.matched(colour[:, :, 0], luma_of(wanted))[:, :, None]
        return style.textured(colour[:, :, 0], luma_of(wanted), params.texture)[:, :, None]
    shifted = colour if params.keep_colours else style.colour_statistics(colour, wanted)
    if params.method == "colours":
        light = luma_of(style.colour_statistics(colour, wanted)) if params.keep_colours else luma_of(shifted)
    else:
        light = style.textured(luma_of(shifted), luma_of(wanted), params.texture)
    return from_luma_chroma([light.astype(np.float32), *to_luma_chroma(shifted)[1:]])


class HarmoniseParams(Params):
    """Parameters of `match_series`."""

    picture: PictureRef
    """The picture that the series is brought into line with."""
    light: float = Field(1.0, ge=0, le=1, json_schema_extra=_STEP)
    """How far the distribution of light is taken over."""
    colour: float = Field(1.0, ge=0, le=1, json_schema_extra=_STEP)
    """How far the mean and the spread of the colours are taken over."""


@operation(
    "match_series",
    category="effects",
    aliases=("consistent look", "harmonise", "batch consistency", "match exposure"),
    identity={"picture": "x", "light": 0, "colour": 0},
    examples=({"picture": "first"}, {"picture": "first", "light": 0.5, "colour": 0.2}),
)
def match_series(image: Raster, params: HarmoniseParams, context: Context) -> Raster:
    """Bring the pictures of a series into line with one of them: light and colour cast, but not the texture."""
    if params.light == 0 and params.colour == 0:
        return image
    wanted = to_luma_chroma(_small(context.picture(params.picture)))

    def change(colour: Floats) -> Any:
        planes = to_luma_chroma(colour)
        planes[0] = planes[0] + np.float32(params.light) * (style.matched(planes[0], wanted[0]) - planes[0])
        for number in range(1, len(planes)):
            mean, spread = float(planes[number].mean()), max(1e-4, float(planes[number].std()))
            moved = (planes[number] - mean) * min(3.0, float(wanted[number].std()) / spread) + float(
                wanted[number].mean()
            )
            planes[number] = planes[number] + np.float32(params.colour) * (moved.astype(np.float32) - planes[number])
        return from_luma_chroma(planes)

    return through_floats(image, change)
