"""Whether a plug-in keeps what it promises: every kind of picture, the same twice, and its golden pictures.

`golden/OPERATION/CASE/` holds `given.png`, `made.png` and, unless the defaults are meant, `params.json`; a parameter that is a picture names a
PNG beside them. An operation without a golden picture is not let in: nobody could tell whether another version of a library changed it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from darkroom.errors import Error
from darkroom.imaging import native
from darkroom.imaging.operations.base import Array, Context, Raster, to_float
from darkroom.imaging.operations.declare import Operation
from darkroom.imaging.plugins.manifest import Manifest
from darkroom.imaging.plugins.process import PluginLane
from darkroom.imaging.plugins.remote import declared

_CASES = (((5, 7, 3), "uint8"), ((6, 4, 1), "uint8"), ((4, 6, 4), "uint16"), ((1, 1, 3), "float32"))
_MOST_SIDE = 2048


@dataclass
class Found:
    """What a check found."""

    wrong: list[str] = field(default_factory=list)
    """Sentences."""
    golden: int = 0
    """Golden pictures that were compared."""


@dataclass(frozen=True)
class Golden:
    """A picture, parameters, and what is made of them."""

    name: str
    given: Raster
    params: dict[str, Any]
    pictures: dict[str, Raster]
    made: Path


def problems(folder: Path, manifest: Manifest, *, update: bool = False) -> Found:
    """Check a plug-in whose environment is built.

    Args:
        folder: holds `code` and `env`.
        manifest: of it.
        update: write golden pictures that are missing or differ, for its author to look at.
    """
    found = Found()
    lane = PluginLane(folder, manifest)
    try:
        for operation in declared(manifest, lane):
            name = operation.name.split("/")[1]
            cases = list(_goldens(folder / "code" / "golden" / name, found))
            if not cases:
                found.wrong.append(f"{name} has no golden picture in golden/{name}.")
                continue
            _keeps_contract(operation, cases[0], found)
            for case in cases:
                _compare(operation, case, manifest.operations[name].tolerance, found, update=update)
    except Error as error:
        found.wrong.append(error.cause)
    finally:
        lane.close()
    return found


def _goldens(folder: Path, found: Found) -> Iterator[Golden]:
    for place in sorted(one for one in folder.iterdir() if one.is_dir()) if folder.is_dir() else ():
        try:
            params = json.loads((place / "params.json").read_text()) if (place / "params.json").exists() else {}
            pictures = {one.name: Raster(read(one)) for one in place.glob("*.png") if one.stem not in ("given", "made")}
            yield Golden(
                f"{folder.name}/{place.name}", Raster(read(place / "given.png")), params, pictures, place / "made.png"
            )
        except (OSError, ValueError, Error) as error:
            found.wrong.append(f"golden/{folder.name}/{place.name}: {error}.")


def _keeps_contract(operation: Operation[Any], case: Golden, found: Found) -> None:
    """Every depth and number of channels, down to one pixel; the same twice."""
    draw = np.random.default_rng(0)
    for shape, depth in _CASES:
        values = draw.random(shape)
        array = values.astype(np.float32) if depth == "float32" else (values * np.iinfo(depth).max).astype(depth)
        try:
            once, again = (_made(operation, replace(case, given=Raster(array))) for _ in range(2))
        except Error as error:
            found.wrong.append(f"{operation.name} on {depth} of {shape}: {error.cause}")
            return
        if not np.array_equal(once, again):
            found.wrong.append(f"{operation.name} makes another picture each time; draw by `context.seed`.")
            return


def _compare(operation: Operation[Any], case: Golden, tolerance: float, found: Found, *, update: bool) -> None:
    try:
        made = _made(operation, case)
    except Error as error:
        found.wrong.append(f"golden/{case.name}: {error.cause}")
        return
    known = read(case.made) if case.made.exists() else None
    away = (
        255.0
        if known is None or known.shape != made.shape
        else 255 * float(np.abs(to_float(known) - to_float(made)).mean())
    )
    if away > tolerance and update:
        write(case.made, made)
    elif known is None:
        found.wrong.append(
            f"golden/{case.name} has no made.png; `darkroom plugin check --update` writes it, for you to look at."
        )
        return
    elif away > tolerance:
        found.wrong.append(f"golden/{case.name} differs by {away:.2f} of 255 on average; {tolerance:g} is allowed.")
        return
    found.golden += 1


def _made(operation: Operation[Any], case: Golden) -> Array:
    params = operation.parse(case.params)
    return operation.apply(case.given, params, Context(seed=1, pictures=case.pictures)).array


def read(path: Path) -> Array:
    """A PNG as it is: 8 or 16 bit; grey, colour, or colour with transparency.

    Raises:
        OSError, ValueError: it is not there, no PNG, or too large.
    """
    cv2 = native.cv2()
    found = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    if found is None or max(found.shape[:2]) > _MOST_SIDE:
        raise ValueError(f"{path.name} is no picture of at most {_MOST_SIDE} px")
    if found.ndim == 2:
        return np.ascontiguousarray(found[:, :, None])
    order = (2, 1, 0) if found.shape[2] == 3 else (2, 1, 0, 3)
    return np.ascontiguousarray(found[:, :, order])


def write(path: Path, array: Array) -> None:
    """Write a picture as PNG; floats with 16 bit."""
    cv2 = native.cv2()
    values = (np.clip(array, 0, 1) * 65535 + 0.5).astype(np.uint16) if array.dtype == np.float32 else array
    order = {1: (0,), 3: (2, 1, 0), 4: (2, 1, 0, 3)}[array.shape[2]]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".png", np.ascontiguousarray(values[:, :, order]))[1].tobytes())
