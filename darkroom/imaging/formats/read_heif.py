"""Reads HEIC at its own depth."""

from __future__ import annotations

import numpy as np

from darkroom.imaging import heif
from darkroom.imaging.cicp import stretched, to_shown
from darkroom.imaging.formats.frames import Frames
from darkroom.imaging.header import Header


def read_heif(data: bytes, header: Header, name: str) -> Frames:
    """The picture; libheif has turned it upright.

    Raises:
        Error: `image_corrupt`, `image_truncated` or `image_unsupported`.
    """
    deep = stretched(heif.pixels_of(data, name), header.bit_depth)
    return Frames(np.ascontiguousarray(to_shown(deep, header.light) if header.light else deep), header.icc)
