"""Measures of a picture, and what is wrong with it: all from the preview and its thumbnail."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darkroom.domain.image import Colour, Quality, QualityProblem
from darkroom.imaging import native
from darkroom.imaging.pixels import Array

# Problems begin here; chosen on photographs and on the same photographs blurred, darkened and washed out.
BLURRED_SHARPNESS = 60.0
BLURRED_EDGE = 26.0
DARK_BRIGHTNESS = 0.16
BRIGHT_BRIGHTNESS = 0.88
CLIPPED_SHARE = 0.35
LOW_CONTRAST = 0.10
LOW_ENTROPY = 2.5

_COLOUR_SIDE = 64
_COLOUR_COUNT = 5
_COLOUR_DISTANCE = 52.0


def measure(luma: Array, thumbnail: Array, *, damaged: bool = False) -> Quality:
    """Measures and problems.

    Args:
        luma: of the preview.
        thumbnail: RGB, for colour.
        damaged: the decoder complained.
    """
    cv2 = native.cv2()
    laplacian = cv2.Laplacian(luma, cv2.CV_16S)
    _, sharpness = _mean_and_variance(laplacian)
    levels = cv2.calcHist([luma], [0], None, [256], [0, 256]).ravel() / luma.size
    values = np.arange(256)
    mean = float(levels @ values)
    spread = math.sqrt(max(0.0, float(levels @ (values - mean) ** 2)))
    present = levels[levels > 0]
    entropy = max(0.0, -float(present @ np.log2(present)))
    brightness, contrast = min(1.0, mean / 255), min(1.0, spread / 127.5)
    problems: list[QualityProblem] = ["damaged"] if damaged else []
    # A misty or minimal picture has little detail but somewhere a crisp edge; a blurred one has none anywhere.
    # Both are measured against the contrast there is: a dark picture is not blurred for being dark.
    tones = min(1.0, _range(levels) / 160)
    if sharpness < BLURRED_SHARPNESS * tones**2 and _crispest(laplacian) < BLURRED_EDGE * tones:
        problems.append("blurred")
    problems += _exposure_problems(levels, brightness, contrast, entropy)
    score = _score(sharpness, brightness, contrast, entropy) * (0.5 if damaged else 1.0)
    return Quality.model_construct(
        score=round(min(1.0, score), 4),
        sharpness=round(sharpness, 2),
        brightness=round(brightness, 4),
        contrast=round(contrast, 4),
        entropy=round(min(8.0, entropy), 3),
        colourfulness=round(colourfulness(thumbnail), 2),
        problems=tuple(problems),
    )


def _score(sharpness: float, brightness: float, contrast: float, entropy: float) -> float:
    sharp = min(1.0, math.log2(1 + sharpness) / 10)
    exposed = max(0.0, 1 - max(0.0, abs(brightness - 0.47) - 0.22) / 0.25)
    return 0.45 * sharp + 0.2 * exposed + 0.2 * min(1.0, contrast / 0.4) + 0.15 * min(1.0, entropy / 7)


def _exposure_problems(
    levels: NDArray[np.float64], brightness: float, contrast: float, entropy: float
) -> list[QualityProblem]:
    found: list[QualityProblem] = []
    if brightness < DARK_BRIGHTNESS:
        found.append("dark")
    if brightness > BRIGHT_BRIGHTNESS or (levels[250:].sum() > CLIPPED_SHARE and brightness > 0.6):
        found.append("overexposed")
    if contrast < LOW_CONTRAST:
        found.append("low_contrast")
    if entropy < LOW_ENTROPY:
        found.append("low_information")
    return found


def _range(levels: NDArray[np.float64]) -> float:
    """Distance between the darkest and the brightest tone, outliers left out."""
    below = levels.cumsum()
    return float(np.searchsorted(below, 0.99) - np.searchsorted(below, 0.01))


def _crispest(laplacian: Array) -> float:
    """The Laplacian's magnitude that one pixel in 500 exceeds."""
    magnitude = np.abs(laplacian[::2, ::2]).ravel()
    return float(np.partition(magnitude, -max(1, magnitude.size // 500))[-max(1, magnitude.size // 500)])


def colourfulness(thumbnail: Array) -> float:
    """M3 of Hasler and Suesstrunk (2003)."""
    cv2 = native.cv2()
    red, green, blue = cv2.split(thumbnail)
    red_green = cv2.subtract(red, green, dtype=cv2.CV_16S)
    yellow_blue = cv2.addWeighted(cv2.add(red, green, dtype=cv2.CV_16S), 0.5, blue.astype(np.int16), -1, 0)
    (mean_a, variance_a), (mean_b, variance_b) = _mean_and_variance(red_green), _mean_and_variance(yellow_blue)
    return math.sqrt(variance_a + variance_b) + 0.3 * math.hypot(mean_a, mean_b)


def _mean_and_variance(band: Any) -> tuple[float, float]:
    """Sum and square sum are vectorised in OpenCV; its meanStdDev is not."""
    cv2 = native.cv2()
    mean = cv2.sumElems(band)[0] / band.size
    return mean, max(0.0, cv2.norm(band, cv2.NORM_L2SQR) / band.size - mean**2)


def dominant_colours(thumbnail: Array) -> tuple[Colour, ...]:
    """Up to five colours that cover most of the picture, largest first."""
    cv2 = native.cv2()
    scale = _COLOUR_SIDE / max(thumbnail.shape[:2])
    size = (max(1, round(thumbnail.shape[1] * scale)), max(1, round(thumbnail.shape[0] * scale)))
    small = cv2.resize(thumbnail, size, interpolation=cv2.INTER_AREA) if scale < 1 else thumbnail
    flat = small.reshape(-1, 3).astype(np.int32)
    cell = flat >> 4
    keys = (cell[:, 0] << 8) | (cell[:, 1] << 4) | cell[:, 2]
    counts = np.bincount(keys, minlength=4096)
    used = np.flatnonzero(counts)
    weights = counts[used].astype(np.float64)
    means = np.stack([np.bincount(keys, flat[:, band], 4096)[used] / weights for band in range(3)], axis=1)
    found: list[Colour] = []
    # The most common cell draws its neighbours in; what is left goes on.
    while weights.any() and len(found) < _COLOUR_COUNT:
        apart = means - means[weights.argmax()]
        near = np.einsum("ij,ij->i", apart, apart) < _COLOUR_DISTANCE**2
        drawn = weights * near
        share = float(drawn.sum())
        weights[near] = 0
        red, green, blue = (round(value) for value in (drawn @ means / share).tolist())
        found.append(Colour.model_construct(hex=f"#{red:02x}{green:02x}{blue:02x}", share=round(share / len(flat), 4)))
    return tuple(sorted(found, key=lambda colour: -colour.share))
