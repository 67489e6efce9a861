"""What a picture looks like, in eighty numbers: its colours in a grid, and which way its edges run."""

from __future__ import annotations

import numpy as np

from darkroom.imaging import native
from darkroom.imaging.pixels import Array

LENGTH = 80
"""Bytes of a look."""
_SIDE = 32
_CELLS = 4
_QUARTERS = 2
_DIRECTIONS = 8


def look(rgb: Array) -> bytes:
    """Sixteen cells with their mean colour in CIELAB, and four with how much of their edges runs which way (Dalal and Triggs, 2005).

    Args:
        rgb: eight bits a channel, of any size; a thumbnail tells as much as the original.
    """
    cv2 = native.cv2()
    small = cv2.resize(rgb, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    cells = cv2.resize(cv2.cvtColor(small, cv2.COLOR_RGB2LAB), (_CELLS, _CELLS), interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    across, down = np.gradient(grey, axis=1), np.gradient(grey, axis=0)
    strength = np.hypot(across, down)
    place = (np.arctan2(down, across) % np.pi / np.pi * _DIRECTIONS).astype(np.intp) % _DIRECTIONS
    half = _SIDE // _QUARTERS
    rows, columns = np.indices(grey.shape) // half
    at = ((rows * _QUARTERS + columns) * _DIRECTIONS + place).ravel()
    edges = np.bincount(at, strength.ravel(), _QUARTERS**2 * _DIRECTIONS)
    # The root tells weak edges apart; divided by the whole, light and shade matter less.
    shares = np.sqrt(edges / (edges.sum() + half))
    return bytes(cells.tobytes() + np.clip(np.rint(shares * 255), 0, 255).astype(np.uint8).tobytes())


def look_of_file(data: bytes) -> bytes | None:
    """The look of an encoded thumbnail of ours; None where it cannot be decoded."""
    cv2 = native.cv2()
    found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    return look(cv2.cvtColor(found, cv2.COLOR_BGR2RGB)) if found is not None else None
