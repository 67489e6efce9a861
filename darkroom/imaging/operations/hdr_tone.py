"""Tone maps: linear light of any range onto what a screen shows, also linear, 0 to 1."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from darkroom.imaging import native
from darkroom.imaging.operations.base import Floats
from darkroom.imaging.operations.detail_filters import fast_guided

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
_LEAST = 1e-6


def luminance(light: Floats) -> Any:
    """Of linear light (Rec. 709), height x width."""
    if light.shape[2] == 1:
        return np.ascontiguousarray(light[:, :, 0])
    return np.ascontiguousarray(light @ _LUMINANCE)


def log_mean(bright: Any) -> float:
    """The geometric mean, which is how bright a scene looks."""
    return float(np.exp(np.log(np.maximum(bright, _LEAST)).mean()))


def _coloured(light: Floats, before: Any, after: Any, saturation: float) -> Floats:
    """Each pixel at another luminance, its colours kept or paled."""
    ratio = light / np.maximum(before, _LEAST)[:, :, None]
    if saturation != 1.0:
        ratio = np.power(np.maximum(ratio, 0), np.float32(saturation))
    return np.asarray(ratio * after[:, :, None], np.float32)


def reinhard(light: Floats, key: float, saturation: float) -> Floats:
    """Reinhard et al. (2002), global: middle grey at the key, what is brightest becomes white."""
    bright = luminance(light)
    scaled = bright * np.float32(key / log_mean(bright))
    white = max(float(np.percentile(scaled, 99.8)), key)
    made = scaled * (1 + scaled / np.float32(white**2)) / (1 + scaled)
    return _coloured(light, bright, made, saturation)


def drago(light: Floats, key: float, saturation: float, bias: float = 0.85) -> Floats:
    """Drago et al. (2003): logarithms whose base grows with the light; good for very wide ranges."""
    bright = luminance(light)
    scaled = bright * np.float32(key / 0.18 / log_mean(bright))
    most = max(float(scaled.max()), 1e-3)
    base = np.log(2 + 8 * np.power(scaled / most, np.float32(np.log(bias) / np.log(0.5))))
    made = np.log1p(scaled) / base * np.float32(1 / np.log10(1 + most))
    return _coloured(light, bright, made, saturation)


def filmic(light: Floats, key: float, saturation: float) -> Floats:
    """A film's S-curve (Narkowicz's fit of the ACES curve), for each channel, so that bright colours pale as on film."""
    bright = luminance(light)
    # The curve itself takes 0.18 to 0.27; the factor brings middle grey to the key.
    exposed = light * np.float32(0.6 * key / log_mean(bright))
    if saturation != 1.0:
        exposed = _coloured(exposed, luminance(exposed), luminance(exposed), saturation)
    made = exposed * (2.51 * exposed + 0.03) / (exposed * (2.43 * exposed + 0.59) + 0.14)
    return np.asarray(np.clip(made, 0, 1), np.float32)


def mantiuk(light: Floats, key: float, saturation: float) -> Floats:
    """Mantiuk, Myszkowski and Seidel (2006): contrasts, not brightness, are compressed; keeps most detail."""
    cv2 = native.cv2()
    planes = light.repeat(3, axis=2) if light.shape[2] == 1 else light
    planes = np.ascontiguousarray(np.maximum(planes, np.float32(_LEAST * max(1e-3, float(planes.max())))))
    if min(planes.shape[:2]) < 8:
        return reinhard(light, key, saturation)
    made = np.nan_to_num(cv2.createTonemapMantiuk(1.0, 0.75, saturation).process(planes))
    made = np.clip(made, 0, None)
    # The method leaves the brightness open: the key decides it, as for the others.
    made = made * np.float32(key / max(log_mean(luminance(made)), 1e-4))
    made = made * (1 + made / 4) / (1 + made)
    return made[:, :, :1] if light.shape[2] == 1 else np.asarray(made, np.float32)


def local(light: Floats, key: float, saturation: float) -> Floats:
    """Large differences compressed, detail kept (Durand and Dorsey 2002, with a guided filter for the base)."""
    bright = luminance(light)
    logs = np.log10(np.maximum(bright, _LEAST)).astype(np.float32)
    base = fast_guided(logs, max(2, max(logs.shape) // 40), 0.4)
    low, high = (float(value) for value in np.percentile(base, [1, 99.5]))
    # Such a range, fifty to one, holds what a screen shows before detail is added.
    compress = np.float32(min(1.0, 1.7 / max(high - low, 1e-3)))
    made = np.power(np.float32(10), compress * (base - np.float32(high)) + (logs - base))
    made = made * np.float32(key / max(log_mean(made), 1e-6))
    made = made * (1 + made / 4) / (1 + made)
    return _coloured(light, bright, made, saturation)


MAPS: dict[str, Callable[[Floats, float, float], Floats]] = {
    "reinhard": reinhard,
    "drago": drago,
    "mantiuk": mantiuk,
    "filmic": filmic,
    "local": local,
}
"""Tone maps by name: light, key (how bright the middle becomes, 0.18 is usual), saturation."""
