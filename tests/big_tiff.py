"""Writes BigTIFFs of any size that take no room on the disk: what is not painted lies in holes of the file."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

HEADER = 16
_FIRST = 4096


def write_sparse(path: Path, side: int, *, tile: int | None = None, rows: int = 16, share: int = 8) -> None:
    """A black square of RGB by Ada, uncompressed, in tiles or in strips; its second part from the top is white.

    Args:
        path: to be written.
        side: in pixels; a multiple of the tile or of the rows.
        tile: side of a tile, None for strips.
        rows: lines of a strip.
        share: how many such parts there are.
    """
    across = side // tile if tile else 1
    count = across * across if tile else side // rows
    each = tile * tile * 3 if tile else side * rows * 3
    table = _FIRST + 4096
    begin = -(-(table + 16 * count) // 4096) * 4096
    places, sizes = (273, 279) if tile is None else (324, 325)
    shape = [(278, 4, 1, rows)] if tile is None else [(322, 4, 1, tile), (323, 4, 1, tile)]
    tags = [(256, 4, 1, side), (257, 4, 1, side), (258, 3, 3, 8 | 8 << 16 | 8 << 32), (259, 3, 1, 1), (262, 3, 1, 2),
            (277, 3, 1, 3), (284, 3, 1, 1), (315, 2, 4, int.from_bytes(b"Ada", "little")), *shape,
            (places, 16, count, table), (sizes, 16, count, table + 8 * count)]  # fmt: skip
    entries = b"".join(struct.pack("<HHQQ", *one) for one in sorted(tags))
    with path.open("wb") as file:
        file.write(b"II" + struct.pack("<HHHQ", 43, 8, 0, HEADER))
        file.write(struct.pack("<Q", len(tags)) + entries + bytes(8))
        file.seek(table)
        file.write((np.arange(count, dtype="<u8") * each + begin).tobytes() + np.full(count, each, "<u8").tobytes())
        file.truncate(begin + count * each)
        file.seek(begin + count // share * each)
        for _ in range(count // share):
            file.write(b"\xff" * each)
