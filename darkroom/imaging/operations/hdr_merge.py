"""Brackets merged: exposure ratios, ghosts, radiance after Debevec, fusion after Mertens. Float planes throughout."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from darkroom.errors import Error
from darkroom.imaging import native
from darkroom.imaging.operations.base import Floats, from_float
from darkroom.imaging.operations.detail_planes import blurred, luma_of
from darkroom.imaging.operations.resample import to_light

# Values below are lost in noise, values above in clipping: neither says how much light there was.
_DARK, _BRIGHT = 0.03, 0.97
_GHOST_STOPS = 0.6
"""Light that differs by more than this from what the reference foretells comes from something that moved."""


def exposure_ratios(colours: Sequence[Floats]) -> list[float]:
    """Exposure of each picture relative to the first, in stops, from pixels that are well exposed in neighbours.

    Raises:
        Error: `invalid_parameter` where two neighbours share no well exposed pixel.
    """
    planes = [luma_of(colour) for colour in colours]
    order = sorted(range(len(planes)), key=lambda number: float(planes[number].mean()))
    stops = [0.0] * len(planes)
    for darker, brighter in pairwise(order):
        low, high = planes[darker], planes[brighter]
        both = (low > 0.08) & (low < 0.92) & (high > 0.08) & (high < 0.92)
        if both.sum() < 16:
            raise Error(
                "invalid_parameter",
                "The exposures are too far apart to tell how they relate.",
                remedy="Give `exposures`, in stops, as the camera recorded them.",
            )
        ratio = np.log2(to_light(high[both]) / to_light(low[both]))
        stops[brighter] = stops[darker] + float(np.median(ratio))
    return [stop - stops[0] for stop in stops]


def response_of(colours: Sequence[Floats], stops: Sequence[float]) -> Any:
    """The camera's response after Debevec and Malik (1997): light for each of 256 values and channel, 1 at white."""
    cv2 = native.cv2()
    bytes_ = [from_float(np.clip(colour, 0, 1), "uint8") for colour in colours]
    if bytes_[0].shape[2] == 1:
        bytes_ = [one.repeat(3, axis=2) for one in bytes_]
    times = np.array([2.0**stop for stop in stops], np.float32)
    curve = cv2.createCalibrateDebevec(samples=100, lambda_=20).process(bytes_, times)[:, 0, :]
    # The ends rest on few samples: light never falls while the value grows.
    curve = np.maximum.accumulate(np.maximum(curve, 1e-6), axis=0)
    return (curve / curve[250] * to_light(np.array(250 / 255))).astype(np.float32)


def lights_of(colours: Sequence[Floats], response: Any = None) -> list[Floats]:
    """Linear light of each picture, by the sRGB curve or by a response that was found."""
    if response is None:
        return [to_light(colour) for colour in colours]
    places = np.linspace(0, 1, 256)
    found = []
    for colour in colours:
        planes = [np.interp(colour[:, :, band], places, response[:, band]) for band in range(colour.shape[2])]
        found.append(np.stack(planes, axis=2).astype(np.float32))
    return found


def certainty(colour: Floats) -> Floats:
    """How far a value can be trusted: a broad hat over the middle, nothing at the ends."""
    hat = 1 - (2 * np.clip(colour, 0, 1) - 1) ** 12
    # A pixel with one clipped channel has lost its hue: all three count as its weakest.
    return np.maximum(hat.min(axis=2, keepdims=True), 0).astype(np.float32)  # type: ignore[no-any-return]


