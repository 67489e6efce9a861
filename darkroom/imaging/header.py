"""What a picture's header says, and the guards that it must pass before a pixel is decoded."""

from __future__ import annotations

from dataclasses import dataclass, field

from darkroom.domain.develop import DevelopSettings
from darkroom.errors import Error
from darkroom.imaging.cicp import Cicp
from darkroom.imaging.jpeg import JpegInfo
from darkroom.imaging.limits import MAX_SIDE, Limits
from darkroom.imaging.metadata import Blocks
from darkroom.imaging.sniff import Kind

# A plain wall compresses without bound; only a picture that unpacks to this much can do harm.
RATIO_FLOOR_BYTES = 128 * 1024 * 1024

# A preview may be 5 % short of its size: 4000 pixels at 1/4 are 1000, and half the work of 1/2.
TOLERANCE = 0.95
_COARSEST = 8


@dataclass(frozen=True)
class Header:
    """What is known before pixels are decoded; sizes are those stored, orientation not applied."""

    kind: Kind
    width: int
    height: int
    frames: int = 1
    bit_depth: int = 8
    channels: int = 3
    orientation: int = 1
    icc: bytes = b""
    blocks: Blocks = field(default_factory=Blocks)
    memory_mb: float = 0.0
    """Most memory that decoding and everything after it will need, predicted."""
    streams: bool = False
    """Whether it can be read region by region, so that its size costs time and not memory."""
    quick: bool = False
    """Whether it may be decoded in this process: common, of moderate size, by a decoder that is well tested."""
    light: Cicp | None = None
    """How light beyond white is coded, where the picture has such."""
    settings: DevelopSettings | None = None
    """How another program has set a RAW file to be developed, where that is honoured; sizes are those that it makes."""
    segments: JpegInfo | None = field(default=None, compare=False, repr=False)
    """What a JPEG says before its pixels, so that it is read once."""

    @property
    def upright(self) -> tuple[int, int]:
        """Width and height with the orientation applied."""
        return (self.height, self.width) if self.orientation >= 5 else (self.width, self.height)


def check(header: Header, size: int, limits: Limits, name: str) -> None:
    """Refuse what is too large for the limits.

    Raises:
        Error: `image_too_many_pixels`, `image_too_many_frames` or `image_bomb`.
    """
    pixels = header.width * header.height
    shape = f"{name} is {header.width} x {header.height}"
    most = limits.max_streamed_pixels if header.streams else limits.max_pixels
    if pixels > most or max(header.width, header.height) > MAX_SIDE:
        raise Error("image_too_many_pixels", f"{shape}, {pixels / 1e6:,.0f} megapixels.", pixels=pixels)
    if header.frames > limits.max_frames:
        raise Error("image_too_many_frames", f"{name} has {header.frames:,} frames.", frames=header.frames)
    unpacked = pixels * header.channels * max(1, header.bit_depth // 8)
    if unpacked > RATIO_FLOOR_BYTES and unpacked > limits.max_ratio * size:
        raise Error("image_bomb", f"{shape} in only {size:,} bytes.", ratio=round(unpacked / size))


def scale_for(long_side: int, target: int) -> int:
    """Denominator of the scale: the largest of 8, 4, 2, 1 whose result is large enough."""
    wanted = target * TOLERANCE
    return next((factor for factor in (8, 4, 2) if -(-long_side // factor) >= wanted), 1)


def reduction_for(header: Header, long_side: int, target: int) -> int:
    """By how much a picture is made smaller while it is read; one that streams by any whole number."""
    whole = long_side // target
    return whole if header.streams and whole > _COARSEST else scale_for(long_side, target)
