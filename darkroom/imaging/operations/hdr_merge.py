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
from darkroom.imaging.operations.effects_blur import ramp
from darkroom.imaging.operations.resample import to_light

# Values below are lost in noise, values above in clipping: neither says how much light there was.
_DARK, _BRIGHT = 0.03, 0.97
_SAMPLES, _BINS, _LEVELS = 200_000, 64, 1024


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
    # Each channel's scale is free: middle grey is grey in all of them.
    grey = np.median(curve[118:139] / to_light(np.arange(118, 139) / 255)[:, None], axis=0)
    return np.asarray(curve / grey, np.float32)


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
    """How far a value can be trusted: less near black, where noise and steps are, not at all near clipping."""
    # A pixel with one clipped channel has lost its hue: all three count as that one. Dark channels only add noise.
    clipped = ramp(colour.max(axis=2, keepdims=True), 0.88, 0.985)
    return np.asarray(ramp(luma_of(colour)[:, :, None], 0.0, 0.08) * (1 - clipped), np.float32)


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


class Foretold:
    """What one exposure shows for each value of another, learned from the two pictures themselves.

    Most of a scene stands still, so for each value of the reference the median of what the other picture has at the
    same places is what it shows; no camera's response needs to be known.
    """

    def __init__(self, reference: Any, other: Any) -> None:
        step = max(1, int(np.sqrt(reference.size / _SAMPLES)))
        mine, theirs = (np.clip(one[::step, ::step].ravel(), 0, 1) for one in (reference, other))
        bins = np.minimum((mine * _BINS).astype(np.int64), _BINS - 1)
        levels = np.minimum((theirs * _LEVELS).astype(np.int64), _LEVELS - 1)
        counts = np.bincount(bins * _LEVELS + levels, minlength=_BINS * _LEVELS).reshape(_BINS, _LEVELS)
        total = counts.sum(axis=1)
        shares = counts.cumsum(axis=1) / np.maximum(total, 1)[:, None]
        low, middle, high = (((shares < share).sum(axis=1) + 0.5) / _LEVELS for share in (0.25, 0.5, 0.75))
        known = np.flatnonzero(total >= 8)
        self._places = (known + 0.5) / _BINS if len(known) else np.array([0.0, 1.0])
        self._values = np.maximum.accumulate(middle[known]) if len(known) else np.array([0.0, 1.0])
        self._spread = (high - low)[known] if len(known) else np.zeros(2)

    def values(self, reference: Any) -> Any:
        """What the other exposure should show."""
        return np.interp(reference, self._places, self._values).astype(np.float32)

    def tolerance(self, reference: Any) -> Any:
        """How far it may be off: what noise and steps of eight bits explain, and a twentieth."""
        return (np.interp(reference, self._places, self._spread) * 2.2 + 0.05).astype(np.float32)


def unmoved(colours: Sequence[Floats], reference: int) -> list[Any]:
    """Where each picture agrees with what the reference foretells, 0 to 1, height x width x 1."""
    cv2 = native.cv2()
    values = [blurred(luma_of(colour), 1.0) for colour in colours]
    height, width = values[0].shape
    radius = max(2, max(height, width) // 300)
    round_ = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    small = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    told = (values[reference] > _DARK) & (values[reference] < _BRIGHT)
    found = []
    for number, value in enumerate(values):
        if number == reference:
            found.append(np.ones((height, width, 1), np.float32))
            continue
        foretold = Foretold(values[reference], value)
        apart = np.abs(value - foretold.values(values[reference]))
        moved = ((apart > foretold.tolerance(values[reference])) & told).astype(np.uint8)
        # Specks are noise; what moved is shown whole, with a soft border.
        moved = cv2.dilate(cv2.morphologyEx(moved, cv2.MORPH_OPEN, small), round_)
        found.append(1 - blurred(moved.astype(np.float32), radius / 2)[:, :, None])
    return found


def replaced(colours: Sequence[Floats], reference: int, keep: Sequence[Any]) -> list[Floats]:
    """The exposures with what moved replaced by what the reference foretells there."""
    found = []
    for number, colour in enumerate(colours):
        if number == reference or float(keep[number].min()) > 0.999:
            found.append(colour)
            continue
        planes = [
            Foretold(colours[reference][:, :, band], colour[:, :, band]).values(colours[reference][:, :, band])
            for band in range(colour.shape[2])
        ]
        shown = np.stack(planes, axis=2)
        found.append(np.asarray(keep[number] * colour + (1 - keep[number]) * shown, np.float32))
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
