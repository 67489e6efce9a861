"""Towns of the world, so that a place of a picture has a name; nothing is asked of anybody else.

The towns are those of GeoNames (geonames.org, CC BY 4.0) with 5,000 people and more, in a file beside this one.
"""

from __future__ import annotations

import math
from functools import cached_property, lru_cache
from pathlib import Path

from darkroom.domain.words import fold

FILE = Path(__file__).with_name("data") / "places.parquet"
FARTHEST_KM = 80.0
"""What is farther from every town is nowhere: at sea, in a desert."""

_RADIUS_KM = 6371.0
_STEP = 1.0  # degrees; 80 km are no more than one of them, from north to south
_BARE = "/"
"""Before a name that stands alone, so that `place:oslo` is a look-up as `place:norway/oslo` is."""


class Gazetteer:
    """The towns, by where they are."""

    def __init__(self) -> None:
        import polars as pl

        frame = pl.read_parquet(FILE)
        self._levels = [frame[name].to_list() for name in ("country", "region", "town")]
        self._where = list(zip(*(frame[name].to_list() for name in ("latitude", "longitude", "reach")), strict=True))
        self._cells: dict[tuple[int, int], list[int]] = {}
        for at, (latitude, longitude, _) in enumerate(self._where):
            self._cells.setdefault((math.floor(latitude / _STEP), math.floor(longitude / _STEP)), []).append(at)

        self._names: dict[str, dict[str, str]] = {}

    @cached_property
    def _countries(self) -> dict[str, list[int]]:
        """Key of a country -> its towns."""
        found: dict[str, list[int]] = {}
        for at, name in enumerate(self._levels[0]):
            found.setdefault(name, []).append(at)
        return {fold(name): towns for name, towns in found.items()}

    def path(self, latitude: float, longitude: float) -> list[str]:
        """Country, region and town of a place, as far as they have names; empty where no town is near.

        The larger a town, the farther it reaches: quarters of a city, which have names of their own, are of the city.
        """
        row, column = math.floor(latitude / _STEP), math.floor(longitude / _STEP)
        # Towards the poles degrees of longitude are shorter.
        wide = min(180, math.ceil(1 / max(0.02, math.cos(math.radians(min(89.0, abs(latitude) + _STEP))))))
        best, found = math.inf, -1
        for near in range(row - 1, row + 2):
            for beside in range(column - wide, column + wide + 1):
                for at in self._cells.get((near, (beside + 180) % 360 - 180), ()):
                    north, east, reach = self._where[at]
                    away = _kilometres(latitude, longitude, north, east)
                    if away <= FARTHEST_KM and away - reach < best:
                        best, found = away - reach, at
        return self._path(found) if found >= 0 else []

    def name(self, key: str) -> str | None:
        """What people call the last level of a key."""
        country = key.partition("/")[0]
        if country not in self._names:
            self._names[country] = self._names_in(country)
        return self._names[country].get(key)

    def _names_in(self, country: str) -> dict[str, str]:
        """Key -> name of everything in a country: spelling out the whole world would take seconds."""
        found: dict[str, str] = {}
        for at in self._countries.get(country, ()):
            path = self._path(at)
            keys = [fold(name) for name in path]
            for depth, name in enumerate(path, 1):
                found.setdefault("/".join(keys[:depth]), name)
        return found

    def _path(self, at: int) -> list[str]:
        return [level[at] for level in self._levels if level[at]]


@lru_cache(maxsize=1)
def gazetteer() -> Gazetteer:
    """The towns, read when they are first needed."""
    return Gazetteer()


@lru_cache(maxsize=20_000)
def place_keys(latitude: float, longitude: float) -> tuple[str, ...]:
    """What a query finds a place by: country, country/region and country/region/town, folded, and each name with `/` before it."""
    path = gazetteer().path(latitude, longitude)
    levels = {_key(path[:depth]) for depth in range(1, len(path) + 1)}
    return tuple(sorted(levels | {_BARE + fold(name) for name in path}))


def _key(path: list[str]) -> str:
    return "/".join(fold(name) for name in path)


def _kilometres(latitude: float, longitude: float, other: float, beyond: float) -> float:
    north = math.sin(math.radians(other - latitude) / 2) ** 2
    east = math.sin(math.radians(beyond - longitude) / 2) ** 2
    chord = north + math.cos(math.radians(latitude)) * math.cos(math.radians(other)) * east
    return 2 * _RADIUS_KM * math.asin(min(1.0, math.sqrt(chord)))
