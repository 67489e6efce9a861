"""Finding perceptual hashes that are close, with an ordinary index.

A 64-bit hash is stored as four bands of 16 bits. If two hashes differ in at most seven bits, one of their bands differs
in at most one bit (four bands with two each would make eight). So looking for each band of a hash and for each of its
neighbours at one bit finds all of them: 68 look-ups, exact up to a distance of seven.
"""

from __future__ import annotations

BANDS = 4
BAND_BITS = 16
MAX_DISTANCE = 7
"""The largest distance for which the look-up finds everything."""


def bands(phash: str) -> list[int]:
    """The bands of a hash, each with its position in the high bits, as they are stored and indexed."""
    return [(band << BAND_BITS) | int(phash[band * 4 : band * 4 + 4], 16) for band in range(BANDS)]


def probes(phash: str, distance: int) -> list[int]:
    """The stored bands of which every hash within `distance` has at least one."""
    exact = bands(phash)
    if distance < BANDS:  # three differing bits leave one band of the four untouched
        return exact
    return [band ^ flip for band in exact for flip in (0, *(1 << bit for bit in range(BAND_BITS)))]


def hamming(one: int, other: int) -> int:
    """Bits in which two hashes differ."""
    return (one ^ other).bit_count()
