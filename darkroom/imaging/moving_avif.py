"""What libvips does not read of AVIF, read by libavif: frames that move, and one of several layers."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darkroom.errors import Error
from darkroom.imaging import native
from darkroom.imaging.header import Header
from darkroom.imaging.isobmff import primary_properties
from darkroom.imaging.source import Data

# Properties that Pillow leaves to its callers.
_CHANGING = (b"irot", b"imir", b"clap")
_BRAND = b"avis"
_FOREIGN = (OSError, ValueError, RuntimeError, EOFError, KeyError, TypeError, IndexError, SyntaxError)


@dataclass(frozen=True)
class Film:
    """Frames of eight bits, upright as they are stored, and how long each stays in milliseconds."""

    frames: tuple[NDArray[np.uint8], ...]
    delays: tuple[int, ...]
    icc: bytes


def frames_of(data: Data) -> int:
    """How many frames there are; 1 for one that does not move, or cannot be read."""
    if not isinstance(data, bytes) or _BRAND not in data[8 : 8 + int.from_bytes(data[:4], "big")][:64]:
        return 1
    try:
        with _opened(data) as image:
            return max(1, int(image.n_frames))
    except _FOREIGN:
        return 1


def read_film(data: bytes, name: str, page: int | None = None) -> Film:
    """All frames, or one of them.

    Raises:
        Error: `image_corrupt`.
    """
    try:
        with _opened(data) as image:
            places = range(image.n_frames) if page is None else (page,)
            found = [_frame(image, at) for at in places]
            icc = bytes(image.info.get("icc_profile") or b"")
    except _FOREIGN as error:
        words = " ".join(str(error).split())[:200]
        raise Error("image_corrupt", f"The frames of {name} cannot be decoded: {words}.") from error
    return Film(tuple(one for one, _ in found), tuple(delay for _, delay in found), icc)


def read_still(data: bytes, header: Header, refused: Error, name: str) -> NDArray[np.uint8] | None:
    """The picture of an AVIF that libheif does not know, at eight bits; None for other files and other refusals.

    Args:
        refused: what the first decoder said.

    Raises:
        Error: `image_unsupported` where it would have to be turned or cut, `image_corrupt`.
    """
    if header.kind.format != "avif" or refused.code != "image_unsupported" or header.light:
        return None
    if any(kind in _CHANGING for kind, _ in primary_properties(data)):
        raise Error("image_unsupported", f"{name} is turned or cut in a way that cannot be read here.")
    film = read_film(data, name, 0)
    if film.frames[0].shape[:2] != (header.height, header.width):
        raise Error("image_corrupt", f"{name} is not of the size that it tells.")
    return film.frames[0]


def _opened(data: bytes) -> Any:
    return native.pillow().open(BytesIO(data), formats=("AVIF",))


def _frame(image: Any, at: int) -> tuple[NDArray[np.uint8], int]:
    image.seek(at)
    image.load()
    return np.array(image), round(image.info.get("duration") or 100)
