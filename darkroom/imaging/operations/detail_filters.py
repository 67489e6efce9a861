"""Sharpness, local contrast, haze and moire: pure functions on float planes from 0 to 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from darkroom.imaging import native
from darkroom.imaging.operations.base import Floats
from darkroom.imaging.operations.denoise_filters import guided
from darkroom.imaging.operations.detail_planes import from_luma_chroma, luma_of, stretched, to_luma_chroma

_HAZE_SIDE = 512


def unsharp(colour: Floats, amount: float, radius: float, threshold: float) -> Floats:
    """The picture plus what blurring would take from its brightness.

    Args:
        amount: share of the detail that is added.
        radius: standard deviation of the blur in pixels.
        threshold: detail fainter than this is left alone; the step at the threshold is a ramp, not a cliff.
    """
    cv2 = native.cv2()
    luma = luma_of(colour)
    detail = luma - cv2.GaussianBlur(luma, (0, 0), radius, borderType=cv2.BORDER_REFLECT_101)
    if threshold > 0:
        detail *= np.clip(np.abs(detail) / np.float32(threshold) - 1, 0, 1)
    sharpened: Floats = colour + np.float32(amount) * detail[:, :, None]
    return sharpened


def point_spread(kind: str, radius: float, angle: float = 0.0) -> Floats:
    """Kernel of a blur, sum one: `gaussian`, `lens` (a disc) or `motion` (a line of twice the radius).

    Args:
        radius: in pixels; of the Gaussian the standard deviation.
        angle: of the motion in degrees, anticlockwise from the right.
    """
    cv2 = native.cv2()
    reach = max(1, int(np.ceil(radius * (3 if kind == "gaussian" else 1))))
    side = 2 * reach + 1
    if kind == "gaussian":
        line = cv2.getGaussianKernel(side, radius, cv2.CV_32F)
        return line @ line.T  # type: ignore[no-any-return]
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)
    if kind == "lens":
        kernel = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)
    else:
        turn = np.deg2rad(angle)
        along, across = x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)
        kernel = np.clip(1 - np.abs(across), 0, 1) * np.clip(radius + 0.5 - np.abs(along), 0, 1)
    return (kernel / kernel.sum()).astype(np.float32)  # type: ignore[no-any-return]


def richardson_lucy(plane: Any, kernel: Floats, iterations: int) -> Any:
    """Deblurred by Richardson and Lucy's iteration, accelerated as Biggs and Andrews (1997) do.

    Args:
        plane: not negative.
        kernel: of the blur, sum one.
        iterations: each goes over the picture twice; more sharpen more, and amplify noise.
    """
    cv2 = native.cv2()
    mirrored = np.ascontiguousarray(kernel[::-1, ::-1])

    def convolve(values: Any, by: Any) -> Any:
        return cv2.filter2D(values, cv2.CV_32F, by, borderType=cv2.BORDER_REFLECT_101)

    observed = np.maximum(plane, np.float32(1e-4))
    estimate, before = observed, observed
    step = previous_step = np.zeros_like(observed)
    for count in range(iterations):
        momentum = 0.0
        if count > 1:
            momentum = float((step * previous_step).sum() / max(1e-12, float((previous_step**2).sum())))
        start = np.maximum(estimate + np.float32(min(max(momentum, 0.0), 0.9)) * (estimate - before), np.float32(1e-4))
        ratio = observed / np.maximum(convolve(start, mirrored), np.float32(1e-4))
        improved = start * convolve(ratio, kernel)
        previous_step, step = step, improved - start
        before, estimate = estimate, improved
    return estimate


def wiener(plane: Any, kernel: Floats, noise: float) -> Any:
    """Deblurred in one step in the frequency domain.

    Args:
        noise: power of the noise relative to that of the picture; larger is smoother.
    """
    cv2 = native.cv2()
    reach = kernel.shape[0] * 2
    # A mirrored margin, faded into the opposite side by the transform's own period, keeps ringing off the borders.
    padded = cv2.copyMakeBorder(plane, reach, reach, reach, reach, cv2.BORDER_REFLECT)
    rows, columns = cv2.getOptimalDFTSize(padded.shape[0]), cv2.getOptimalDFTSize(padded.shape[1])
    padded = cv2.copyMakeBorder(padded, 0, rows - padded.shape[0], 0, columns - padded.shape[1], cv2.BORDER_REFLECT)
    spread = np.zeros_like(padded)
    side = kernel.shape[0]
    spread[:side, :side] = kernel[::-1, ::-1]
    transfer = np.fft.rfft2(np.roll(spread, (-(side // 2), -(side // 2)), (0, 1)))
    mean = np.float32(padded.mean())
    spectrum = np.fft.rfft2(padded - mean)
    restored = np.fft.irfft2(spectrum * np.conj(transfer) / (np.abs(transfer) ** 2 + noise), padded.shape)
    height, width = plane.shape[:2]
    return (restored[reach : reach + height, reach : reach + width] + mean).astype(np.float32)


def local_contrast(colour: Floats, amount: float, radius: int, spread: float) -> Floats:
    """Clarity: contrast of the middle scales of the midtones, without halos at strong edges.

    Args:
        amount: -1 (soft) to 2; 0 changes nothing.
        radius: of the neighbourhood in pixels.
        spread: contrast above which an edge is left alone.
    """
    luma = luma_of(colour)
    base = fast_guided(luma, radius, spread)
    # Blacks and whites have no room for contrast; a parabola spares them.
    midtones = 4 * np.clip(luma, 0, 1) * (1 - np.clip(luma, 0, 1))
    lifted: Floats = colour + (np.float32(amount) * (luma - base) * midtones)[:, :, None]
    return lifted


def fast_guided(plane: Any, radius: int, spread: float, guide: Any = None) -> Any:
    """Guided filter whose coefficients are found at a reduced size (He and Sun 2015): its cost falls with the radius."""
    cv2 = native.cv2()
    guide = plane if guide is None else guide
    height, width = guide.shape[:2]
    shrink = max(1, radius // 4)
    small_size = (max(1, width // shrink), max(1, height // shrink))
    if shrink == 1 and plane.shape == guide.shape:
        return guided(plane, guide, radius, spread)
    small_guide = cv2.resize(guide, small_size, interpolation=cv2.INTER_AREA)
    small = cv2.resize(plane, small_size, interpolation=cv2.INTER_AREA)
    size = (2 * max(1, radius // shrink) + 1,) * 2

    def mean(values: Any) -> Any:
        return cv2.boxFilter(values, cv2.CV_32F, size, borderType=cv2.BORDER_REFLECT)

    mean_guide, mean_plane = mean(small_guide), mean(small)
    variance = mean(small_guide * small_guide) - mean_guide**2
    slope = (mean(small_guide * small) - mean_guide * mean_plane) / (variance + np.float32(spread**2 + 1e-12))
    offset = mean(mean_plane - slope * mean_guide)
    return stretched(mean(slope), width, height) * guide + stretched(offset, width, height)


def transmission(colour: Floats, strength: float) -> tuple[Any, Floats]:
    """How much of the light comes through the haze at each pixel, and the colour of the haze.

    The dark channel of He, Sun and Tang (2009), found on a reduced picture and refined along its edges.
    """
    cv2 = native.cv2()
    height, width = colour.shape[:2]
    shrink = max(1.0, max(height, width) / _HAZE_SIDE)
    small = cv2.resize(
        colour, (max(1, round(width / shrink)), max(1, round(height / shrink))), interpolation=cv2.INTER_AREA
    )
    small = small.reshape(*small.shape[:2], -1)
    side = max(3, 2 * (max(small.shape[:2]) // 64) + 1)
    darkest = cv2.erode(small.min(axis=2), np.ones((side, side), np.uint8))
    # The haze's own colour: the mean of the thousandth of pixels with the brightest dark channel.
    order = np.argsort(darkest.ravel())[-max(1, darkest.size // 1000) :]
    air = np.maximum(small.reshape(-1, small.shape[2])[order].mean(axis=0), np.float32(0.05))
    veil = cv2.erode((small / air).min(axis=2), np.ones((side, side), np.uint8))
    clear = (1 - np.float32(strength) * np.clip(veil, 0, 1)).astype(np.float32)
    guide = luma_of(colour)
    refined = fast_guided(cv2.resize(clear, (width, height)), max(8, int(4 * side * shrink)), 0.03, guide)
    return np.clip(refined, 0.1, 1), air


def dehaze(colour: Floats, strength: float) -> Floats:
    """The picture as it would be through clear air.

    Args:
        strength: 0 changes nothing, 1 takes all haze away, which looks unreal; 0.8 is usual.
    """
    if strength <= 0:
        return colour
    clear, air = transmission(colour, strength)
    return (colour - air) / clear[:, :, None] + air  # type: ignore[no-any-return]


def reduce_moire(colour: Floats, radius: float, luma_strength: float) -> Floats:
    """Coloured fringes on fine patterns taken out, and, if asked for, the stripes in the brightness too.

    Args:
        radius: of the colour fringes in pixels.
        luma_strength: 0 leaves brightness alone, 1 removes the frequencies that stand out of the spectrum.
    """
    cv2 = native.cv2()
    planes = to_luma_chroma(colour)
    luma = planes[0]
    if len(planes) == 3:
        # Only where brightness has fine texture can a colour pattern come from the sampling of that texture.
        fine = luma - cv2.GaussianBlur(luma, (0, 0), 1.0)
        texture = cv2.GaussianBlur(np.abs(fine), (0, 0), radius)
        for number in (1, 2):
            smooth = cv2.GaussianBlur(planes[number], (0, 0), radius)
            waves = cv2.GaussianBlur(np.abs(planes[number] - smooth), (0, 0), radius)
            where = np.clip((texture - 0.004) / 0.01, 0, 1) * np.clip((waves - 0.003) / 0.01, 0, 1)
            planes[number] = planes[number] + where * (smooth - planes[number])
    if luma_strength > 0:
        planes[0] = luma + np.float32(luma_strength) * (without_peaks(luma) - luma)
    return from_luma_chroma(planes)


def without_peaks(luma: Any) -> Any:
    """The plane without frequencies far stronger than their neighbours: screens, halftones, woven cloth."""
    cv2 = native.cv2()
    spectrum = np.fft.fftshift(np.fft.fft2(luma))
    power = np.log1p(np.abs(spectrum)).astype(np.float32)
    surroundings = cv2.blur(power, (31, 31), borderType=cv2.BORDER_REFLECT)
    spread = np.sqrt(np.maximum(cv2.blur((power - surroundings) ** 2, (31, 31)), 1e-6))
    height, width = luma.shape
    y, x = np.mgrid[-(height // 2) : height - height // 2, -(width // 2) : width - width // 2]
    # Low frequencies are the picture itself.
    high = np.hypot(y / height, x / width) > 0.06
    peaks = ((power - surroundings > 5 * spread) & high).astype(np.float32)
    notch = np.clip(cv2.GaussianBlur(cv2.dilate(peaks, np.ones((5, 5), np.uint8)), (0, 0), 1.5), 0, 1)
    return np.fft.ifft2(np.fft.ifftshift(spectrum * (1 - notch))).real.astype(np.float32)


def without_fringes(colour: Floats, strength: float, radius: float) -> Floats:
    """Purple and green colour taken off the surroundings of strong edges, where it does not belong to a surface."""
    cv2 = native.cv2()
    planes = to_luma_chroma(colour)
    luma = planes[0]
    edge = np.hypot(cv2.Sobel(luma, cv2.CV_32F, 1, 0), cv2.Sobel(luma, cv2.CV_32F, 0, 1))
    reach = 2 * int(np.ceil(radius)) + 1
    near = cv2.GaussianBlur(cv2.dilate(edge, np.ones((reach, reach), np.uint8)), (0, 0), radius / 2)
    where = np.clip((near - 0.6) / 0.8, 0, 1) * np.float32(strength)
    for number in (1, 2):
        # A wide average is the colour of the surfaces; what departs from it right at the edge is the fringe.
        calm = cv2.GaussianBlur(planes[number], (0, 0), 3 * radius)
        excess = planes[number] - calm
        planes[number] = planes[number] - where * excess
    return from_luma_chroma(planes)
