"""A plug-in to begin with, which passes its check."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from darkroom.errors import Error
from darkroom.imaging.plugins.check import write
from darkroom.imaging.plugins.manifest import FILE

_MANIFEST = """# What the platform knows of this plug-in; no line of its code runs before it is asked to paint.
name = "{name}"
version = "0.1.0"
summary = "Makes pictures darker towards their edges"
licence = "Apache-2.0"
author = ""
module = "{name}_plugin"
requires = []                # packages as pip takes them; numpy is there

[permissions]                # ask for as little as can be: whoever installs it is asked to grant each
network = false
processes = false
gpu = false
read = []                    # absolute paths, as of weights

[limits]
memory_mb = 256
seconds = 30

[operations.dim_edges]       # a function of the module
version = 1                  # grows when equal parameters give other pixels
summary = "Make a picture darker towards its edges."
category = "effects"

[operations.dim_edges.parameters.amount]
type = "number"
default = 0.5
least = 0
most = 1
step = 0.05
help = "How much darker the corners become; 0 changes nothing"
"""
_CODE = '''"""Operations of the plug-in {name}: functions from arrays to arrays."""

import numpy as np


def dim_edges(image, params, context):
    """Make a picture darker towards its edges.

    image is height x width x 1, 3 or 4 (alpha last), uint8, uint16 or float32 from 0 to 1; it cannot be written to, and what is
    returned has the same type. params has the parameters of the manifest; context has seed, scale (below 1 in a preview)
    and pictures (by what a parameter of the type picture is called).
    """
    height, width = image.shape[:2]
    down = np.abs(np.linspace(-1, 1, height, dtype=np.float32)) if height > 1 else np.zeros(1, np.float32)
    across = np.abs(np.linspace(-1, 1, width, dtype=np.float32)) if width > 1 else np.zeros(1, np.float32)
    away = (down[:, None] ** 2 + across[None, :] ** 2) / 2
    colours = 3 if image.shape[2] == 4 else image.shape[2]
    made = image.astype(np.float32)
    made[:, :, :colours] *= 1 - params.amount * away[:, :, None]
    return made.astype(image.dtype) if image.dtype == np.float32 else np.rint(made).astype(image.dtype)
'''


def begin(folder: Path, name: str) -> None:
    """Write a plug-in that darkens edges, with its golden picture.

    Raises:
        Error: `already_exists`, `invalid_parameter` for a name that cannot be one.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,39}", name):
        raise Error(
            "invalid_parameter", f"{name[:80]} is no name: small letters, digits and underscores, a letter first."
        )
    if folder.exists() and any(folder.iterdir()):
        raise Error("already_exists", f"{folder} is there, and not empty.")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text(_MANIFEST.format(name=name))
    (folder / f"{name}_plugin.py").write_text(_CODE.format(name=name))
    rows, columns = np.mgrid[0:48, 0:64]
    given = np.stack([columns * 4, rows * 5, 255 - columns * 3], axis=2).clip(0, 255).astype(np.uint8)
    case = folder / "golden" / "dim_edges" / "plain"
    write(case / "given.png", given)
    away = (np.linspace(-1, 1, 48)[:, None] ** 2 + np.linspace(-1, 1, 64)[None, :] ** 2) / 2
    write(case / "made.png", np.rint(given * (1 - 0.5 * away[:, :, None])).astype(np.uint8))
