"""Writes the outline of the world that the map of the gallery is drawn on.

    npm pack world-atlas@2.0.2
    python -m scripts.world world-atlas-2.0.2.tgz

The outlines are those of Natural Earth (public domain), in world-atlas (ISC).
"""

from __future__ import annotations

import json
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[1] / "frontend" / "assets" / "ui" / "world.js"
_HEAD = """// Countries as one path of an SVG: degrees to the east and to the south, a tenth of one as unit. Written by `scripts/world.py`.
// Of Natural Earth (naturalearthdata.com), public domain.

export const WORLD =
"""

_HALF = 1800


def main() -> int:
    """Read the package, write the file."""
    with tarfile.open(sys.argv[1]) as held:
        topology = json.load(held.extractfile("package/countries-110m.json") or sys.stdin)
    arcs = [list(_line(topology["transform"], arc)) for arc in topology["arcs"]]
    rings = [ring for one in topology["objects"]["countries"]["geometries"] for ring in _rings(one)]
    path = "".join(_path([point for arc in ring for point in _arc(arcs, arc)]) for ring in rings)
    FILE.write_text(f'{_HEAD}  "{path}";\n')
    sys.stdout.write(f"{len(rings)} outlines, {FILE.stat().st_size / 1e3:.0f} kB\n")
    return 0


def _line(transform: dict[str, Any], arc: list[list[int]]) -> Iterator[tuple[int, int]]:
    x = y = 0
    (across, down), (left, top) = transform["scale"], transform["translate"]
    for right, up in arc:
        x, y = x + right, y + up
        yield round((x * across + left) * 10), -round((y * down + top) * 10)


def _rings(geometry: dict[str, Any]) -> Iterator[list[int]]:
    if geometry["type"] == "Polygon":
        yield from geometry["arcs"]
    elif geometry["type"] == "MultiPolygon":
        for polygon in geometry["arcs"]:
            yield from polygon


def _arc(arcs: list[list[tuple[int, int]]], number: int) -> list[tuple[int, int]]:
    """An arc of a topology; below zero it runs backwards."""
    return arcs[number] if number >= 0 else arcs[~number][::-1]


def _path(points: list[tuple[int, int]]) -> str:
    """A closed line, each point told by how far it is from the one before."""
    first, *rest = points
    steps, last = [], first
    for x, y in rest:
        if (x, y) != last:
            # From one edge of the map to the other nothing is drawn.
            leap = "m" if abs(x - last[0]) > _HALF else "l"
            steps.append(f"{leap}{x - last[0]} {y - last[1]}".replace(" -", "-"))
            last = (x, y)
    return f"M{first[0]} {first[1]}{''.join(steps)}z"


if __name__ == "__main__":
    raise SystemExit(main())
