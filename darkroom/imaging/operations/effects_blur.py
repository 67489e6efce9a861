"""Blurs: pure functions that average neighbours, and the kernels for it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from darkroom.imaging import native
from darkroom.imaging.operations.base import Floats
from darkroom.imaging.operations.detail_planes import area_resized, stretched

# A Gaussian wider than this is taken on a reduced copy: there it cannot be told apart, and costs a hundredth.
_WIDE = 8.0


def gaussian(values: Any, radius: float) -> Any:
    """Gaussian blur of any depth.

    Args:
        values: height x width or height x width x channels.
        radius: standard deviation in pixels; below a tenth of a pixel nothing changes.
    """
    cv2 = native.cv2()
    if radius < 0.1:
        return values
    shape = values.shape
    if radius <= _WIDE:
        return cv2.GaussianBlur(values, (0, 0), radius, borderType=cv2.BORDER_REFLECT_101).reshape(shape)
    height, width = shape[:2]
    shrink = 2 ** math.floor(math.log2(radius / (_WIDE / 2)))
    small = area_resized(values, round(width / shrink), round(height / shrink))
    # Averaging squares and interpolating between them blur too: their variances are taken off.
    left = math.sqrt(max(0.25, (radius / shrink) ** 2 - 1 / 12 - 1 / 6))
    soft = cv2.GaussianBlur(small, (0, 0), left, borderType=cv2.BORDER_REFLECT_101)
    return stretched(soft, width, height).reshape(shape)


def convolved(values: Any, kernel: Floats) -> Any:
    """Each pixel the weighted mean of those around it; the picture goes on mirrored beyond its borders."""
    cv2 = native.cv2()
    # OpenCV correlates; a convolution turns the kernel round.
    turned = np.ascontiguousarray(kernel[::-1, ::-1])
    return cv2.filter2D(values, -1, turned, borderType=cv2.BORDER_REFLECT_101).reshape(values.shape)


def bokeh(premultiplied: Floats, kernel: Floats, highlights: float) -> Floats:
    """Blur of a lens: bright spots grow into discs that stay bright.

    Args:
        premultiplied: colour times alpha.
        highlights: 0 averages plainly, 1 lets white count sixteen times as much as middle grey.
    """
    if highlights <= 0:
        return convolved(premultiplied, kernel)  # type: ignore[no-any-return]
    brightest = np.clip(premultiplied.max(axis=2, keepdims=True), 0, 4)
    weight = (1 + np.float32(15 * highlights) * brightest**8).astype(np.float32)
    total = convolved(np.ascontiguousarray(premultiplied * weight), kernel)
    return total / convolved(weight, kernel)  # type: ignore[no-any-return]


def kuwahara(colour: Floats, radius: int) -> Floats:
    """Each pixel the mean of that quarter of its surroundings which varies least: flat strokes, crisp edges.

    After Kuwahara et al. (1976).
    """
    cv2 = native.cv2()
    side = radius + 1
    luma = colour[:, :, 0] if colour.shape[2] == 1 else cv2.cvtColor(colour, cv2.COLOR_RGB2GRAY)
    luma = np.ascontiguousarray(luma)
    made, least = np.zeros_like(colour), np.full(luma.shape, np.inf, np.float32)
    for anchor in ((0, 0), (radius, 0), (0, radius), (radius, radius)):

        def mean(values: Any, anchor: tuple[int, int] = anchor) -> Any:
            return cv2.boxFilter(
                values, cv2.CV_32F, (side, side), anchor=anchor, borderType=cv2.BORDER_REFLECT_101
            ).reshape(values.shape)

        variance = mean(luma * luma) - mean(luma) ** 2
        better = variance < least
        least = np.where(better, variance, least)
        made = np.where(better[:, :, None], mean(colour), made)
    return made


def ramp(values: Any, start: float, end: float) -> Any:
    """0 below the start, 1 above the end, a smooth S in between (Hermite)."""
    place = np.clip((values - np.float32(start)) / np.float32(max(1e-6, end - start)), 0, 1)
    return place * place * (3 - 2 * place)
