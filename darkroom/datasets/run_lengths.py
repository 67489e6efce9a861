"""Masks in run lengths, as COCO has them: columns from the left, runs of outside and inside in turn; read as outlines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MOST_PIXELS = 100_000_000
_BITS, _MORE, _SIGN = 0x1F, 0x20, 0x10
_FIRST = 48
_BEND = 0.6
_FEWEST = 3

Place = tuple[int, int]


def outlines(said: Any, shape: tuple[float, float]) -> Iterator[list[tuple[float, float]]]:
    """The outlines of the parts of a mask, as shares of the picture; holes are filled, and steps of less than a pixel are straightened.

    Args:
        said: `size` (rows, columns) and `counts`, a list or the text that the tools of COCO make of it.
        shape: width and height of the picture.

    Raises:
        ValueError: it is no such mask, or one of another size than the picture.
    """
    rows, columns = (int(one) for one in said["size"])
    if [columns, rows] != [*shape] or not 0 < rows * columns <= _MOST_PIXELS:
        raise ValueError("it has another size than its picture")
    counts = said["counts"]
    runs = np.asarray(_counts(counts) if isinstance(counts, str) else counts, np.int64)
    if runs.ndim != 1 or (runs < 0).any() or int(runs.sum()) != rows * columns:
        raise ValueError("its runs do not fill its picture")
    inside: NDArray[np.bool_] = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
    yield from _traced(inside.reshape(columns, rows).T)


def _counts(text: str) -> list[int]:
    """Runs from text: five bits a letter, the least first; all but the first three are told as differences to the last but one."""
    found: list[int] = []
    value = shift = 0
    for letter in text:
        bits = ord(letter) - _FIRST
        if not 0 <= bits < 2 * _MORE or shift > 40:
            raise ValueError("its counts are no run lengths")
        value |= (bits & _BITS) << shift
        shift += 5
        if bits & _MORE:
            continue
        if bits & _SIGN:
            value -= 1 << shift
        found.append(value + found[-2] if len(found) > 2 else value)
        value = shift = 0
    if shift:
        raise ValueError("its counts end too early")
    return found


def _traced(inside: NDArray[np.bool_]) -> Iterator[list[tuple[float, float]]]:
    """Outlines of the parts that touch by their sides; they run between pixels."""
    height, width = inside.shape
    for loop in _loops(np.pad(inside, 1)):
        x, y = loop[:, 0].astype(np.float64), loop[:, 1].astype(np.float64)
        # Holes go round the other way.
        if float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) > 0:
            half = len(loop) // 2
            corners = np.concatenate(
                [_straightened(loop[: half + 1])[:-1], _straightened(np.vstack([loop[half:], loop[:1]]))[:-1]]
            )
            if len(corners) >= _FEWEST:
                yield [((px - 1) / width, (py - 1) / height) for px, py in corners.tolist()]


def _loops(inside: NDArray[np.bool_]) -> Iterator[NDArray[np.int64]]:
    """The ways round all parts and holes, corner by corner of the pixels; what is inside lies to the right."""
    leads: dict[Place, list[Place]] = {}
    sides: list[tuple[NDArray[np.bool_], Place, Place]] = [
        (inside[1:] & ~inside[:-1], (0, 1), (1, 1)), (~inside[1:] & inside[:-1], (1, 1), (0, 1)),
        (inside[:, :-1] & ~inside[:, 1:], (1, 0), (1, 1)), (~inside[:, :-1] & inside[:, 1:], (1, 1), (1, 0)),
    ]  # fmt: skip
    for edge, start, end in sides:
        for y, x in np.argwhere(edge).tolist():
            leads.setdefault((x + start[0], y + start[1]), []).append((x + end[0], y + end[1]))
    while leads:
        first = at = next(iter(leads))
        loop: list[Place] = []
        way = (0, 0)
        while not loop or at != first:
            loop.append(at)
            nexts = leads[at]
            # Where two parts touch by a corner, the turn to the right stays with the part.
            nexts.sort(key=lambda to: way[0] * (to[1] - at[1]) - way[1] * (to[0] - at[0]))
            to = nexts.pop()
            if not nexts:
                del leads[at]
            way, at = (to[0] - at[0], to[1] - at[1]), to
        yield np.array(loop, np.int64)


def _straightened(way: NDArray[np.int64]) -> NDArray[np.int64]:
    """A way without the corners from which a straight line stays away less than a pixel (Douglas and Peucker, 1973)."""
    kept = {0, len(way) - 1}
    open_parts = [(0, len(way) - 1)]
    while open_parts:
        low, high = open_parts.pop()
        if high - low < 2:
            continue
        (x, y), (dx, dy) = way[low], way[high] - way[low]
        between = way[low + 1 : high]
        away = np.abs(dx * (between[:, 1] - y) - dy * (between[:, 0] - x)) / max(float(np.hypot(dx, dy)), 1e-9)
        if not (dx or dy):
            away = np.hypot(between[:, 0] - x, between[:, 1] - y)
        if float(away.max()) > _BEND:
            middle = low + 1 + int(away.argmax())
            kept.add(middle)
            open_parts += [(low, middle), (middle, high)]
    return way[sorted(kept)]
