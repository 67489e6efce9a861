"""A few images of many that differ as much as all of them do, and those at the ends of what is measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from darkroom.domain.colours import COLOUR_NAMES
from darkroom.store.columns_answers import View, meant

if TYPE_CHECKING:
    import duckdb

End = Literal["darkest", "brightest", "highest_iso", "least_sharp", "most_detail", "largest"]
"""An end of what is measured, where a recipe is likely to go wrong."""
ENDS: tuple[End, ...] = get_args(End)

_MOST = 20_000
"""Images that are looked at: ids are hashes of contents, so the first of them are drawn by chance."""
_ORDERS: dict[End, str] = {
    "darkest": "brightness ASC",
    "brightest": "brightness DESC",
    "highest_iso": "iso DESC",
    "least_sharp": "sharpness ASC",
    "most_detail": "sharpness DESC",
    "largest": "width::BIGINT * height DESC",
}
_MEASURES: dict[str, tuple[str, str, str]] = {
    "brightness": ("brightness", "dark", "bright"),
    "contrast": ("contrast", "soft", "contrasty"),
    "colour": ("colourfulness", "grey", "colourful"),
    "sharpness": ("sharpness", "blurred", "detailed"),
    "iso": ("iso", "low ISO", "high ISO"),
    "size": ("width::BIGINT * height", "small", "large"),
    "shape": ("width / height", "tall", "wide"),
}
"""What is measured: the expression, and what is said of images at either end."""
_COLOUR_WEIGHT = 0.35
"""How much a colour that one image has and the other has not counts beside a measure from end to end."""
_FAR = 0.25
"""From the middle; what is nearer to it is not worth a word."""


@dataclass(frozen=True)
class Different:
    """An image that stands for others."""

    id: str
    """The image."""
    end: End | None
    """The end that it is at; None for one that is unlike those before it."""
    traits: tuple[str, ...]
    """What it is more than most of them, in words; at most two."""


def diverse(
    cursor: duckdb.DuckDBPyConnection, view: View, only: Sequence[str] | None, but: Sequence[str], *, count: int, ends: bool
) -> tuple[Different, ...]:  # fmt: skip
    """See `ColumnarReplica.diverse`."""
    wanted, values = meant(view, only, but)
    columns = ", ".join(f"({sql})::DOUBLE" for sql, _, _ in _MEASURES.values())
    rows = cursor.execute(
        f"SELECT id, colours, {columns} FROM images WHERE {wanted} ORDER BY tie LIMIT {_MOST}",  # noqa: S608 - only our own words
        values,
    ).fetchall()
    found = {str(row[0]): row for row in rows}
    at_ends: dict[str, End] = {}
    for end in ENDS if ends and len(rows) > 1 else ():
        measure = _ORDERS[end].rpartition(" ")[0]
        sql = f"SELECT id, colours, {columns} FROM images WHERE {measure} IS NOT NULL AND {wanted} ORDER BY {_ORDERS[end]}, tie LIMIT 1"  # noqa: S608
        for row in cursor.execute(sql, values).fetchall():
            found.setdefault(str(row[0]), row)
            at_ends.setdefault(str(row[0]), end)
    ids = list(found)
    places = _places(list(found.values()))
    begin = [ids.index(one) for one in at_ends]
    chosen = [*begin, *farthest(places, begin, count)]
    return tuple(Different(ids[at], at_ends.get(ids[at]), _traits(places[at])) for at in chosen)


def _places(rows: Sequence[tuple[Any, ...]]) -> NDArray[np.float64]:
    """Each image as numbers from 0 to 1: where it is among all in each measure, then the colours that it has."""
    if not rows:
        return np.zeros((0, len(_MEASURES) + len(COLOUR_NAMES)))
    measured = np.array([row[2:] for row in rows], dtype=np.float64)
    ranked = np.full_like(measured, 0.5)
    for at, column in enumerate(measured.T):
        there = ~np.isnan(column)
        values = np.unique(column[there])
        if len(values) > 1:
            ranked[there, at] = np.searchsorted(values, column[there]) / (len(values) - 1)
    colours = np.array([[name in row[1] for name in COLOUR_NAMES] for row in rows]) * _COLOUR_WEIGHT
    return np.hstack([ranked, colours])


def farthest(places: NDArray[np.float64], begin: Sequence[int], count: int) -> list[int]:
    """Places one after the other, each as far as can be from those before it and from `begin` (Gonzalez 1985).

    Without a beginning the first is the one nearest to the middle: what most are like belongs to it, too.
    """
    if not len(places):
        return []
    chosen: list[int] = []
    if begin:
        apart = np.min([_apart(places, at) for at in begin], axis=0)
    else:
        chosen.append(int(np.argmin(((places - np.median(places, axis=0)) ** 2).sum(axis=1))))
        apart = _apart(places, chosen[0])
    taken = set(begin) | set(chosen)
    while len(chosen) < count and len(taken) < len(places):
        apart[list(taken)] = -1
        at = int(np.argmax(apart))
        chosen.append(at)
        taken.add(at)
        apart = np.minimum(apart, _apart(places, at))
    return chosen


def _apart(places: NDArray[np.float64], at: int) -> NDArray[np.float64]:
    """How far each is from one of them, squared."""
    found: NDArray[np.float64] = ((places - places[at]) ** 2).sum(axis=1)
    return found


def _traits(place: NDArray[np.float64]) -> tuple[str, ...]:
    off = place[: len(_MEASURES)] - 0.5
    names = list(_MEASURES.values())
    order = np.argsort(-np.abs(off), kind="stable")[:2]
    return tuple(names[at][2 if off[at] > 0 else 1] for at in order if abs(off[at]) > _FAR)
