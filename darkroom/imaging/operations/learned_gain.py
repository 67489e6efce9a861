"""What a learned model is worth on one picture, without knowing how the picture should be: measured before it is used.

Everything is a share, so that one threshold fits all: of the noise, how much less is wrong afterwards; of the detail, how
much more there is; of the tones, how far they moved. What does harm is worth less than nothing, whatever else it does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from darkroom.imaging import native
from darkroom.imaging.formats.similarity import ssim
from darkroom.imaging.operations.base import Floats
from darkroom.imaging.operations.denoise import LEAST_NOISE
from darkroom.imaging.operations.denoise_estimate import Noise, estimate_noise
from darkroom.imaging.operations.detail_planes import area_resized, blurred, from_luma_chroma, luma_of, to_luma_chroma

USUAL_GAIN = 0.05
"""What is worth less than this nobody sees."""
WINDOW = 256
WINDOWS = 4
"""Parts of a large picture that are looked at: from where there is most to see to where there is least."""
LEAST_LIKENESS = 0.9
"""Structural similarity below which what came out is another picture."""
# Noise that grew by less than this, or that nobody sees, is no harm; neither is detail that was lost with it.
_NOISE_SLACK = 1.25
_DETAIL_SLACK = 0.15
# A mean change of the tones by this much of the way from black to white counts as all that can be changed.
_ALL_TONES = 0.4
# Of the noise: a second look with so much more of it tells how a model answers to noise.
_PROBE = 0.1
# Differences between neighbours that are not this many times the noise may be nothing else.
_TOLD_FROM_NOISE = 2.5
_NOTHING = 0.005
# What brightness and its two differences of colour count in red, green and blue together.
_WEIGHTS = (3.0, 2.475, 3.258)
_WHITE_LUMA = 0.668
_WORST = -1.0

# At the border of a part a model lacks surroundings that the picture has.
_MARGIN = 16

Run = Callable[[Floats], Floats]
"""A model on a part of a picture."""


@dataclass(frozen=True)
class Worth:
    """What a model is worth on a picture."""

    gain: float
    """A share from -1 to 1; below 0 where it does harm."""
    words: str
    """What it does, for people: `noise falls by 62%`."""
    harm: bool = False
    """Whether it does what no benefit makes up for."""


def windows(colour: Floats) -> list[Floats]:
    """The parts of a picture that are looked at; all of a small one.

    Args:
        colour: height x width x 1 or 3.
    """
    height, width = colour.shape[:2]
    rows, columns = height // WINDOW, width // WINDOW
    if rows * columns <= WINDOWS:
        return [colour]
    luma = luma_of(colour)
    cv2 = native.cv2()
    slopes = np.abs(cv2.Laplacian(luma, cv2.CV_32F))[: rows * WINDOW, : columns * WINDOW]
    busy = area_resized(slopes, columns, rows).ravel()
    order = np.argsort(-busy, kind="stable")
    chosen = [int(order[round(share * (len(order) - 1))]) for share in np.linspace(0, 1, WINDOWS)]
    places = [(WINDOW * (one // columns), WINDOW * (one % columns)) for one in dict.fromkeys(chosen)]
    return [np.ascontiguousarray(colour[top : top + WINDOW, left : left + WINDOW]) for top, left in places]


def white_noise(sigma: float, channels: int) -> Noise:
    """What noise of that spread in each channel is of brightness and of colours."""
    return Noise(sigma * (_WHITE_LUMA if channels == 3 else 1.0), sigma if channels == 3 else 0.0, 1.0)


def worth_of_denoising(parts: list[Floats], run: Run, noise: Noise) -> Worth:
    """How much less is wrong after a model has taken out noise, by Stein's unbiased estimate of the risk.

    It needs the spread of the noise and a second look with a little more of it, and not the clean picture: what a model does
    not take out, and what it takes out of the picture itself, count alike. Brightness and colours have noise of their own.

    Args:
        parts: what to look at, 0 to 1.
        run: the model, with its strength.
        noise: spreads of which one is more than 0.
    """
    # Cr and Cb are scaled differences, as in `estimate_noise`.
    spreads = (noise.luma, 0.713 * noise.chroma, 0.564 * noise.chroma)[: 3 if parts[0].shape[2] == 3 else 1]
    draw = np.random.default_rng(0)
    wrong = before = 0.0
    for part in parts:
        signs = [(draw.integers(0, 2, part.shape[:2]) * 2 - 1).astype(np.float32) for _ in spreads]
        given = to_luma_chroma(part)
        more = [one + np.float32(_PROBE * spread) * way for one, spread, way in zip(given, spreads, signs, strict=True)]
        made = to_luma_chroma(run(part))
        shaken = to_luma_chroma(run(from_luma_chroma(more)))
        for at, (spread, way) in enumerate(zip(spreads, signs, strict=True)):
            plane, answer, weight = made[at] - given[at], shaken[at] - made[at], _WEIGHTS[at]
            away = _inside(np.square(plane))
            turned = float(np.sum(_inside(way * answer), dtype=np.float64)) / (_PROBE * spread) if spread else 0.0
            wrong += weight * (float(np.sum(away, dtype=np.float64)) + spread**2 * (2 * turned - away.size))
            before += weight * spread**2 * away.size
    gain = max(_WORST, 1 - float(np.sqrt(max(0.0, wrong) / before)))
    if gain < -_NOTHING:
        return Worth(round(gain, 4), f"it damages more than it takes out noise ({-gain:.0%} more is wrong)")
    return Worth(round(gain, 4), _more("noise", -gain))


def worth_of_enlarging(parts: list[Floats], run: Run, plain: Run) -> Worth:
    """How much more detail there is than in a plain enlargement, if made small again it is the same picture.

    Args:
        parts: what to look at, 0 to 1.
        run: the model.
        plain: enlarges as much without one.
    """
    found = [run(part) for part in parts]
    factor = found[0].shape[0] // parts[0].shape[0]
    made, usual = _beside(found, factor), _beside([plain(part) for part in parts], factor)
    given = _beside(parts)
    small = area_resized(made, given.shape[1], given.shape[0])
    return _compared(usual, made, likeness=(given, small), phases=factor)


def worth_of_enhancing(parts: list[Floats], run: Run) -> Worth:
    """What a model that may do anything does: the best of less noise, more detail and other tones, if it does no harm.

    Whether other tones are better ones is a matter of taste, which nothing can measure: that they are others counts.
    """
    made, given = _beside([run(part) for part in parts]), _beside(parts)
    # Noise and fine detail may change; what is seen from further away may not.
    first, second = (_axes(area_resized(one, given.shape[1] // 4, given.shape[0] // 4)) for one in (given, made))
    found = _compared(given, _toned_as(made, given), likeness=(first, _toned_as(second, first)))
    tones = float(np.mean(np.abs(blurred(second, 2) - blurred(first, 2)))) / _ALL_TONES
    worths = [found]
    if not found.harm and found.gain >= -_DETAIL_SLACK and tones >= USUAL_GAIN:
        worths.append(Worth(round(min(1.0, tones), 4), f"tones change by {tones * _ALL_TONES:.1%}"))
    noise = estimate_noise(np.clip(given, 0, 1))
    if max(noise.luma, noise.chroma) >= LEAST_NOISE:
        worths.append(worth_of_denoising(parts, run, noise))
    return max(worths, key=lambda one: one.gain)


def _compared(before: Floats, after: Floats, *, likeness: tuple[Floats, Floats], phases: int = 1) -> Worth:
    """Detail and harm of a picture against the same picture without the model."""
    was, now = _noise(before), _noise(after)
    if now > max(LEAST_NOISE, _NOISE_SLACK * was):
        return Worth(
            round(max(_WORST, 1 - now / max(was, LEAST_NOISE)), 4), f"noise rises from {was:.3f} to {now:.3f}", True
        )
    alike = ssim(*(_eight(one) for one in likeness))
    if alike < LEAST_LIKENESS:
        words = f"it makes another picture of it (likeness {alike:.2f}, {LEAST_LIKENESS} is the least)"
        return Worth(round(alike - 1, 4), words, True)
    had, has = (_detail(luma_of(one), phases) for one in (before, after))
    if had < _TOLD_FROM_NOISE * was:
        return Worth(0.0, "detail cannot be told from noise")
    gain = max(_WORST, min(1.0, _without(has, now) / _without(had, was) - 1))
    return Worth(round(gain, 4), _more("detail", gain))


def _more(what: str, gain: float) -> str:
    if abs(gain) < _NOTHING:
        return f"{what} stays as it is"
    return f"{what} {'rises' if gain > 0 else 'falls'} by {abs(gain):.0%}"


def _inside(part: Any, factor: int = 1) -> Any:
    """A part without its border, unless little more than that would be left."""
    margin = _MARGIN * factor
    return part[margin:-margin, margin:-margin] if min(part.shape[:2]) >= 6 * margin else part


def _beside(parts: list[Floats], factor: int = 1) -> Floats:
    """Parts of the same height beside each other, without their borders: measured as one picture."""
    inner = [_inside(part, factor) for part in parts]
    return np.ascontiguousarray(np.concatenate(inner, axis=1) if len(inner) > 1 else inner[0])


def _eight(colour: Any) -> Any:
    """Brightness in eight bits."""
    return np.clip(np.rint(luma_of(_axes(colour)) * 255), 0, 255).astype(np.uint8)


def _axes(colour: Any) -> Any:
    return colour if colour.ndim == 3 else colour[:, :, None]


def _noise(colour: Floats) -> float:
    found = estimate_noise(np.clip(colour, 0, 1))
    return max(found.luma, found.chroma)


def _detail(luma: Any, phases: int) -> float:
    """Spread of the differences between neighbours.

    A picture whose pixels are only repeated has steps at every second place and nothing between: of the places within
    what was one pixel, the quietest counts.
    """
    energy = []
    for axis in (0, 1):
        steps = np.square(np.diff(luma, axis=axis))
        each = [np.take(steps, np.arange(at, steps.shape[axis], phases), axis=axis) for at in range(phases)]
        energy.append(min(float(one.mean()) if one.size else 0.0 for one in each))
    return float(np.sqrt(sum(energy) / 2))


def _without(detail: float, sigma: float) -> float:
    """What is left of the differences between neighbours without those that noise makes."""
    return float(np.sqrt(max(0.0, detail**2 - 2 * sigma**2))) or 1e-4


def _toned_as(colour: Any, other: Any) -> Any:
    """A picture with the brightness and the contrast of another: only what it shows is compared."""
    spread = float(colour.std())
    return (colour - colour.mean()) * (float(other.std()) / spread if spread > 1e-4 else 0.0) + other.mean()
