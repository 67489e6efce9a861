"""What kind of picture it is, as far as that decides how much may be lost of it."""

from __future__ import annotations

from typing import Literal

import numpy as np

from darkroom.imaging import native
from darkroom.imaging.formats.frames import Frames
from darkroom.imaging.formats.similarity import luma, sampled

Content = Literal["drawing", "text", "texture", "photo"]
"""Few colours; writing on an even ground; so much fine detail or grain that losses drown in it; any other picture."""
FEW_COLOURS = 1_024
"""A drawing has few colours; a photograph of any size has more."""
# Share of the pixels that are the ground of a page, give or take so many levels, and share that edges of letters have at least.
_GROUND, _NEAR, _LETTERS, _EDGE = 0.55, 8, 0.01, 48.0
# Spread of the finest detail in levels, from which on it hides what an encoder does.
_TEXTURE = 9.0
_LAPLACE = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)


def content_of(frames: Frames) -> Content:
    """The kind of a picture, by its sample."""
    sample = sampled(frames)
    if colours(sample) <= FEW_COLOURS:
        return "drawing"
    grey = luma(sample)
    found = np.abs(native.cv2().filter2D(grey.astype(np.float32), -1, _LAPLACE))
    counts = np.bincount(grey.reshape(-1), minlength=256)
    most = int(counts.argmax())
    ground = counts[max(0, most - _NEAR) : most + _NEAR + 1].sum() / grey.size
    if ground >= _GROUND and float((found > _EDGE).mean()) >= _LETTERS:
        return "text"
    # Immerkaer (1996): the mean of this operator is the spread of noise, and of whatever else is as fine.
    return "texture" if float(found.mean()) * np.sqrt(np.pi / 2) / 6 >= _TEXTURE else "photo"


def colours(frames: Frames) -> int:
    """How many colours there are, counted at no more than 65,536 places."""
    pixels = frames.pixels.reshape(-1, frames.channels)
    return len(np.unique(pixels[:: max(1, len(pixels) // 65_536)], axis=0))
