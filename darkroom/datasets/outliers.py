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


def outliers(classes: pl.Series, looks: NDArray[np.uint8]) -> NDArray[np.float64]:
    """How many robust deviations each picture is farther from its neighbours in its class than half of the class is.

    The distance is that to the tenth nearest (Ramaswamy, Rastogi and Shim, 2000) of at most three hundred of the class; its logarithm
    is compared with the median, by the median absolute deviation. A handful of strangers does not hide each other.

    Args:
        classes: what each picture shows, in one word.
        looks: a row for each, as `darkroom.imaging.look` describes it.
    """
    counts = classes.value_counts()
    small = set(counts.filter(pl.col("count") < LEAST)[classes.name].to_list())
    groups: dict[str | None, list[int]] = {}
    for at, name in enumerate(classes.to_list()):
        groups.setdefault(None if name in small else name, []).append(at)
    found = np.zeros(len(looks))
    for members in groups.values():
        if len(members) >= LEAST:
            found[members] = _apart(looks[members])
    return found


def _apart(looks: NDArray[np.uint8]) -> NDArray[np.float64]:
    compared = looks[np.linspace(0, len(looks) - 1, min(len(looks), _COMPARED)).astype(np.intp)].astype(np.float32)
    spread = compared.std(0)
    scale = 1 / (spread + 0.2 * spread.mean() + 1e-3)
    compared *= scale
    squares = (compared**2).sum(1)
    tenth = np.empty(len(looks), dtype=np.float64)
    for start in range(0, len(looks), _AT_ONCE):
        part = looks[start : start + _AT_ONCE] * scale
        apart = (part**2).sum(1)[:, None] + squares - 2 * part @ compared.T
        tenth[start : start + _AT_ONCE] = np.partition(apart, _NEIGHBOURS, axis=1)[:, _NEIGHBOURS]
    logs = np.log(np.maximum(tenth, 1e-6)) / 2
    middle = np.median(logs)
    deviation = _MEDIAN_OF_NORMAL * float(np.median(np.abs(logs - middle)))
    return np.asarray((logs - middle) / max(deviation, 1e-3), dtype=np.float64)
