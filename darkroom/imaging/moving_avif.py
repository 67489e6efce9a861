"""What libvips does not read of AVIF, read by libavif: frames that move, and one of several layers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darkroom.errors import Error
from darkroom.imaging import libavif, native
from darkroom.imaging.header import Header
from darkroom.imaging.isobmff import primary_properties
from darkroom.imaging.source import Data

# Properties that libavif leaves to its callers.
_CHANGING = (b"irot", b"imir", b"clap")
_BRAND = b"avis"
_USUAL_DELAY = 100
_FOREIGN = (OSError, ValueError, RuntimeError, EOFError, KeyError, TypeError, IndexError, SyntaxError)


@dataclass(frozen=True)
class Film:
    """Frames as they are stored, of 8 bits or over all of 16, and how long each stays in milliseconds."""

    frames: tuple[NDArray[Any], ...]
    delays: tuple[int, ...]
    icc: bytes


def frames_of(data: Data) -> int:
    """How many frames there are; 1 for one that does not move, or cannot be read."""
    if not isinstance(data, bytes) or _BRAND not in data[8 : 8 + int.from_bytes(data[:4], "big")][:64]:
        return 1
    try:
        with _opened(data) as film:
            return film.count
    except _FOREIGN:
        return 1


def read_film(data: bytes, name: str, page: int | None = None) -> Film:
    """All frames, or one of them.

    Raises:
        Error: `image_corrupt`.
    """
    try:
        with _opened(data) as film:
            places = range(film.count) if page is None else (page,)
            found = [film.frame(at) for at in places]
            icc = film.icc
    except _FOREIGN as error:
        words = " ".join(str(error).split())[:200]
        raise Error("image_corrupt", f"The frames of {name} cannot be decoded: {words}.") from error
    return Film(tuple(one for one, _ in found), tuple(delay or _USUAL_DELAY for _, delay in found), icc)


def read_still(data: bytes, header: Header, refused: Error, name: str) -> NDArray[Any] | None:
    """The picture of an AVIF that libheif does not know, of 8 bits or over all of 16; None for other files and other refusals.

    Args:
        refused: what the first decoder said.

    Raises:
        Error: `image_unsupported` where it would have to be turned or cut, `image_corrupt`.
    """
    if header.kind.format != "avif" or refused.code != "image_unsupported":
        return None
    if any(kind in _CHANGING for kind, _ in primary_properties(data)):
        raise Error("image_unsupported", f"{name} is turned or cut in a way that cannot be read here.")
    film = read_film(data, name, 0)
    if film.frames[0].shape[:2] != (header.height, header.width):
        raise Error("image_corrupt", f"{name} is not of the size that it tells.")
    return film.frames[0]


class _EightBits:
    """The same by Pillow, where its libavif is not one whose structures are known."""

    def __init__(self, image: Any) -> None:
        self._image = image
        self.count = max(1, int(image.n_frames))
        self.icc = bytes(image.info.get("icc_profile") or b"")

    def frame(self, at: int) -> tuple[NDArray[Any], int]:
        self._image.seek(at)
        self._image.load()
        return np.array(self._image), round(self._image.info.get("duration") or 0)


@contextmanager
def _opened(data: bytes) -> Iterator[libavif.Film | _EightBits]:
    if libavif.library() is not None:
        with libavif.opened(data) as film:
            yield film
        return
    with native.pillow().open(BytesIO(data), formats=("AVIF",)) as image:
        yield _EightBits(image)
