"""Clean pictures whose noisy, blurred or hazy versions the tests repair, and the measures of the repair."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from darkroom.imaging.operations.base import Raster

_LUMA = np.array([0.299, 0.587, 0.114])
DTYPES = {"uint8": 255, "uint16": 65535, "float32": 1.0}


def clean(width: int = 320, height: int = 240) -> Any:
    """Slopes, a disc, hard stripes and fine waves, float64 within 0.05..0.95."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    scene = np.stack([0.2 + 0.5 * x / width, 0.3 + 0.4 * y / height, 0.5 + 0.2 * np.sin(x / 40)], axis=2)
    scene[np.hypot(x - width * 0.3, y - height * 0.35) < height * 0.2] = (0.8, 0.3, 0.2)
    low = y > height * 0.75
    scene[low] *= (0.6 + 0.3 * np.sign(np.sin(x[low] / 3)))[:, None]
    waves = (slice(int(height * 0.1), int(height * 0.3)), slice(int(width * 0.55), int(width * 0.95)))
    scene[waves] += 0.1 * np.sin(x[waves] * 1.3)[..., None]
    return np.clip(scene, 0.05, 0.95)


def drawn(seed: int, width: int = 320, height: int = 240) -> Any:
    """Smooth ground with shapes of all sizes, another for each seed."""
    rng = np.random.default_rng(seed)
    ground = rng.uniform(0.15, 0.85, (3, 4, 3)).astype(np.float32)
    found = np.clip(cv2.resize(ground, (width * 2, height * 2), interpolation=cv2.INTER_CUBIC), 0.05, 0.95)
    for _ in range(60):
        middle = tuple(int(one) for one in rng.uniform(0, 1, 2) * (width * 2, height * 2))
        colour = tuple(float(one) for one in rng.uniform(0.1, 0.9, 3))
        cv2.circle(found, middle, int(rng.integers(4, 60)), colour, int(rng.choice([-1, 3, 6])), cv2.LINE_AA)
    return cv2.resize(found, (width, height), interpolation=cv2.INTER_AREA)


def noisy(scene: Any, spread: float, seed: int = 1) -> Any:
    """White noise added to each channel."""
    return scene + np.random.default_rng(seed).normal(0, spread, scene.shape)


def raster(values: Any, depth: str = "uint8") -> Raster:
    """A raster of values from 0 to 1."""
    values = values if values.ndim == 3 else values[:, :, None]
    if depth == "float32":
        return Raster(values.astype(np.float32))
    white = DTYPES[depth]
    return Raster(np.clip(np.rint(values * white), 0, white).astype(depth))


def floats(image: Raster) -> Any:
    """Values of a raster from 0 to 1."""
    return image.colour.astype(np.float64) / image.white


def psnr(one: Any, other: Any) -> float:
    """Peak signal to noise ratio in decibels."""
    return float(-10 * np.log10(max(1e-12, np.mean((np.asarray(one, float) - np.asarray(other, float)) ** 2))))


def ssim(one: Any, other: Any) -> float:
    """Structural similarity of the brightness (Wang et al. 2004), mean over the picture."""
    first, second = (np.asarray(values, np.float64) @ _LUMA for values in (one, other))

    def mean(values: Any) -> Any:
        return cv2.GaussianBlur(values, (11, 11), 1.5)

    mean_a, mean_b = mean(first), mean(second)
    var_a, var_b = mean(first**2) - mean_a**2, mean(second**2) - mean_b**2
    shared = mean(first * second) - mean_a * mean_b
    top = (2 * mean_a * mean_b + 1e-4) * (2 * shared + 9e-4)
    return float((top / ((mean_a**2 + mean_b**2 + 1e-4) * (var_a + var_b + 9e-4))).mean())
