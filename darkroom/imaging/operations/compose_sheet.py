"""Several pictures on one: collage and contact sheet."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

import numpy as np
from pydantic import Field, JsonValue

from darkroom.imaging.operations.base import (
    Colour,
    Context,
    Motion,
    Params,
    PictureRef,
    Raster,
    Shape,
    colour_value,
)
from darkroom.imaging.operations.compose import painted
from darkroom.imaging.operations.compose_layers import Layer, fitted, laid, layer_of
from darkroom.imaging.operations.compose_text import write
from darkroom.imaging.operations.declare import operation
from darkroom.imaging.operations.motion import cropped

_FINE: dict[str, JsonValue] = {"step": 0.005}
MAX_PICTURES = 400


class _SheetParams(Params):
    pictures: tuple[PictureRef, ...] = Field((), max_length=MAX_PICTURES - 1)
    """What follows this picture, in order."""
    columns: int = Field(0, ge=0, le=50)
    """Pictures in a row; 0 makes it as square as it can be."""
    width: int = Field(1600, ge=16, le=20_000, json_schema_extra={"unit": "px"})
    """Of the whole sheet."""
    aspect: float = Field(1.5, ge=0.1, le=10, json_schema_extra={"step": 0.05})
    """Width of a cell divided by its height."""
    gap: float = Field(0.01, ge=0, le=0.2, json_schema_extra=_FINE)
    """Between cells and around them, as a share of the sheet's width."""
    background: Colour = "#ffffff"
    """Behind the pictures."""


class CollageParams(_SheetParams):
    """Parameters of `collage`."""


class ContactSheetParams(_SheetParams):
    """Parameters of `contact_sheet`."""

    labels: tuple[str, ...] = Field((), max_length=MAX_PICTURES)
    """Written under each picture; missing ones stay empty."""
    ink: Colour = "#202020"
    """Of the labels."""


class _Grid:
    """Where everything lies, in pixels."""

    def __init__(self, params: _SheetParams, *, label: bool) -> None:
        count = 1 + len(params.pictures)
        self.columns = min(params.columns or math.ceil(math.sqrt(count)), count)
        self.rows = -(-count // self.columns)
        self.gap = round(params.gap * params.width)
        inner = params.width - self.gap * (self.columns + 1)
        self.cell_width = max(1, inner // self.columns)
        self.cell_height = max(1, round(self.cell_width / params.aspect))
        self.letters = max(8, self.cell_height // 14) if label else 0
        self.line = round(self.letters * 1.6)
        self.width = params.width
        self.height = self.gap + self.rows * (self.cell_height + self.line + self.gap)

    def corner(self, number: int) -> tuple[int, int]:
        """Left and top of a cell."""
        row, column = divmod(number, self.columns)
        return (
            self.gap + column * (self.cell_width + self.gap),
            self.gap + row * (self.cell_height + self.line + self.gap),
        )


def _sheet(image: Raster, params: _SheetParams, grid: _Grid, context: Context, fit: Literal["fill", "fit"]) -> Raster:
    kind = replace(image.shape, width=grid.width, height=grid.height)
    made = np.empty((grid.height, grid.width, kind.channels), image.array.dtype)
    made[:] = colour_value(params.background, kind)
    sheet = image.of(made)
    for number, picture in enumerate([image, *(context.picture(one) for one in params.pictures)]):
        cell, left, top = fitted(picture, grid.cell_width, grid.cell_height, fit)
        x, y = grid.corner(number)
        sheet = laid(sheet, layer_of(cell), (x + left, y + top))
    return sheet


@operation(
    "collage",
    category="compose",
    aliases=("grid", "montage", "mosaic of pictures", "mood board"),
    examples=({"pictures": ["second", "third"], "width": 200}, {"pictures": ["second"], "columns": 1, "width": 64}),
)
def collage(image: Raster, params: CollageParams, context: Context) -> Raster:
    """Lay pictures side by side, each cut to fill its cell."""
    return _sheet(image, params, _Grid(params, label=False), context, "fill")


@collage.shape_of
def _collage_shape(shape: Shape, params: CollageParams) -> Shape:
    grid = _Grid(params, label=False)
    return shape.sized(grid.width, grid.height)


@collage.motion_of
def _collage_motion(shape: Shape, params: CollageParams) -> Motion:
    """The first picture's way into its cell."""
    grid = _Grid(params, label=False)
    return _into_cell(shape, grid, fill=True)


@operation(
    "contact_sheet",
    category="compose",
    aliases=("index print", "thumbnails", "proof sheet", "overview"),
    examples=({"pictures": ["second", "third"], "labels": ["1", "2", "3"], "width": 240}, {"width": 100}),
)
def contact_sheet(image: Raster, params: ContactSheetParams, context: Context) -> Raster:
    """Show whole pictures in rows, each with its label."""
    grid = _Grid(params, label=bool(params.labels))
    sheet = _sheet(image, params, grid, context, "fit")
    for number, label in enumerate(params.labels[: 1 + len(params.pictures)]):
        if label.strip():
            letters = write(label, grid.letters).letters[:, : grid.cell_width]
            layer: Layer = painted(params.ink, letters)
            x, y = grid.corner(number)
            below = y + grid.cell_height + (grid.line - layer.size[1]) // 2
            sheet = laid(sheet, layer, (x + (grid.cell_width - layer.size[0]) // 2, below))
    return sheet


@contact_sheet.shape_of
def _contact_shape(shape: Shape, params: ContactSheetParams) -> Shape:
    grid = _Grid(params, label=bool(params.labels))
    return shape.sized(grid.width, grid.height)


@contact_sheet.motion_of
def _contact_motion(shape: Shape, params: ContactSheetParams) -> Motion:
    return _into_cell(shape, _Grid(params, label=bool(params.labels)), fill=False)


def _into_cell(shape: Shape, grid: _Grid, *, fill: bool) -> Motion:
    across, down = grid.cell_width / shape.width, grid.cell_height / shape.height
    factor = max(across, down) if fill else min(across, down)
    width, height = max(1, round(shape.width * factor)), max(1, round(shape.height * factor))
    x, y = grid.corner(0)
    left, top = x + (grid.cell_width - width) // 2, y + (grid.cell_height - height) // 2
    # The sheet in the measure of the scaled picture.
    return cropped(-left / width, -top / height, (grid.width - left) / width, (grid.height - top) / height)
