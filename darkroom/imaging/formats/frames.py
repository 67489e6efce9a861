"""Pixels at the border of the formats: any depth, their colour profile beside them, one frame or many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from darkroom.errors import Error
from darkroom.imaging.pixels import sample_kind, upright

AnyArray: TypeAlias = NDArray[Any]


class Turnable(Protocol):
    """What operations hand over: an array, its profile, and how it is still to be turned."""

    @property
    def array(self) -> AnyArray:
        """Height x width x channels."""
        ...

    @property
    def profile(self) -> bytes:
        """ICC profile; empty for sRGB."""
        ...

    @property
    def orientation(self) -> int:
        """Exif orientation that is still to be applied."""
        ...


DEPTHS: dict[str, int] = {"uint8": 8, "uint16": 16, "float32": 32}
"""Bits of a sample, by the name of numpy's type."""


@dataclass(frozen=True)
class Frames:
    """A picture that can be written, or was read, without loss.

    Args:
        pixels: height x width x channels (1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha); alpha is straight.
            uint8 and uint16 use their whole range; float32 is 0 to 1 in the profile's curve, beyond where it is brighter.
        icc: the profile the numbers are in; none means sRGB.
        more: further frames of the same shape.
        delays: how long each frame stays, in milliseconds.
        loop: how often an animation plays; 0 is for ever.
        sound: false where a decoder complained, but there is a picture.
    """

    pixels: AnyArray
    icc: bytes = b""
    more: tuple[AnyArray, ...] = ()
    delays: tuple[int, ...] = ()
    loop: int = 0
    sound: bool = True

    @classmethod
    def of(cls, pixels: AnyArray, icc: bytes = b"") -> Frames:
        """The array as one frame; two dimensions are grey.

        Raises:
            Error: `invalid_parameter` when its shape or type is none that a picture has.
        """
        shaped = pixels[:, :, None] if pixels.ndim == 2 else pixels
        if shaped.ndim != 3 or not 1 <= shaped.shape[2] <= 4 or 0 in shaped.shape:
            raise Error("invalid_parameter", f"An array of shape {pixels.shape} is no picture.")
        if sample_kind(shaped) not in DEPTHS:
            raise Error("invalid_parameter", f"Pixels of type {pixels.dtype} cannot be written.")
        return cls(np.ascontiguousarray(shaped), icc)

    @classmethod
    def given(cls, picture: Frames | Turnable | AnyArray, icc: bytes = b"") -> Frames:
        """Whatever holds pixels as frames, turned upright."""
        if isinstance(picture, Frames):
            return picture
        if isinstance(picture, np.ndarray):
            return cls.of(picture, icc)
        return cls.of(upright(picture.array, picture.orientation), picture.profile)

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self.pixels.shape[0])

    @property
    def channels(self) -> int:
        """One to four."""
        return int(self.pixels.shape[2])

    @property
    def depth(self) -> int:
        """Bits of a sample: 8, 16 or 32 (float)."""
        return DEPTHS[sample_kind(self.pixels)]

    @property
    def has_alpha(self) -> bool:
        """Whether parts may be transparent."""
        return self.channels in (2, 4)

    @property
    def each(self) -> Iterator[AnyArray]:
        """All frames in order."""
        yield self.pixels
        yield from self.more

    @property
    def animated(self) -> bool:
        """Whether there is more than one frame."""
        return bool(self.more)

    def mapped(self, change: Any) -> Frames:
        """The same with every frame changed by a function of arrays."""
        return replace(self, pixels=change(self.pixels), more=tuple(change(frame) for frame in self.more))
