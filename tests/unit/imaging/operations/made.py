"""Pictures and contexts that the tests of operations run on."""

from __future__ import annotations

from typing import Any

import numpy as np

from darkroom.imaging.operations.base import Context, Raster, Region
from darkroom.imaging.operations.registry import Operation

DEPTHS = {"uint8": 255, "uint16": 65535, "float32": 1.0}


def picture(width: int, height: int, channels: int = 3, depth: str = "uint8", seed: int = 0) -> Raster:
    """A picture with gradients, a subject, flat parts and some noise; the same for the same arguments."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float64)
    x, y = (columns + 0.5) / width, (rows + 0.5) / height
    noise = np.random.default_rng(seed).normal(0, 0.02, (height, width, 3))
    disc = ((x - 0.6) ** 2 + (y - 0.45) ** 2 < 0.04)[:, :, None]
    stripes = ((x * 20).astype(int) % 2)[:, :, None] * 0.15
    base = np.stack([0.15 + 0.6 * x, 0.2 + 0.5 * y, 0.55 - 0.4 * x * y], axis=2) + noise
    colour = np.clip(np.where(disc, np.array([0.85, 0.45, 0.2]) + stripes, base), 0, 1)
    if channels == 1:
        colour = colour.mean(axis=2, keepdims=True)
    if channels == 4:
        colour = np.concatenate([colour, np.clip(0.3 + y, 0, 1)[:, :, None]], axis=2)
    white = DEPTHS[depth]
    return Raster((colour * white).round().astype(depth) if depth != "float32" else colour.astype(np.float32))


def context_for(operation: Operation[Any], params: Any, **more: Any) -> Context:
    """A context with everything that the parameters refer to."""
    files = dict(operation.example_files())
    wanted = operation.references(params)
    pictures = {name: picture(23, 17, seed=len(name)) for kind, name in wanted if kind == "picture"}
    missing = [name for kind, name in wanted if kind != "picture" and name not in files]
    assert not missing, f"{operation.name}: example_files gives nothing for {missing}"
    face = Region(0.55, 0.3, 0.75, 0.6, "face", 0.9)
    return Context(**{"seed": 7, "files": files, "pictures": pictures, "regions": (face,), **more})
