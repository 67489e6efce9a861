"""Groups of pictures of one dataset whose perceptual hashes are close, found at a million within seconds."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

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
    first = np.arange(count)

    def root(at: int) -> int:
        while first[at] != at:
            first[at] = first[first[at]]
            at = int(first[at])
        return at

    for one, other in np.unique(pairs, axis=0).tolist():
        low, high = sorted((root(one), root(other)))
        first[high] = low
    found = np.full(count, -1, dtype=np.int64)
    for at in np.unique(pairs).tolist():
        found[at] = root(at)
    return found


def merged(names: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Key -> group, where each pair says that a key belongs to a group and a key of several groups joins them.

    A group is called by the first of the names that went into it, so that the order of the pairs does not matter.
    """
    above: dict[str, str] = {}

    def root(name: str) -> str:
        above.setdefault(name, name)
        while above[name] != name:
            above[name] = above[above[name]]
            name = above[name]
        return name

    pairs = list(names)
    groups_of: dict[str, str] = {}
    for key, group in pairs:
        before = groups_of.setdefault(key, group)
        low, high = sorted((root(before), root(group)))
        above[high] = low
    return {key: root(group) for key, group in groups_of.items()}
