"""How two pictures meet: the blend modes of the W3C's compositing specification, and compositing with alpha."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import numpy as np

from darkroom.imaging.operations.base import Floats

Mode: TypeAlias = Literal[
    "normal", "multiply", "screen", "overlay", "darken", "lighten", "colour_dodge", "colour_burn", "hard_light",
    "soft_light", "difference", "exclusion", "add", "subtract", "divide", "hue", "saturation", "colour", "luminosity",
]  # fmt: skip
_WEIGHTS = np.array([0.3, 0.59, 0.11], np.float32)


def _hard_light(below: Any, above: Any) -> Any:
    return np.where(above <= 0.5, 2 * below * above, 1 - 2 * (1 - below) * (1 - above))


def _soft_light(below: Any, above: Any) -> Any:
    below = np.clip(below, 0, 1)
    darker = below - (1 - 2 * above) * below * (1 - below)
    bright = np.where(below <= 0.25, ((16 * below - 12) * below + 4) * below, np.sqrt(below))
    return np.where(above <= 0.5, darker, below + (2 * above - 1) * (bright - below))


def _dodge(below: Any, above: Any) -> Any:
    return np.where(below <= 0, 0, np.minimum(1, below / np.maximum(1 - above, 1e-6)))


def _burn(below: Any, above: Any) -> Any:
    return np.where(below >= 1, 1, 1 - np.minimum(1, (1 - below) / np.maximum(above, 1e-6)))


_CHANNELWISE: dict[str, Callable[[Any, Any], Any]] = {
    "normal": lambda below, above: above,
    "multiply": lambda below, above: below * above,
    "screen": lambda below, above: below + above - below * above,
    "overlay": lambda below, above: _hard_light(above, below),
    "darken": np.minimum,
    "lighten": np.maximum,
    "colour_dodge": _dodge,
    "colour_burn": _burn,
    "hard_light": _hard_light,
    "soft_light": _soft_light,
    "difference": lambda below, above: np.abs(below - above),
    "exclusion": lambda below, above: below + above - 2 * below * above,
    "add": lambda below, above: below + above,
    "subtract": lambda below, above: np.maximum(below - above, 0),
    "divide": lambda below, above: np.minimum(below / np.maximum(above, 1e-6), 1),
}


def _luminosity(colour: Any) -> Any:
    return (colour @ _WEIGHTS)[:, :, None]


def _with_luminosity(colour: Any, wanted: Any) -> Any:
    moved = colour + (wanted - _luminosity(colour))
    light = _luminosity(moved)
    low, high = moved.min(axis=2, keepdims=True), moved.max(axis=2, keepdims=True)
    moved = np.where(low < 0, light + (moved - light) * light / np.maximum(light - low, 1e-6), moved)
    return np.where(high > 1, light + (moved - light) * (1 - light) / np.maximum(high - light, 1e-6), moved)


def _saturation(colour: Any) -> Any:
    return colour.max(axis=2, keepdims=True) - colour.min(axis=2, keepdims=True)


def _with_saturation(colour: Any, wanted: Any) -> Any:
    low = colour.min(axis=2, keepdims=True)
    return (colour - low) * wanted / np.maximum(_saturation(colour), 1e-6)


def _whole_colour(mode: str, below: Any, above: Any) -> Any:
    if mode == "luminosity":
        return _with_luminosity(below, _luminosity(above))
    if mode == "colour":
        return _with_luminosity(above, _luminosity(below))
    if mode == "hue":
        return _with_luminosity(_with_saturation(above, _saturation(below)), _luminosity(below))
    return _with_luminosity(_with_saturation(below, _saturation(above)), _luminosity(below))


def blended(mode: str, below: Floats, above: Floats) -> Floats:
    """The colour where both are opaque.

    Args:
        mode: one of `Mode`.
        below: height x width x 1 or 3, 0 to 1.
        above: of the same channels.
    """
    if mode in _CHANNELWISE:
        made: Floats = np.asarray(_CHANNELWISE[mode](below, above), np.float32)
        return made
    if below.shape[2] == 1:
        # Grey has neither hue nor saturation: only the brightness can be taken over.
        return above if mode == "luminosity" else below
    return np.asarray(_whole_colour(mode, below, above), np.float32)


def composed(mode: str, below: Floats, below_alpha: Any, above: Floats, above_alpha: Any) -> tuple[Floats, Floats]:
    """Both put together, as straight colour and alpha.

    Args:
        below: colour, with its alpha (an array, or 1 where it is opaque).
        above: colour, with its alpha.
    """
    mixed = above if mode == "normal" else above + below_alpha * (blended(mode, below, above) - above)
    alpha = above_alpha + below_alpha * (1 - above_alpha)
    total = above_alpha * mixed + (1 - above_alpha) * below_alpha * below
    if np.ndim(below_alpha) == 0:
        return np.asarray(total, np.float32), np.asarray(alpha, np.float32)
    colour = np.divide(total, alpha, out=np.zeros_like(total), where=alpha > 1e-6)
    return np.asarray(colour, np.float32), np.asarray(alpha, np.float32)
