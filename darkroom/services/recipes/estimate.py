"""What an order will take, said before it runs: pictures, seconds with an interval, bytes."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

Sample = tuple[float, float, int]
"""Megapixels of a source, seconds and bytes of its result."""

# Two-sided 90 % of Student's distribution by degrees of freedom; few samples say little.
_STUDENT = {1: 6.3, 2: 2.92, 3: 2.35, 4: 2.13, 5: 2.02, 8: 1.86, 15: 1.75, 30: 1.70}
_MORE = 1.65
_START_SECONDS = 1.0


@dataclass(frozen=True)
class Guess:
    """A number that is not known yet, and the interval in which it lies nine times out of ten."""

    expected: float
    low: float
    high: float


def guess(samples: Sequence[Sample], megapixels: Sequence[float], workers: int) -> tuple[Guess, Guess]:
    """Seconds and bytes for pictures of these sizes.

    Args:
        samples: of results of the same recipe.
        megapixels: of each picture that will be computed.
        workers: pictures in work at the same time.
    """
    if not megapixels:
        return Guess(0.0, 0.0, 0.0), Guess(0.0, 0.0, 0.0)
    parallel = min(workers, len(megapixels))
    seconds = _total([(size, spent) for size, spent, _ in samples], megapixels)
    found = Guess(*(one / parallel + _START_SECONDS for one in (seconds.expected, seconds.low, seconds.high)))
    return found, _total([(size, float(count)) for size, _, count in samples], megapixels)


def _total(samples: Sequence[tuple[float, float]], megapixels: Sequence[float]) -> Guess:
    """The sum over all pictures by the ratio to their size."""
    sizes = [max(size, 1e-3) for size, _ in samples]
    values = [value for _, value in samples]
    ratio = sum(values) / sum(sizes)
    count, total = len(megapixels), sum(max(size, 1e-3) for size in megapixels)
    expected = ratio * total
    if len(samples) < 2:
        return Guess(expected, expected / 4, expected * 4)
    spread = statistics.stdev([value - ratio * size for value, size in zip(values, sizes, strict=True)])
    # The ratio itself is uncertain, and each picture differs from it.
    error = math.sqrt(count**2 * spread**2 / len(samples) + count * spread**2)
    factor = next((value for most, value in _STUDENT.items() if len(samples) - 1 <= most), _MORE)
    return Guess(expected, max(expected - factor * error, expected / 10), expected + factor * error)
