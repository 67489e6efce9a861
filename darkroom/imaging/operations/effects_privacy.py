"""Making faces, plates and other regions unrecognisable."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import Field, model_validator

from darkroom.imaging import native
from darkroom.imaging.operations import effects_blur as blurs
from darkroom.imaging.operations.base import FOCUS, Colour, Context, Params, Raster, Region, check_box, colour_value
from darkroom.imaging.operations.declare import operation
from darkroom.imaging.operations.detail_planes import area_resized, averaged


class Box(Params):
    """A part of a picture, as shares of its sides."""

    left: float = Field(ge=0, le=1)
    """Left edge."""
    top: float = Field(ge=0, le=1)
    """Top edge."""
    right: float = Field(ge=0, le=1)
    """Right edge."""
    bottom: float = Field(ge=0, le=1)
    """Bottom edge."""

    @model_validator(mode="after")
    def _in_order(self) -> Box:
        check_box(self.left, self.top, self.right, self.bottom)
        return self


class HideParams(Params):
    """Parameters of `hide_regions`."""

    method: Literal["pixelate", "blur", "fill"] = "pixelate"
    """How they are hidden. Only `fill` leaves nothing to guess from."""
    labels: tuple[str, ...] = ("face",)
    """What is hidden of that which detectors found: `face`, `plate`, `person` ...; `*` is everything."""
    boxes: tuple[Box, ...] = ()
    """Parts that are hidden in any case."""
    margin: float = Field(0.15, ge=0, le=1, json_schema_extra={"step": 0.05})
    """How much wider and higher than found, as a share of the box."""
    blocks: int = Field(8, ge=1, le=64)
    """Squares across the shorter side of a box; fewer hide more."""
    shape: Literal["box", "ellipse"] = "ellipse"
    """Outline of what is hidden."""
    fill: Colour = "#000000"
    """Colour of `fill`."""


def _hidden(image: Raster, params: HideParams, context: Context) -> HideParams:
    """What detectors found becomes boxes, so that the result can be made again without them."""
    found = [
        one for one in context.regions if one.label in params.labels or ("*" in params.labels and one.label != FOCUS)
    ]
    boxes = [_grown(one, params.margin) for one in found]
    return params.model_copy(update={"boxes": (*params.boxes, *boxes), "labels": ()})


def _grown(region: Region, margin: float) -> Box:
    across, down = (region.right - region.left) * margin / 2, (region.bottom - region.top) * margin / 2
    left, right = (round(min(1.0, max(0.0, value)), 6) for value in (region.left - across, region.right + across))
    top, bottom = (round(min(1.0, max(0.0, value)), 6) for value in (region.top - down, region.bottom + down))
    return Box(left=left, top=top, right=right, bottom=bottom)


@operation(
    "hide_regions",
    category="effects",
    aliases=("pixelate faces", "blur faces", "anonymise", "anonymize", "privacy", "redact", "censor", "number plates"),
    identity={"labels": []},
    examples=(
        {"boxes": [{"left": 0.2, "top": 0.2, "right": 0.6, "bottom": 0.7}]},
        {"method": "blur", "shape": "box"},
        {"method": "fill", "labels": ["*"]},
    ),
)
def hide_regions(image: Raster, params: HideParams) -> Raster:
    """Make faces and other parts unrecognisable: found by a detector, or given as boxes.

    Where nothing was found and no box is given the picture stays as it is: run a detector first.
    """
    if not params.boxes:
        return image
    made = image.array.copy()
    for box in params.boxes:
        _hide(made, image, box, params)
    return image.of(made)


hide_regions.pin_of(_hidden)


def _hide(made: Any, image: Raster, box: Box, params: HideParams) -> None:
    """Change one box in place. Boxes that overlap hide twice, each from what the others left."""
    height, width = made.shape[:2]
    # Outwards to whole pixels: half a pixel more is hidden rather than half a pixel less.
    left, top = int(np.floor(box.left * width)), int(np.floor(box.top * height))
    right = min(width, max(left + 1, int(np.ceil(box.right * width))))
    bottom = min(height, max(top + 1, int(np.ceil(box.bottom * height))))
    part = made[top:bottom, left:right]
    if params.method == "fill":
        hidden: Any = np.broadcast_to(np.array(colour_value(params.fill, image.shape)), part.shape).astype(part.dtype)
    elif params.method == "pixelate":
        hidden = mosaic(image.of(np.ascontiguousarray(part)), min(part.shape[:2]) / params.blocks).array
    else:
        radius = min(part.shape[:2]) / params.blocks
        hidden = averaged(image.of(np.ascontiguousarray(part)), lambda values: blurs.gaussian(values, radius)).array
    inside = _outline(bottom - top, right - left, params.shape)
    part[inside] = hidden[inside]


def _outline(height: int, width: int, shape: str) -> Any:
    if shape == "box" or min(height, width) < 3:
        return np.ones((height, width), bool)
    y = (np.arange(height) + 0.5) / height * 2 - 1
    x = (np.arange(width) + 0.5) / width * 2 - 1
    return x[None, :] ** 2 + y[:, None] ** 2 <= 1


def mosaic(image: Raster, side: float) -> Raster:
    """The picture in squares of one colour each, which is the mean of what they cover."""
    height, width = image.shape.height, image.shape.width
    columns, rows = max(1, round(width / max(1.0, side))), max(1, round(height / max(1.0, side)))
    cv2 = native.cv2()

    def average(values: Any) -> Any:
        small = area_resized(values, columns, rows)
        return cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST_EXACT).reshape(values.shape)

    return averaged(image, average)


class PixelateParams(Params):
    """Parameters of `pixelate`."""

    blocks: int = Field(32, ge=1, le=1000)
    """Squares across the longer side."""


@operation("pixelate", category="effects", aliases=("mosaic", "8 bit", "blocks"), examples=({}, {"blocks": 5}))
def pixelate(image: Raster, params: PixelateParams) -> Raster:
    """Turn a picture into squares of one colour each."""
    return mosaic(image, max(image.shape.width, image.shape.height) / params.blocks)
