"""Ways to take noise out of a picture: pure functions on float planes, given the spread of the noise."""

from __future__ import annotations

from typing import Any

import numpy as np

from darkroom.imaging import native

# Spread of unit white noise in each level of the spline wavelets (Starck, Fadili and Murtagh 2007).
_LEVEL_SPREAD = (0.8908, 0.2007, 0.0856, 0.0413, 0.0205)
# Strips of so many pixels stay in the processor's cache while all shifts go over them.
_STRIP = 1 << 16
_SPLINE = np.array([1, 4, 6, 4, 1], np.float32) / 16


def guided(plane: Any, guide: Any, radius: int, spread: float) -> Any:
    """Guided filter (He, Sun and Tang 2010): smooths where the guide varies less than the spread, keeps its edges.

    Args:
        radius: of the window in pixels.
        spread: standard deviation below which variation of the guide counts as flat.
    """
    cv2 = native.cv2()
    size = (2 * radius + 1, 2 * radius + 1)

    def mean(values: Any) -> Any:
        return cv2.boxFilter(values, cv2.CV_32F, size, borderType=cv2.BORDER_REFLECT)

    mean_guide = mean(guide)
    variance = mean(guide * guide) - mean_guide * mean_guide
    if plane is guide:
        mean_plane, covariance = mean_guide, variance
    else:
        mean_plane = mean(plane)
        covariance = mean(guide * plane) - mean_guide * mean_plane
    slope = covariance / (variance + np.float32(spread * spread + 1e-12))
    offset = mean_plane - slope * mean_guide
    return mean(slope) * guide + mean(offset)


def wavelet_shrink(plane: Any, spread: float, levels: int = 4) -> Any:
    """Noise taken out level by level with undecimated spline wavelets.

    Each coefficient is shrunk as a Wiener filter would, by the energy around it above that of the noise: texture
    that stands out of the noise stays, and no ringing appears because nothing is cut off.

    Args:
        spread: standard deviation of the noise in the plane.
        levels: 1 to 5; coarser levels take out larger blotches.
    """
    cv2 = native.cv2()
    result = np.zeros_like(plane)
    smooth = plane
    for level in range(levels):
        coarser = _spline(smooth, level)
        detail = smooth - coarser
        noise = np.float32((_LEVEL_SPREAD[level] * spread) ** 2)
        side = 5 if level == 0 else 7
        energy = cv2.boxFilter(detail * detail, cv2.CV_32F, (side, side), borderType=cv2.BORDER_REFLECT)
        signal = np.maximum(energy - noise * np.float32(1.15), 0)
        result += detail * (signal / (signal + noise + np.float32(1e-12)))
        smooth = coarser
    return result + smooth


def _spline(plane: Any, level: int) -> Any:
    cv2 = native.cv2()
    step = 2**level
    kernel = np.zeros(4 * step + 1, np.float32)
    kernel[::step] = _SPLINE
    return cv2.sepFilter2D(plane, cv2.CV_32F, kernel, kernel, borderType=cv2.BORDER_REFLECT)


def non_local(plane: Any, spread: float, patch: int = 5, search: int = 11) -> Any:
    """Non-local means (Buades, Coll and Morel 2005): each pixel becomes the mean of those whose surroundings agree.

    Sums over whole pictures shifted against each other, so the cost does not depend on the size of the patch, and
    each distance serves both pixels it compares.

    Args:
        spread: standard deviation of the noise.
        patch: side of the compared surroundings, odd.
        search: side of the area in which agreement is sought, odd.
    """
    reach = search // 2
    halo = reach + patch // 2
    rows = max(32, _STRIP // plane.shape[1])
    found = np.empty_like(plane)
    for top in range(0, plane.shape[0], rows):
        first, last = max(0, top - halo), min(plane.shape[0], top + rows + halo)
        made = _non_local_strip(plane[first:last], spread, patch, reach)
        found[top : top + rows] = made[top - first : top - first + rows]
    return found


def _non_local_strip(plane: Any, spread: float, patch: int, reach: int) -> Any:
    cv2 = native.cv2()
    height, width = plane.shape[:2]
    total, weights = plane.astype(np.float32), np.ones((height, width), np.float32)
    # 2 s^2 is what the distance of two equal patches comes to by noise alone.
    floor, scale = np.float32(2 * spread * spread), np.float32(-1 / max(1e-12, (0.45 * spread) ** 2 * 2))
    shifts = [(dy, dx) for dy in range(reach + 1) for dx in range(-reach, reach + 1) if (dy, dx) > (0, 0)]
    for dy, dx in shifts:
        if dy >= height or abs(dx) >= width:
            continue
        here = (slice(0, height - dy), slice(max(0, -dx), width - max(0, dx)))
        there = (slice(dy, height), slice(max(0, dx), width - max(0, -dx)))
        apart = plane[here] - plane[there]
        distance = cv2.boxFilter(apart * apart, cv2.CV_32F, (patch, patch), borderType=cv2.BORDER_REFLECT)
        weight = cv2.exp(np.maximum(distance - floor, 0) * scale)
        weights[here] += weight
        weights[there] += weight
        total[here] += weight * plane[there]
        total[there] += weight * plane[here]
    return total / weights


def chroma_spread(chroma: float) -> tuple[float, float]:
    """Spread of the noise in Cr and in Cb for an average spread of the colour differences."""
    return chroma * 0.713, chroma * 0.564


def smooth_chroma(planes: list[Any], chroma: float, levels: int = 5) -> list[Any]:
    """Colour noise taken out; brightness, which carries the detail, is left as it is.

    Args:
        chroma: average spread of the noise in the colour differences, as `estimate_noise` gives it.
        levels: 1 to 5; more take out larger blotches.
    """
    if len(planes) == 1 or chroma <= 0:
        return planes
    spreads = chroma_spread(chroma)
    return [
        planes[0],
        *(wavelet_shrink(plane, spread, levels) for plane, spread in zip(planes[1:], spreads, strict=True)),
    ]
