"""Finds what is background by its colour, and takes that colour out of the soft border of what is not."""

from __future__ import annotations

from typing import Any

import numpy as np

from darkroom.imaging import native
from darkroom.imaging.operations import effects_blur as blurs
from darkroom.imaging.operations.base import Floats
from darkroom.imaging.operations.detail_planes import luma_of


def border_colour(colour: Floats) -> Floats:
    """The median colour along the border of a picture."""
    rim = max(1, min(colour.shape[:2]) // 100)
    parts = (colour[:rim], colour[-rim:], colour[:, :rim], colour[:, -rim:])
    return np.median(np.concatenate([part.reshape(-1, colour.shape[2]) for part in parts]), axis=0).astype(np.float32)  # type: ignore[no-any-return]


def foreground(colour: Floats, background: Floats, tolerance: float, softness: float, *, connected: bool) -> Floats:
    """Opacity of what is not background, height x width x 1.

    Args:
        colour: of the picture.
        background: the colour that goes.
        tolerance: largest difference in any channel that still is background.
        softness: over this further difference opacity grows to one.
        connected: only what hangs together with the border of the picture is background; the white of an eye stays.
    """
    cv2 = native.cv2()
    apart = np.abs(colour - background).max(axis=2)
    opacity = np.clip((apart - tolerance) / max(softness, 1e-4), 0, 1).astype(np.float32)
    if connected:
        candidate = (opacity < 1).astype(np.uint8)
        _, labels = cv2.connectedComponents(candidate, connectivity=4)
        rim = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
        outside = np.zeros(int(labels.max()) + 1, bool)
        outside[rim] = True
        outside[0] = False  # label 0 is what is surely foreground
        opacity = np.where(outside[labels], opacity, np.float32(1))
    return np.asarray(opacity[:, :, None], np.float32)


def without_tint(colour: Floats, opacity: Floats, background: Floats) -> Floats:
    """The colour that shone through a half-transparent border taken out: c = a f + (1 - a) b, solved for f."""
    partly = (opacity > 0.02) & (opacity < 1)
    unmixed = (colour - (1 - opacity) * background) / np.maximum(opacity, np.float32(0.05))
    return np.where(partly, np.clip(unmixed, 0, 1), colour).astype(np.float32)


def refined(opacity: Floats, colour: Floats, radius: int) -> Floats:
    """A coarse mask drawn to the edges of the picture within that radius (guided filter)."""
    from darkroom.imaging.operations.detail_filters import fast_guided

    plane = np.ascontiguousarray(opacity[:, :, 0])
    guide = luma_of(colour)
    found: Any = fast_guided(plane, max(1, radius), 0.02, guide)
    # The filter answers a little above black and below white: stretched back.
    return np.clip((found - 0.08) / 0.84, 0, 1)[:, :, None].astype(np.float32)  # type: ignore[no-any-return]


def shadow(opacity: Floats, radius: float, strength: float) -> Floats:
    """Opacity of the shadow that a shape casts."""
    return blurs.gaussian(opacity, radius).reshape(opacity.shape) * np.float32(strength)  # type: ignore[no-any-return]
