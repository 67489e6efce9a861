"""sRGB's curve between light and what is seen, going on beyond white and mirrored below black."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]


def curve(light: NDArray[Any]) -> Floats:
    """Linear light as values of sRGB."""
    size = np.abs(light).astype(np.float32)
    shown = np.where(size <= 0.0031308, size * 12.92, 1.055 * np.power(size, np.float32(1 / 2.4)) - 0.055)
    found: Floats = np.copysign(shown, light).astype(np.float32)
    return found


def light(values: NDArray[Any]) -> Floats:
    """Values of sRGB as linear light."""
    size = np.abs(values).astype(np.float32)
    linear = np.where(size <= 0.04045, size / 12.92, np.power((size + 0.055) / 1.055, np.float32(2.4)))
    found: Floats = np.copysign(linear, values).astype(np.float32)
    return found