def radiance(
    colours: Sequence[Floats], stops: Sequence[float], response: Any = None, keep: Sequence[Any] | None = None
) -> Floats:
    """Light of the scene, relative: 1 is what the first picture shows as white.

    Args:
        colours: aligned exposures, values 0 to 1.
        stops: exposure of each relative to the first.
        response: as `response_of` finds it; None is sRGB.
        keep: for each picture where it may be used, 0 to 1: what moved is left out.
    """
    total = np.zeros(colours[0].shape, np.float32)
    weights = np.zeros((*colours[0].shape[:2], 1), np.float32)
    lights = lights_of(colours, response)
    for number, (colour, light) in enumerate(zip(colours, lights, strict=True)):
        time = np.float32(2.0 ** stops[number])
        # Longer exposures have more photons, and so less noise.
        weight = certainty(colour) * time
        if keep is not None:
            weight = weight * keep[number]
        total += weight * light / time
        weights += weight
    shortest, longest = int(np.argmin(stops)), int(np.argmax(stops))
    # Where all are clipped the shortest knows best, where all are dark the longest.
    bright = luma_of(colours[shortest])[:, :, None] > 0.5
    fallback = np.where(
        bright,
        lights[shortest] / np.float32(2.0 ** stops[shortest]),
        lights[longest] / np.float32(2.0 ** stops[longest]),
    )
    share = np.clip(weights / np.float32(1e-3 * 2.0 ** min(stops)), 0, 1)
    merged = total / np.maximum(weights, np.float32(1e-9))
    return np.asarray(share * merged + (1 - share) * fallback, np.float32)


def reference_of(colours: Sequence[Floats]) -> int:
    """The picture with most well exposed pixels: what moves is shown as this one has it."""
    shares = [float(((colour > 0.05) & (colour < 0.95)).all(axis=2).mean()) for colour in colours]
    return int(np.argmax(shares))


def unmoved(colours: Sequence[Floats], stops: Sequence[float], reference: int) -> list[Any]:
    """Where each picture agrees with what the reference foretells, 0 to 1, height x width x 1."""
    cv2 = native.cv2()
    lights = [blurred(luma_of(to_light(colour)), 1.0) for colour in colours]
    values = [luma_of(colour) for colour in colours]
    height, width = values[0].shape
    radius = max(2, max(height, width) // 300)
    round_ = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    small = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    found = []
    for number, light in enumerate(lights):
        if number == reference:
            found.append(np.ones((height, width, 1), np.float32))
            continue
        foretold = lights[reference] * np.float32(2.0 ** (stops[number] - stops[reference]))
        apart = np.abs(np.log2((light + 1e-3) / (np.minimum(foretold, 1.0) + 1e-3)))
        told = (values[reference] > _DARK) & (values[reference] < _BRIGHT)
        moved = ((apart > _GHOST_STOPS) & told).astype(np.uint8)
        # Single pixels are noise; what moved is shown whole, with a soft border.
        moved = cv2.dilate(cv2.morphologyEx(moved, cv2.MORPH_OPEN, small), round_)
        found.append(1 - blurred(moved.astype(np.float32), radius / 2)[:, :, None])
    return found


def replaced(colours: Sequence[Floats], stops: Sequence[float], reference: int, keep: Sequence[Any]) -> list[Floats]:
    """The exposures with what moved replaced by what the reference would have shown there."""
    from darkroom.imaging.operations.resample import from_light

    light = to_light(colours[reference])
    found = []
    for number, colour in enumerate(colours):
        factor = np.float32(2.0 ** (stops[number] - stops[reference]))
        foretold = np.clip(from_light(light * factor), 0, 1)
        found.append((keep[number] * colour + (1 - keep[number]) * foretold).astype(np.float32))
    return found


def fused(colours: Sequence[Floats], contrast: float = 1.0, saturation: float = 1.0, exposure: float = 1.0) -> Floats:
    """The best exposed parts of all pictures in one, without knowing their exposures.

    Mertens, Kautz and Van Reeth (2007): weights by contrast, saturation and exposedness, blended in pyramids.
    """
    cv2 = native.cv2()
    grey = colours[0].shape[2] == 1
    planes = [np.clip(colour.repeat(3, axis=2) if grey else colour, 0, 1).astype(np.float32) for colour in colours]
    # OpenCV takes bytes or floats from 0 to 255, and gives 0 to 1.
    made = cv2.createMergeMertens(contrast, saturation if not grey else 0.0, exposure).process(
        [plane * np.float32(255) for plane in planes]
    )
    made = np.nan_to_num(np.asarray(made, np.float32))
    return made[:, :, :1] if grey else made
