"""Groups of pictures of one dataset whose perceptual hashes are close, found at a million within seconds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T", int, str)

DISTANCE = 3
"""Bits in which the hashes of near duplicates differ at most: one of the four bands is the same then, and finds them."""
_BANDS = 4
_BAND_BITS = np.uint64(16)
_MOST_BESIDE = 64


def near_groups(hashes: NDArray[np.uint64], distance: int = DISTANCE) -> NDArray[np.int64]:
    """A number for each picture: equal for those that belong together, -1 where it is by itself.

    Hashes are sorted by each band in turn, and compared with those beside them that share it; of a band that thousands share,
    some pairs are passed over.

    Args:
        hashes: 64 bits each.
        distance: bits at most.
    """
    pairs: list[NDArray[np.intp]] = []
    for band in range(_BANDS):
        part = (hashes >> (_BAND_BITS * np.uint64(band))) & np.uint64(0xFFFF)
        order = np.lexsort((hashes, part))
        ordered, bands = hashes[order], part[order]
        for apart in range(1, min(_MOST_BESIDE, len(hashes))):
            same = bands[apart:] == bands[:-apart]
            if not same.any():
                break
            close = same & (np.bitwise_count(ordered[apart:] ^ ordered[:-apart]) <= distance)
            at = np.flatnonzero(close)
            pairs.append(np.stack([order[at], order[at + apart]], 1))
    return joined(len(hashes), np.concatenate(pairs) if pairs else np.empty((0, 2), np.intp))


def joined(count: int, pairs: NDArray[np.intp]) -> NDArray[np.int64]:
    """Groups that pairs make: the place of the first of each, -1 for what is in no pair."""
    found = np.full(count, -1, dtype=np.int64)
    for at, first in linked(np.unique(pairs, axis=0).tolist()).items():
        found[at] = first
    return found


def linked(pairs: Iterable[tuple[T, T]]) -> dict[T, T]:
    """Thing -> the least of those that pairs link it with, directly or through others; of each thing that is in a pair."""
    above: dict[T, T] = {}

    def root(one: T) -> T:
        above.setdefault(one, one)
        while above[one] != one:
            above[one] = above[above[one]]
            one = above[one]
        return one

    for one, other in pairs:
        least, rest = sorted((root(one), root(other)))
        above[rest] = least
    return {one: root(one) for one in list(above)}


def merged(names: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Key -> group, where each pair says that a key belongs to a group and a key of several groups joins them.

    A group is called by the first of the names that went into it, so that the order of the pairs does not matter.
    """
    groups_of: dict[str, str] = {}
    least = linked((groups_of.setdefault(key, group), group) for key, group in names)
    return {key: least[group] for key, group in groups_of.items()}
