"""What taking out noise is worth on one picture, told from what was taken away, and the rule that too little is nothing.

Nobody knows the clean picture, and the noise of cameras is neither white nor even: light adds to it, demosaicing spreads
it, JPEG takes part of it. But what a filter took away can be looked at (the method noise of Buades, Coll and Morel 2005).
In the quietest places of like brightness it is noise, whatever its kind; where more is taken than there, it is detail.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from pydantic import Field

from darkroom.imaging.operations.base import Array, Floats, Params, to_float
from darkroom.imaging.operations.denoise_estimate import (
    BLOCK,
    CLIPPED,
    LEAST_BLOCKS,
    bands_of,
    expected_of_iso,
    quietest,
)
from darkroom.imaging.operations.detail_planes import block_means, blurred, to_luma_chroma
from darkroom.imaging.operations.gain_signs import is_detail

USUAL_GAIN = 0.05
"""What is worth less than this nobody sees."""
LEAST_NOISE = 0.004
"""One level of eight bits: fainter noise cannot be seen, and what a filter then takes is detail."""
WORST = -1.0
"""A gain says no more than that everything is lost."""
NOTHING = 0.005
"""A gain that is as good as none."""

# Quiet places of photographs have detail of about one level in the brightness, which nobody can tell from noise;
# in a meadow there is no quiet place, but a meadow is far beyond the noise of any camera at ISO 100.
_HIDDEN = 0.005
_MOST_OF_ISO = 6.0
# Light changes the variance of noise no more than so many times from shadows to highlights; texture may lie on one of them.
_MOST_OF_LIGHT = 3.0
_QUIET = 0.35
_QUIETEST = 0.03
# Of the result: what varies more slowly than this many pixels is the picture.
_SMOOTH = 3.0
# What brightness and its two differences of colour count in red, green and blue together.
_WEIGHTS = (3.0, 2.475, 3.258)
_UNTOUCHED = 1e-10
# What is taken out of even noise differs from block to block by about this share; only what is beyond is detail.
_SPREAD = 1.15

# At the border of a part a model lacks surroundings that the picture has.
_MARGIN = 16

# A regular sample of the picture, three hundredths of a large one.
_GRID = 3
_SIDES = (80, 256)
_SAMPLED = 0.03

Run = Callable[[Floats], Floats]
"""A filter or a model on a part of a picture."""
P = TypeVar("P", bound="GatedParams")


@dataclass(frozen=True)
class Worth:
    """What an operation is worth on a picture."""

    gain: float
    """A share from -1 to 1; below 0 where it does harm."""
    words: str
    """What it does, for people: `noise falls by 62%`."""
    harm: bool = False
    """Whether it does what no benefit makes up for."""


class GatedParams(Params):
    """Parameters of an operation that is used only where it is worth while."""

    min_gain: float = Field(USUAL_GAIN, ge=0, le=1, json_schema_extra={"step": 0.01})
    """Least benefit, as a share: a picture on which it is worth less is not changed by it; 0 always uses it."""
    gain: float | None = Field(None, ge=-1, le=1)
    """What it is worth on this picture, below 0 where it does harm; empty: measured."""

    @property
    def refused(self) -> bool:
        """Whether it is not worth while on this picture, as far as that was measured."""
        return self.min_gain > 0 and self.gain is not None and self.gain < self.min_gain

    def measures(self) -> bool:
        """Whether it must be measured yet."""
        return self.min_gain > 0 and self.gain is None


def judged(params: P, worth: Worth, cause: str = "left as it was:") -> tuple[P, str]:
    """Parameters with what was found, and why nothing is done where it is not worth while.

    Args:
        params: of the operation.
        worth: what it is worth.
        cause: how the reason begins.
    """
    found = params.model_copy(update={"gain": worth.gain})
    if not found.refused:
        return found, ""
    least = f"; at least {params.min_gain:.0%} is wanted (min_gain)" if worth.gain >= 0 else ""
    return found, f"{cause} {worth.words}{least}"


def samples(colour: Array) -> list[Floats]:
    """Parts spread evenly over a picture, 0 to 1; all of a small one.

    Args:
        colour: height x width x 1 or 3 of any depth.
    """
    height, width = colour.shape[:2]
    wanted = (height * width * _SAMPLED) ** 0.5 / _GRID
    side = int(min(max(_SIDES[0], wanted // BLOCK * BLOCK), _SIDES[1]))
    rows, columns = _places(height, side), _places(width, side)
    return [to_float(np.ascontiguousarray(colour[row, column])) for row in rows for column in columns]


def _places(length: int, side: int) -> list[slice]:
    count = min(_GRID, length // side)
    if count < _GRID and length < (count + 1) * side * 2:
        return [slice(0, length)]
    room = length / count - side
    return [slice(start, start + side) for start in (round((at + 0.5) * room + at * side) for at in range(count))]


def inside(plane: Any, factor: int = 1) -> Any:
    """A plane without its border, unless little more than that would be left."""
    margin = _MARGIN * factor
    return plane[margin:-margin, margin:-margin] if min(plane.shape[:2]) >= 6 * margin else plane


def worth_of_denoising(
    parts: Sequence[Floats], run: Run, inner: Callable[[Any], Any] = inside, iso: float | None = None
) -> Worth:
    """How much less is wrong afterwards: the noise that was taken out, less the detail that went with it.

    Brightness and colours are looked at apart; what is left as it was does not count.

    Args:
        parts: what to look at, 0 to 1.
        run: what takes out noise.
        inner: takes the border from a plane of a part, where what it does there is not what it does to the picture.
        iso: sensitivity of the exposure, where it is known; what no camera has of noise there is detail.
    """
    gain, sure = told(parts, run, inner, iso)
    if gain is None:
        return Worth(0.0, more("noise", 0.0))
    if gain >= NOTHING and is_detail(parts, sure):
        return Worth(0.0, "what it would take away looks like detail, not like noise")
    return Worth(round(gain, 4), _damages(gain) if gain < -NOTHING else more("noise", -gain))


def told(
    parts: Sequence[Floats], run: Run, inner: Callable[[Any], Any] = inside, iso: float | None = None
) -> tuple[float | None, float]:
    """The gain if the quiet places hold nothing but noise, and if only the very quietest do; nothing where nothing was taken.

    Args:
        parts: as `worth_of_denoising`.
        run: likewise.
        inner: likewise.
        iso: likewise.
    """
    brightness, planes = _looked_at(parts, run, inner)
    bands = _bands(brightness)
    most = (_MOST_OF_ISO * expected_of_iso(iso)) ** 2 if iso is not None else 1.0
    return _gain(planes, bands, most, _QUIET), _gain(planes, bands, most, _QUIETEST) or 0.0


def _gain(planes: list[_Plane], bands: list[Any], most: float, share: float) -> float | None:
    """The gain; nothing where nothing was taken.

    Args:
        planes: of brightness and colours.
        bands: blocks of like brightness.
        most: variance of the noise, at most.
        share: of the blocks of a band that is taken for noise alone.
    """
    less = noise = 0.0
    for plane, (weight, hidden) in zip(planes, zip(_WEIGHTS, (_HIDDEN, 0.0, 0.0), strict=True), strict=False):
        if float(plane.taken.mean()) < _UNTOUCHED:
            continue
        quiet = [_quiet(plane, band, share) for band in bands]
        limit = _MOST_OF_LIGHT * min(one.around for one in quiet)
        for band, usual in zip(bands, (one.limited(limit) for one in quiet), strict=True):
            drop, before = _told(plane.taken[band], usual, max(hidden**2, usual.around - most))
            less, noise = less + weight * drop, noise + weight * before
    if noise <= 0:
        return None if less >= 0 else WORST
    return max(WORST, 1 - float(np.sqrt(max(0.0, 1 - less / noise))))


def _damages(gain: float) -> str:
    return f"it damages more than it takes out noise ({-gain:.0%} more is wrong)"


def more(what: str, gain: float) -> str:
    """What happens to it, for people."""
    if abs(gain) < NOTHING:
        return f"{what} stays as it is"
    return f"{what} {'rises' if gain > 0 else 'falls'} by {abs(gain):.0%}"


@dataclass(frozen=True)
class _Plane:
    """Mean squares of each block of a plane."""

    around: Any
    """Of the source around what is smooth in the result: noise, where there is nothing else."""
    less: Any
    """How much nearer the result is to that."""
    taken: Any
    """Of what was taken away."""


@dataclass(frozen=True)
class _Usual:
    """The same of noise: means over the blocks where there is nothing else."""

    around: float
    less: float
    taken: float

    def limited(self, most: float) -> _Usual:
        """As far as it is noise, where there can be so much of it."""
        share = min(1.0, most / max(self.around, 1e-12))
        return _Usual(self.around * share, self.less * share, self.taken * share)


def _looked_at(parts: Sequence[Floats], run: Run, inner: Callable[[Any], Any]) -> tuple[Any, list[_Plane]]:
    """Brightness of the blocks, and what happened in them."""
    brightness: list[Any] = []
    found: list[list[tuple[Any, Any, Any]]] = []
    for part in parts:
        given, made = ([inner(plane) for plane in to_luma_chroma(one)] for one in (part, run(part)))
        brightness.append(_blocks(given[0]))
        found.append([_compared(before, after) for before, after in zip(given, made, strict=True)])
    planes = [
        _Plane(*(np.concatenate(one) for one in zip(*of_parts, strict=True))) for of_parts in zip(*found, strict=True)
    ]
    return np.concatenate(brightness), planes


def _compared(before: Any, after: Any) -> tuple[Any, Any, Any]:
    taken, around = before - after, before - blurred(after, _SMOOTH)
    return _blocks(around * around), _blocks(taken * (2 * around - taken)), _blocks(taken * taken)


def _blocks(plane: Any) -> Any:
    return block_means(plane, BLOCK).ravel()


def _bands(brightness: Any) -> list[Any]:
    """Blocks of like brightness, for light adds to noise; those where clipping has cut it off only if there are no others."""
    usable = np.flatnonzero((brightness > CLIPPED) & (brightness < 1 - CLIPPED))
    if usable.size < LEAST_BLOCKS:
        usable = np.arange(brightness.size)
    return bands_of(brightness, usable)


def _quiet(plane: _Plane, band: Any, share: float) -> _Usual:
    """What happened in the quietest of the blocks."""
    chosen = quietest(plane.around, band, share)
    return _Usual(*(float(one[chosen].mean()) for one in (plane.around, plane.less, plane.taken)))


def _told(taken: Any, usual: _Usual, hidden: float) -> tuple[float, float]:
    """How much less is wrong in blocks of like brightness, and how much was: sums of squares.

    Args:
        taken: mean square of what was taken from each block.
        usual: what happens to noise.
        hidden: variance of the detail that cannot be told from noise.
    """
    # Of hidden detail the same share goes as of the noise: nothing of it should, and it is not noise that was there.
    gone = min(1.0, float(np.sqrt(usual.taken / max(usual.around, 1e-12))))
    drop = usual.less - 2 * min(hidden, usual.around) * gone
    drops = drop * np.minimum(1, taken / max(usual.taken, 1e-12)) - np.maximum(0, taken - _SPREAD * usual.taken)
    return float(drops.sum()), max(0.0, usual.around - hidden) * taken.size
