"""What was taken in one go: pictures of one camera that follow each other within seconds, a picture with what was made of it among them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

import polars as pl

from darkroom.datasets.alike import merged
from darkroom.datasets.manifest import Manifest

GAP = timedelta(seconds=2)
"""Most time between two pictures of a burst."""
LONGEST = timedelta(seconds=30)
"""A burst ends so long after its first picture, whatever follows: a camera that never rests would make one group of everything."""
Taken = tuple[str, str | None, datetime | None]
"""Key, camera and moment of a picture."""
_RANKS = ("0", "1", "2")


def bursts(pictures: Iterable[Taken]) -> dict[str, str]:
    """Key -> name of its burst, of pictures that are in one. RAW and JPEG of one shot, and copies that keep the moment, are one too.

    Args:
        pictures: in any order; those without camera or moment are in none.
    """
    of_camera: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for key, camera, moment in pictures:
        if camera is not None and moment is not None:
            of_camera[camera].append((moment, key))
    found: dict[str, str] = {}
    for camera, taken in of_camera.items():
        for burst in _divided(sorted(taken)):
            if len(burst) > 1:
                name = f"burst {camera} {burst[0][0]:%Y-%m-%dT%H:%M:%S.%f}"
                found.update((key, name) for _, key in burst)
    return found


def together(manifest: Manifest, near: Iterable[tuple[str, str]], pictures: Iterable[Taken]) -> Manifest:
    """The manifest with one group for all that must not part: what was said to belong together, near duplicates, bursts, and what they link.

    Args:
        manifest: its groups stay together.
        near: key and group of near duplicates.
        pictures: when each was taken, and with what.
    """
    own = manifest.frame.select("key", "group").drop_nulls().iter_rows()
    # A name that somebody gave stays the name of the group; else that of near duplicates does.
    ranked = [(own, _RANKS[0]), (near, _RANKS[1]), (bursts(pictures).items(), _RANKS[2])]
    names = merged([(key, rank + group) for pairs, rank in ranked for key, group in pairs])
    groups = [names[key][1:] if key in names else None for key in manifest.frame["key"]]
    return Manifest(manifest.frame.with_columns(group=pl.Series("group", groups, pl.String())), manifest.root)


def _divided(taken: list[tuple[datetime, str]]) -> list[list[tuple[datetime, str]]]:
    parts: list[list[tuple[datetime, str]]] = []
    for one in taken:
        part = parts[-1] if parts else []
        if part and one[0] - part[-1][0] <= GAP and one[0] - part[0][0] <= LONGEST:
            part.append(one)
        else:
            parts.append([one])
    return parts
