"""Signs by which fine even texture is told from noise, where both fill the quietest places of a picture.

Noise is nearly the same in all places of like brightness, whatever is around it; it is spread over all fine sizes alike;
and it is another one in each colour, unless a mosaic or JPEG made the colours coarse. Texture of leaves, cloth or sand is
nearly the same in red, green and blue, and there is more of it where there is more of larger detail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from darkroom.imaging import native
from darkroom.imaging.operations.base import Floats
from darkroom.imaging.operations.denoise_estimate import BLOCK, CLIPPED, answer, bands_of, quietest, spread_of_quiet
from darkroom.imaging.operations.detail_planes import area_resized, block_means, blurred, luma_of

# So few blocks tell nothing.
_ENOUGH = 24
_QUIET = 0.35
_SMOOTH = 3.0
_LUMA = np.array([0.299, 0.587, 0.114])
# Cr and Cb, with the spread that they have in the noise of one colour.
_CHROMA = np.array([[0.701, -0.587, -0.114], [-0.299, -0.587, 0.886]])
_PAIRS = ((0, 0), (1, 1), (2, 2), (0, 1), (1, 2), (0, 2))
# Colours that agree better than this in fine detail are those of a mosaic or of JPEG, or of texture.
_COARSE_COLOURS = 0.85
# Where colours have so small a share of what is fine there is none: a grey picture of three planes.
_NO_COLOURS = 2e-4
_TINY = 1e-9

SIGNS = ("even", "evener", "octave", "next", "diagonal", "slope", "follows", "larger", "sure")
COLOUR_SIGNS = ("least", "least_half", "volume", "even_colour")
WEIGHTS: dict[str, tuple[float, ...]] = {
    # 1,299 cases: constant, even, evener, octave, next, diagonal, slope, follows, larger, sure
    "grey": (-2.66, -4, -4.76, -0.514, -8.68, -8.31, -15.3, 6.29, 2.73, 5.46),
    # 2,920 cases: constant, even, evener, octave, next, diagonal, slope, follows, larger, sure, least, least_half, volume, even_colour
    "sharp": (3.43, -3.68, -0.361, 0.473, -4.38, -1.08, 1.61, -1.04, 0.681, 3.1, 2.21, 0.599, -0.432, -3.43),
    # 2,469 cases: constant, even, evener, octave, next, diagonal, slope, follows, larger, sure, least, least_half, volume, even_colour
    "coarse": (-3.83, 1, -9.36, -1.12, 1.32, -19.9, -8.98, 6.53, 1.41, 9.96, -1.21, 0.389, 1.49, 1.05),
}
"""A constant and a weight for each sign, by logistic regression over known pictures: `python -m benchmarks.gain_weights`."""


@dataclass(frozen=True)
class Signs:
    """What was found, and which weights count."""

    sort: str
    """`grey`, `sharp` (colours as sharp as the brightness) or `coarse`."""
    values: tuple[float, ...]

    @property
    def score(self) -> float:
        """Logarithm of the odds that it is noise, less what is asked."""
        first, *weights = WEIGHTS[self.sort]
        return first + float(np.dot(weights, self.values))


@dataclass(frozen=True)
class _Blocks:
    """Mean squares and products of each block, and its brightness."""

    light: Any
    around: Any
    """Of the brightness around what is smooth, without its noise."""
    taken: Any
    """Of what a plain filter takes from it: itself, and with its neighbours beside and across."""
    fine: Any
    """Products of the fine detail of the colours."""
    half: Any
    """The same in a copy of half the size."""
    quarter: Any
    """Fine detail of the brightness in a copy of a quarter of the size."""


def is_detail(parts: Sequence[Floats], sure: float) -> bool:
    """Whether what fills the quietest places looks like detail.

    Args:
        parts: of a picture, 0 to 1.
        sure: the gain that its very quietest places tell, -1 to 1.
    """
    found = signs(parts, sure)
    return found is not None and found.score < 0


def signs(parts: Sequence[Floats], sure: float) -> Signs | None:
    """The signs; nothing where there is too little to see.

    Args:
        parts: of a picture, 0 to 1.
        sure: the gain that its very quietest places tell, -1 to 1.
    """
    whole = [one for one in (_whole_blocks(part) for part in parts) if one is not None]
    if not whole:
        return None
    fine = [_products(part, BLOCK) for part in whole]
    spread, _ = spread_of_quiet(*(np.concatenate(one) for one in zip(*map(_energies, whole, fine), strict=True)))
    found = _Blocks(*(np.concatenate(one, axis=-1) for one in zip(*(
        _looked_at(part, one, spread) for part, one in zip(whole, fine, strict=True)
    ), strict=True)))  # fmt: skip
    usable = np.flatnonzero((found.light > CLIPPED) & (found.light < 1 - CLIPPED))
    return _told(found, usable, sure) if usable.size >= _ENOUGH else None


def _whole_blocks(part: Floats) -> Any:
    rows, columns = (side // BLOCK * BLOCK for side in part.shape[:2])
    return part[:rows, :columns] if rows and columns else None


def _products(part: Any, side: int) -> Any:
    """Means over blocks of the products of what is fine in the colours."""
    cv2 = native.cv2()
    planes = [answer(np.ascontiguousarray(part[..., at])) for at in range(part.shape[2])]
    pairs = _PAIRS if len(planes) == 3 else _PAIRS[:1]
    return np.stack([block_means(cv2.multiply(planes[one], planes[other]), side).ravel() for one, other in pairs])


def _energies(part: Any, fine: Any) -> tuple[Any, Any]:
    return _of_luma(fine), block_means(luma_of(part), BLOCK).ravel()


def _of_luma(products: Any) -> Any:
    """Mean squares in the brightness, from those of the colours."""
    if len(products) == 1:
        return products[0]
    return np.maximum(_along(products, _LUMA), 0)


def _along(products: Any, weights: Any) -> Any:
    twice = [(1 if one == other else 2) * weights[one] * weights[other] for one, other in _PAIRS]
    return np.tensordot(twice, products, 1)


def _looked_at(part: Any, fine: Any, spread: float) -> tuple[Any, ...]:
    cv2 = native.cv2()
    luma = luma_of(part)
    smooth = cv2.bilateralFilter(luma, 5, 3 * spread, 2.0) if spread > 0 else luma
    taken, around = luma - smooth, luma - blurred(smooth, _SMOOTH)
    beside = (taken[:, :-1] * taken[:, 1:], taken[:-1] * taken[1:], taken[:-1, :-1] * taken[1:, 1:])
    shape = luma.shape
    products = [block_means(taken * taken, BLOCK).ravel()]
    products += [block_means(_padded(one, shape), BLOCK).ravel() for one in beside]
    height, width = shape
    half = area_resized(np.ascontiguousarray(part), width // 2, height // 2).reshape(height // 2, width // 2, -1)
    quarter = area_resized(luma, width // 4, height // 4)[..., None]
    return (
        block_means(luma, BLOCK).ravel(), block_means(around * around, BLOCK).ravel(), np.stack(products), fine,
        _products(half, BLOCK // 2), _products(quarter, BLOCK // 4)[0],
    )  # fmt: skip


def _padded(plane: Any, shape: tuple[int, int]) -> Any:
    rows, columns = shape[0] - plane.shape[0], shape[1] - plane.shape[1]
    return native.cv2().copyMakeBorder(plane, 0, rows, 0, columns, native.cv2().BORDER_REPLICATE)


def _told(found: _Blocks, usable: Any, sure: float) -> Signs:
    bands = bands_of(found.light, usable)
    quiet = np.concatenate([quietest(found.around, band, _QUIET) for band in bands])
    luma, half = _of_luma(found.fine), _of_luma(found.half)
    slope, follows, larger = _beside_larger(luma[usable], found.quarter[usable])
    taken, beside, below, across = found.taken[:, quiet].mean(axis=1)
    values = [
        _rise(found.taken[0], bands, 0.05, 0.2), _rise(found.taken[0], bands, 0.05, 0.35),
        _log(half[quiet].mean()) - _log(luma[quiet].mean()),
        float((beside + below) / 2 / max(taken, _TINY)), float(across / max(taken, _TINY)),
        slope, follows, larger, sure,
    ]  # fmt: skip
    sort = _sort(found, quiet)
    if sort != "grey":
        values += _of_colours(found, quiet, bands)
    return Signs(sort, tuple(values))


def _log(value: Any) -> float:
    return float(np.log(max(float(value), _TINY)))


def _rise(energy: Any, bands: list[Any], low: float, high: float) -> float:
    """How much more there is in the places that are less quiet."""
    return float(np.mean([_log(np.quantile(energy[one], high)) - _log(np.quantile(energy[one], low)) for one in bands]))


def _beside_larger(fine: Any, larger: Any) -> tuple[float, float, float]:
    """How fine detail grows with larger detail, from block to block: the slope, how well it follows, and its spread."""
    one, other = (np.log(np.maximum(values, _TINY)) for values in (fine, larger))
    one, other = one - one.mean(), other - other.mean()
    both, of_one, of_other = (float(np.mean(values)) for values in (one * other, one * one, other * other))
    return both / max(of_other, 1e-3), both / max(of_one * of_other, 1e-8) ** 0.5, of_other**0.5


def _sort(found: _Blocks, quiet: Any) -> str:
    if len(found.fine) == 1:
        return "grey"
    half = found.half[:, quiet].mean(axis=1)
    if _along(half, _CHROMA[0]) + _along(half, _CHROMA[1]) < _NO_COLOURS * _along(half, _LUMA):
        return "grey"
    red, green, blue, *crossed = found.fine[:, quiet].mean(axis=1)
    spreads = np.sqrt(np.array([red * green, green * blue, red * blue]) + _TINY**1.5)
    return "coarse" if float(np.mean(crossed / spreads)) > _COARSE_COLOURS else "sharp"


def _of_colours(found: _Blocks, quiet: Any, bands: list[Any]) -> list[float]:
    """How little there is in what the colours have least in common, beside the brightness; and how even the colours are."""
    fine, half = (
        [_log(one) for one in np.linalg.eigvalsh(_matrix(products[:, quiet].mean(axis=1)))]
        for products in (found.fine, found.half)
    )
    light, light_half = (_log(_of_luma(products)[quiet].mean()) for products in (found.fine, found.half))
    colours = np.maximum(_along(found.fine, _CHROMA[0]) + _along(found.fine, _CHROMA[1]), 0)
    return [fine[0] - light, half[0] - light_half, float(np.mean(fine)) - light, _rise(colours, bands, 0.05, 0.35)]


def _matrix(products: Any) -> Any:
    found = np.empty((3, 3))
    for (one, other), value in zip(_PAIRS, products, strict=True):
        found[one, other] = found[other, one] = value
    return found
