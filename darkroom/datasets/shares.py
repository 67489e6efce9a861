"""Shares of counted things with the intervals that hold the true ones in 95 of 100 cases."""

from __future__ import annotations

import math

from darkroom.domain.training import Interval

SURE = 1.959963984540054
"""The normal distribution holds 95 % within this many standard deviations."""


def wilson(hits: int, count: int) -> Interval:
    """A share with its interval (Wilson, 1927), which stays sensible near 0 and 1 and for few examples."""
    share = hits / count
    width = SURE * math.sqrt(share * (1 - share) / count + SURE**2 / (4 * count**2))
    middle = share + SURE**2 / (2 * count)
    scale = 1 + SURE**2 / count
    low, high = max(0.0, (middle - width) / scale), min(1.0, (middle + width) / scale)
    return Interval(value=share, low=min(low, share), high=max(high, share), count=count)


def difference(one: Interval, other: Interval) -> tuple[float, float, float]:
    """By how much one share is more than another of different things, with the interval (Newcombe, 1998, method 10).

    Returns:
        The difference from -1 to 1, its lower and its upper end.
    """
    apart = one.value - other.value
    below = math.hypot(one.value - one.low, other.high - other.value)
    above = math.hypot(one.high - one.value, other.value - other.low)
    return apart, apart - below, apart + above
