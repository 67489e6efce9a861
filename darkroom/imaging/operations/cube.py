"""Reads `.cube` files (Adobe, version 1.0) and looks colours up in them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from darkroom.errors import Error
from darkroom.imaging.operations.base import Array, Floats

_MOST_BYTES = 40_000_000
_MOST_3D, _MOST_1D = 129, 65_536


@dataclass(frozen=True)
class Cube:
    """A look-up table: `table` is size x size x size x 3 with blue first and red last, or size x 3 for curves."""

    table: NDArray[np.float32]
    low: tuple[float, float, float] = (0.0, 0.0, 0.0)
    high: tuple[float, float, float] = (1.0, 1.0, 1.0)

    @property
    def is_curve(self) -> bool:
        """Whether each channel is looked up by itself."""
        return self.table.ndim == 2


class _Lines:
    """What the lines of a file have said so far."""

    def __init__(self) -> None:
        self.size, self.solid = 0, True
        self.rows: list[tuple[float, float, float]] = []
        self.domain = {"DOMAIN_MIN": (0.0, 0.0, 0.0), "DOMAIN_MAX": (1.0, 1.0, 1.0)}

    def take(self, words: list[str]) -> None:
        """One line; unknown words are comments of some program."""
        if not words or words[0] == "TITLE":
            return
        if words[0] in ("LUT_3D_SIZE", "LUT_1D_SIZE"):
            self.size, self.solid = int(words[1]), words[0] == "LUT_3D_SIZE"
        elif words[0] in self.domain:
            self.domain[words[0]] = (float(words[1]), float(words[2]), float(words[3]))
        elif not words[0][0].isalpha():
            self.rows.append((float(words[0]), float(words[1]), float(words[2])))


@lru_cache(maxsize=16)
def read_cube(data: bytes, name: str) -> Cube:
    """A `.cube` file.

    Raises:
        Error: `invalid_parameter`, naming the line.
    """
    if len(data) > _MOST_BYTES:
        raise Error("invalid_parameter", f"{name} is too large for a .cube file.")
    found = _Lines()
    for number, line in enumerate(data.decode("latin-1").splitlines(), 1):
        try:
            found.take(line.split("#")[0].split())
        except (ValueError, IndexError):
            raise _refused(name, f"line {number} is not understood: {line.strip()[:60]}") from None
    size, solid, rows, domain = found.size, found.solid, found.rows, found.domain
    if not 2 <= size <= (_MOST_3D if solid else _MOST_1D):
        raise _refused(name, "LUT_3D_SIZE or LUT_1D_SIZE is missing or out of range")
    wanted = size**3 if solid else size
    if len(rows) != wanted:
        raise _refused(name, f"it has {len(rows):,} rows of numbers where {wanted:,} are needed")
    low, high = domain["DOMAIN_MIN"], domain["DOMAIN_MAX"]
    if not all(b > a for a, b in zip(low, high, strict=True)):
        raise _refused(name, "DOMAIN_MAX must be greater than DOMAIN_MIN")
    table = np.array(rows, np.float32)
    return Cube(table.reshape(size, size, size, 3) if solid else table, low, high)


def _refused(name: str, why: str) -> Error:
    return Error("invalid_parameter", f"{name} is not a valid .cube file: {why}.", remedy="Export the look again.")


def write_cube(table: NDArray[np.float32], title: str) -> bytes:
    """A table as a file, blue first as `Cube` has it."""
    rows = "\n".join(f"{red:.6f} {green:.6f} {blue:.6f}" for red, green, blue in table.reshape(-1, 3))
    return f'TITLE "{title}"\nLUT_3D_SIZE {len(table)}\n{rows}\n'.encode()


def look_up(values: Floats, cube: Cube, *, tetrahedral: bool) -> Array:
    """Colours (... x 3, 0..1) through a table."""
    low, high = np.array(cube.low, np.float32), np.array(cube.high, np.float32)
    size = len(cube.table)
    at = np.clip((values - low) / (high - low), 0, 1) * (size - 1)
    first = np.minimum(at.astype(np.int32), size - 2)
    part = at - first
    if cube.is_curve:
        channel = np.arange(3)
        lower, upper = cube.table[first, channel], cube.table[first + 1, channel]
        return np.asarray(lower + (upper - lower) * part)
    flat = cube.table.reshape(-1, 3)
    strides = np.array([1, size, size * size], np.int32)
    base = first @ strides
    corner = _tetrahedral if tetrahedral else _trilinear
    return corner(flat, base, part, strides)


def _tetrahedral(flat: Array, base: Array, part: Array, strides: Array) -> Array:
    """From the corner nearest black to the opposite one, along the axes in the order of their share."""
    order = np.argsort(-part, axis=-1)
    ranked = np.take_along_axis(part, order, axis=-1)
    steps = strides[order]
    second, third = base + steps[..., 0], base + steps[..., 0] + steps[..., 1]
    share = ranked[..., None]
    found = flat[base] * (1 - share[..., 0, :]) + flat[second] * (share[..., 0, :] - share[..., 1, :])
    found += flat[third] * (share[..., 1, :] - share[..., 2, :]) + flat[third + steps[..., 2]] * share[..., 2, :]
    return np.asarray(found)


def _trilinear(flat: Array, base: Array, part: Array, strides: Array) -> Array:
    red, green, blue = (part[..., index, None] for index in range(3))

    def along_red(at: Array) -> Array:
        return np.asarray(flat[at] * (1 - red) + flat[at + strides[0]] * red)

    near = along_red(base) * (1 - green) + along_red(base + strides[1]) * green
    far_base = base + strides[2]
    far = along_red(far_base) * (1 - green) + along_red(far_base + strides[1]) * green
    return np.asarray(near * (1 - blue) + far * blue)
