"""Pictures that look like nothing else of their class."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

LEAST = 30
"""Pictures of a class from which on one can look unlike the others; smaller classes are looked at together."""
FAR = 3.5
"""Robust deviations beyond which a picture is an outlier (Iglewicz and Hoaglin, 1993)."""
_MEDIAN_OF_NORMAL = 1.4826
_NEIGHBOURS = 10
_COMPARED = 300
_AT_ONCE = 4096


Rows = NDArray[np.uint8] | NDArray[np.float32]
"""A row for each picture: bytes of its look, or the numbers of length 1 that a model makes of it."""


def outliers(classes: pl.Series, rows: Rows) -> NDArray[np.float64]:
    """How many robust deviations each picture is farther from its neighbours in its class than half of the class is.

    The distance is that to the tenth nearest (Ramaswamy, Rastogi and Shim, 2000) of at most three hundred of the class; its logarithm
    is compared with the median, by the median absolute deviation. A handful of strangers does not hide each other.

    Args:
        classes: what each picture shows, in one word.
        rows: as `darkroom.imaging.look` describes pictures, or as a model embeds them.
    """
    counts = classes.value_counts()
    small = set(counts.filter(pl.col("count") < LEAST)[classes.name].to_list())
    groups: dict[str | None, list[int]] = {}
    for at, name in enumerate(classes.to_list()):
        groups.setdefault(None if name in small else name, []).append(at)
    found = np.zeros(len(rows))
    for members in groups.values():
        if len(members) >= LEAST:
            found[members] = _apart(rows[members])
    return found


def _apart(rows: Rows) -> NDArray[np.float64]:
    compared = rows[np.linspace(0, len(rows) - 1, min(len(rows), _COMPARED)).astype(np.intp)].astype(np.float32)
    scale = _scale(compared) if rows.dtype == np.uint8 else np.float32(1)
    compared *= scale
    squares = (compared**2).sum(1)
    tenth = np.empty(len(rows), dtype=np.float64)
    for start in range(0, len(rows), _AT_ONCE):
        part = rows[start : start + _AT_ONCE] * scale
        apart = (part**2).sum(1)[:, None] + squares - 2 * part @ compared.T
        tenth[start : start + _AT_ONCE] = np.partition(apart, _NEIGHBOURS, axis=1)[:, _NEIGHBOURS]
    logs = np.log(np.maximum(tenth, 1e-6)) / 2
    middle = np.median(logs)
    deviation = _MEDIAN_OF_NORMAL * float(np.median(np.abs(logs - middle)))
    return np.asarray((logs - middle) / max(deviation, 1e-3), dtype=np.float64)


def _scale(looks: NDArray[np.float32]) -> NDArray[np.float32]:
    """Colours and edges differ by other amounts; what a model makes of pictures is measured as it is."""
    spread = looks.std(0)
    return np.asarray(1 / (spread + 0.2 * spread.mean() + 1e-3), dtype=np.float32)
