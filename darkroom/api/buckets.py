"""Token buckets: an allowance that fills up evenly, spent by cost, for many keys in bounded memory."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

WINDOW_SECONDS = 60
"""A bucket that is empty is full again after this long."""

_MOST_KEYS = 20_000


@dataclass(frozen=True, slots=True)
class Level:
    """How full a bucket is."""

    allowed: bool
    """Whether what was asked for was there."""
    left: int
    """Whole units left."""
    full_seconds: int
    """Until it is full again."""
    wait_seconds: int
    """Until what was asked for is there."""


class Buckets:
    """One bucket for each key.

    Args:
        capacity: units that a full bucket holds; it gains as many in `WINDOW_SECONDS`.
        clock: seconds that never go back.
    """

    def __init__(self, capacity: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.capacity = capacity
        self._rate = capacity / WINDOW_SECONDS
        self._clock = clock
        self._found: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._spent: dict[str, float] = {}

    def take(self, key: str, cost: float) -> Level:
        """Take units, if they are there; what costs more than a full bucket takes a full one and leaves a debt."""
        level = self.look(key, cost)
        if not level.allowed:
            return level
        self._keep(key, self._units(key) - cost)
        self._note(key, cost)
        after = self.look(key, 0)
        return Level(True, after.left, after.full_seconds, 0)

    def look(self, key: str, cost: float) -> Level:
        """Whether `cost` units are there, taking none."""
        units = self._units(key)
        wanted = min(cost, self.capacity)
        wait = 0 if units >= wanted else max(1, math.ceil((wanted - units) / self._rate))
        full = math.ceil((self.capacity - units) / self._rate)
        return Level(wait == 0, max(0, int(units)), full, wait)

    def charge(self, key: str, cost: float) -> None:
        """Take units after the fact, whether or not they are there; a debt is at most one full bucket."""
        self._keep(key, max(self._units(key) - cost, -float(self.capacity)))
        self._note(key, cost)

    # What other processes must know

    @property
    def has_spent(self) -> bool:
        """Whether anything was taken since `drain`."""
        return bool(self._spent)

    def drain(self) -> dict[str, float]:
        """What was taken since the last time, by key."""
        spent, self._spent = self._spent, {}
        return spent

    def take_back(self, spent: Mapping[str, float]) -> None:
        """Keep what was drained for the next time."""
        for key, units in spent.items():
            self._note(key, units)

    def adopt(self, left: Mapping[str, float]) -> None:
        """Fill buckets as all processes together have left them, less what was taken here meanwhile."""
        for key, units in left.items():
            self._keep(key, max(units - self._spent.get(key, 0.0), -float(self.capacity)))

    def _note(self, key: str, cost: float) -> None:
        if cost and (key in self._spent or len(self._spent) < _MOST_KEYS):
            self._spent[key] = self._spent.get(key, 0.0) + cost

    def _units(self, key: str) -> float:
        found = self._found.get(key)
        if found is None:
            return float(self.capacity)
        units, at = found
        return min(self.capacity, units + (self._clock() - at) * self._rate)

    def _keep(self, key: str, units: float) -> None:
        self._found[key] = (units, self._clock())
        self._found.move_to_end(key)
        # Whoever has not asked for the longest time is likely to have a full bucket again, which is none.
        while len(self._found) > _MOST_KEYS:
            self._found.popitem(last=False)
