"""What operations work on: a picture in memory, its shape, regions on it, and what a run knows besides parameters.

Decided once for all operations:

- A picture is an array of height x width x channels; 1 channel is grey, 3 are red, green, blue, 4 have straight
  (not premultiplied) alpha last. The axis of channels is always there, also for grey.
- `uint8` and `uint16` run from 0 to their largest value. `float32` is 0 to 1 with the same curve of brightness as
  the others (sRGB, not linear light); it may exceed 1 where a picture has highlights beyond white.
- Values belong to the profile that the raster carries; none means sRGB. Operations on light and colour treat values
  as if they were sRGB, which is right for every profile with a similar curve; `convert_profile` changes profiles.
- Boxes, points and masks are relative: 0..1 from the left and top edge, so that they survive a change of scale.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from darkroom.domain.base import Model
from darkroom.errors import Error
from darkroom.imaging.pixels import sample_kind

Array: TypeAlias = NDArray[Any]
Floats: TypeAlias = NDArray[np.float32]
Motion: TypeAlias = NDArray[np.float64]
"""3 x 3 matrix that takes relative places of a picture to relative places of the result (homogeneous coordinates)."""
Depth: TypeAlias = Literal["uint8", "uint16", "float32"]

_DEPTHS: dict[str, Depth] = {"uint8": "uint8", "uint16": "uint16", "float32": "float32"}
_WHITE: dict[str, float] = {"uint8": 255.0, "uint16": 65535.0, "float32": 1.0}
MAX_SIDE = 65_500
"""Longest side an operation may make, in pixels."""


class Params(Model):
    """Base of the parameters of an operation: frozen, unknown fields refused, each docstring is the text of its field.

    Give every number its range (`ge`, `le`) and, where it has one, a unit: `Field(0.0, ge=-5, le=5,
    json_schema_extra={"unit": "EV", "step": 0.1})`. The form, the reference page and the schemas are made from that.
    """


class Unfit(ValueError):  # noqa: N818 - what is said of parameters
    """What a rule over several parameters says when they break it.

    Args:
        words: what must hold.
        fields: the parameters that it is about, first the one where it is said.
    """

    def __init__(self, words: str, *fields: str) -> None:
        super().__init__(words)
        self.fields = fields


def check_box(left: float, top: float, right: float, bottom: float) -> None:
    """Refuse a box without an inside.

    Raises:
        Unfit: naming the edges.
    """
    if right <= left:
        raise Unfit("right must be greater than left", "right", "left")
    if bottom <= top:
        raise Unfit("bottom must be greater than top", "bottom", "top")


@dataclass(frozen=True)
class _Reference:
    kind: Literal["picture", "file", "model"]


PictureRef = Annotated[str, _Reference("picture"), Field(json_schema_extra={"ui": "picture"})]
"""Another picture: a path or an id. Whoever runs the operation puts its pixels into `Context.pictures`."""
FileRef = Annotated[str, _Reference("file"), Field(json_schema_extra={"ui": "file"})]
"""Another file, as a LUT: a path or an id. Whoever runs the operation puts its bytes into `Context.files`."""
ModelRef = Annotated[str, _Reference("model"), Field(json_schema_extra={"ui": "model"})]
"""A learned model by name. Whoever runs the operation puts its bytes (ONNX) into `Context.files`."""
Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}([0-9a-fA-F]{2})?$", json_schema_extra={"ui": "colour"})]
"""A colour as `#rrggbb`, or `#rrggbbaa` with alpha."""


@dataclass(frozen=True)
class Shape:
    """Size and kind of a picture, without its pixels."""

    width: int
    height: int
    channels: int = 3
    depth: Depth = "uint8"

    def sized(self, width: int, height: int) -> Shape:
        """The same kind of picture in another size."""
        return replace(self, width=width, height=height)


@dataclass(frozen=True)
class Raster:
    """A picture in memory; see the module for what its values mean.

    Args:
        array: height x width x channels; operations never write into it.
        profile: ICC profile of the values; empty for sRGB.
        orientation: Exif orientation that is still to be applied, 1 when the picture is upright.

    Raises:
        Error: `invalid_parameter` for an array that is no picture.
    """

    array: Array
    profile: bytes = field(default=b"", repr=False)
    orientation: int = 1

    def __post_init__(self) -> None:
        array = self.array
        if array.ndim != 3 or array.shape[2] not in (1, 3, 4) or sample_kind(array) not in _DEPTHS or not array.size:
            found = f"{array.dtype} of shape {array.shape}"
            raise Error("invalid_parameter", f"A picture is height x width x 1, 3 or 4, not {found}.")

    @property
    def shape(self) -> Shape:
        """Size and kind."""
        height, width, channels = self.array.shape
        return Shape(width, height, channels, _DEPTHS[sample_kind(self.array)])

    @property
    def white(self) -> float:
        """The value of full intensity: 255, 65535 or 1."""
        return _WHITE[sample_kind(self.array)]

    @property
    def colour(self) -> Array:
        """The channels without alpha (a view)."""
        return self.array[:, :, :3] if self.array.shape[2] == 4 else self.array

    @property
    def alpha(self) -> Array | None:
        """The channel of alpha (a view, height x width x 1), if there is one."""
        return self.array[:, :, 3:] if self.array.shape[2] == 4 else None

    def of(self, array: Array) -> Raster:
        """A raster with other pixels and the same profile; a lost axis of one channel comes back."""
        return Raster(array if array.ndim == 3 else array[:, :, None], self.profile, self.orientation)

    def with_colour(self, colour: Array) -> Raster:
        """A raster with other colour and the same alpha."""
        colour = colour if colour.ndim == 3 else colour[:, :, None]
        return self.of(colour if self.alpha is None else np.concatenate([colour, self.alpha], axis=2))


def to_float(array: Array) -> Floats:
    """Values as float32 from 0 to 1; a copy unless they are float already."""
    if array.dtype == np.float32:
        return array
    return np.multiply(array, np.float32(1 / _WHITE[sample_kind(array)]), dtype=np.float32)


def from_float(values: Array, depth: str) -> Array:
    """Values from 0 to 1 at another depth, rounded; clipped unless the depth is `float32`."""
    if depth == "float32":
        return values.astype(np.float32, copy=False)
    scaled = values * np.float32(_WHITE[depth])
    np.rint(scaled, out=scaled)
    np.clip(scaled, 0, _WHITE[depth], out=scaled)
    return scaled.astype(depth)


def colour_value(colour: str, shape: Shape) -> tuple[float, ...]:
    """The values of a `#rrggbb[aa]` for a kind of picture: one for each channel, in its depth."""
    numbers = [int(colour[index : index + 2], 16) / 255 for index in range(1, len(colour), 2)]
    if len(numbers) == 3:
        numbers.append(1.0)
    if shape.channels == 1:
        numbers = [0.299 * numbers[0] + 0.587 * numbers[1] + 0.114 * numbers[2]]
    white = _WHITE[shape.depth]
    values = [number * white for number in numbers[: shape.channels]]
    return tuple(values if shape.depth == "float32" else [float(round(value)) for value in values])


FOCUS = "focus"
"""Label of the region around the place that somebody said must stay."""


@dataclass(frozen=True)
class Region:
    """A box on a picture, relative: 0..1 from the left and top edge."""

    left: float
    top: float
    right: float
    bottom: float
    label: str = "object"
    """What is in it: `face`, `person`, `text` ..."""
    score: float = 1.0
    """Confidence of whoever found it, 0..1."""


@dataclass(frozen=True)
class Context:
    """What a run knows besides parameters. Equal context, picture and parameters give equal pixels."""

    seed: int = 0
    """Seed for operations that draw random numbers: `numpy.random.default_rng(context.seed)`."""
    scale: float = 1.0
    """Size of this picture relative to the one that the parameters are meant for: below 1 in a preview. Operations
    with lengths in pixels (radius of a blur) multiply them by it. Lengths that decide about the shape of the result are
    marked `"scales": True` in the extras of their field instead: those come scaled already."""
    iso: int | None = None
    """Sensitivity the picture was taken with, for operations that estimate noise."""
    regions: tuple[Region, ...] = ()
    """What detectors found on this picture, relative to the picture as the operation gets it."""
    pictures: Mapping[str, Raster] = field(default_factory=dict)
    """Pixels behind every `PictureRef` of the parameters."""
    lens: Mapping[str, Any] = field(default_factory=dict)
    """Parameters of `lens_correct` for the camera and lens that took the picture, as far as they are known."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Bytes behind every `FileRef` and `ModelRef` of the parameters."""

    def picture(self, reference: str) -> Raster:
        """The pixels behind a reference.

        Raises:
            Error: `not_found`.
        """
        if reference not in self.pictures:
            raise Error("not_found", f"The picture {reference} that the operation needs is not there.")
        return self.pictures[reference]

    def file(self, reference: str) -> bytes:
        """The bytes behind a reference.

        Raises:
            Error: `not_found`.
        """
        if reference not in self.files:
            raise Error("not_found", f"The file {reference} that the operation needs is not there.")
        return self.files[reference]
