"""Corrections that a DNG brings for its own lens: WarpRectilinear and FixVignetteRadial of the specification's opcodes."""

from __future__ import annotations

import math
import struct
from typing import Any

from darkroom.imaging.ifd import TiffReader

# Lists in the order in which they are applied: after linearizing, after demosaicing.
_LISTS = (51009, 51022)
_WARP, _VIGNETTE = 1, 3
_MOST = 64


def corrections_of(data: bytes) -> dict[str, Any]:
    """What the file says, as parameters of `lens_correct`; nothing where it says nothing that can be used."""
    reader = TiffReader(data)
    found: dict[str, Any] = {}
    for ifd in reader.chain() if reader.valid else ():
        for tag in _LISTS:
            block = ifd.tags.get(tag)
            if isinstance(block, bytes):
                found.update(_read(block))
    return found


def _read(block: bytes) -> dict[str, Any]:
    found: dict[str, Any] = {}
    try:
        (count,) = struct.unpack_from(">I", block)
        at = 4
        for _ in range(min(count, _MOST)):
            number, _, _, size = struct.unpack_from(">4I", block, at)
            content = block[at + 16 : at + 16 + size]
            at += 16 + size
            if number == _WARP:
                found.update(_warp(content))
            elif number == _VIGNETTE:
                *k, x, y = struct.unpack_from(">7d", content)
                found |= {"light": tuple(k), "centre": (x, y)}
    except struct.error:
        return found
    return found if all(math.isfinite(one) for one in _numbers(found)) else {}


def _warp(content: bytes) -> dict[str, Any]:
    (planes,) = struct.unpack_from(">I", content)
    if planes not in {1, 3}:
        return {}
    values = struct.unpack_from(f">{planes * 6 + 2}d", content, 4)
    warp = tuple(values[plane * 6 : plane * 6 + 6] for plane in range(planes))
    return {"warp": warp, "centre": tuple(values[-2:])}


def _numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        value = tuple(value.values())
    return [number for one in value for number in _numbers(one)] if isinstance(value, tuple) else [value]
