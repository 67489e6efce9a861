"""What a learned model is worth on one picture, without knowing how the picture should be: measured before it is used.

Everything is a share, so that one threshold fits all: of the noise, how much less is wrong afterwards; of the detail, how
much more there is; of the tones, how far they moved. What does harm is worth less than nothing, whatever else it does.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from darkroom.imaging import native
from darkroom.imaging.formats.similarity import ssim
from darkroom.imaging.operations.base import Floats
from darkroom.imaging.operations.denoise_estimate import estimate_noise
from darkroom.imaging.operations.detail_planes import area_resized, blurred, luma_of
from darkroom.imaging.operations.gain import (
    LEAST_NOISE,
    USUAL_GAIN,
    WORST,
    Run,
    Worth,
    inside,
    more,
    worth_of_denoising,
)

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
# Differences between neighbours that are not this many times the noise may be nothing else.
_TOLD_FROM_NOISE = 2.5


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
        worths.append(worth_of_denoising(parts, run))
    return max(worths, key=lambda one: one.gain)


def _compared(before: Floats, after: Floats, *, likeness: tuple[Floats, Floats], phases: int = 1) -> Worth:
    """Detail and harm of a picture against the same picture without the model."""
    was, now = _noise(before), _noise(after)
    if now > max(LEAST_NOISE, _NOISE_SLACK * was):
        return Worth(
            round(max(WORST, 1 - now / max(was, LEAST_NOISE)), 4), f"noise rises from {was:.3f} to {now:.3f}", True
        )
    alike = ssim(*(_eight(one) for one in likeness))
    if alike < LEAST_LIKENESS:
        words = f"it makes another picture of it (likeness {alike:.2f}, {LEAST_LIKENESS} is the least)"
        return Worth(round(alike - 1, 4), words, True)
    had, has = (_detail(luma_of(one), phases) for one in (before, after))
    if had < _TOLD_FROM_NOISE * was:
        return Worth(0.0, "detail cannot be told from noise")
    gain = max(WORST, min(1.0, _without(has, now) / _without(had, was) - 1))
    return Worth(round(gain, 4), more("detail", gain))


def _beside(parts: list[Floats], factor: int = 1) -> Floats:
    """Parts of the same height beside each other, without their borders: measured as one picture."""
    inner = [inside(part, factor) for part in parts]
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
