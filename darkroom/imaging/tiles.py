"""A picture cut into tiles at several sizes, so that a viewer loads what it shows and no more (as Deep Zoom does it)."""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from darkroom.imaging import codecs, native, vips
from darkroom.imaging.ingest import inspect
from darkroom.imaging.pixels import Array
from darkroom.imaging.source import Data
from darkroom.imaging.worker import Desk

TILE = 512
"""Side of a tile, in pixels; those at the right and lower edge are smaller."""
SIZE_FILE = "size"
"""Beside the levels: width and height of the picture, in pixels."""
_QUALITY = 86
_GREY = 128
# Above this a picture that can be read by regions is cut while it is read: slower, and without limit.
_WHOLE_PIXELS = 60_000_000
# Lines of the picture that are held while it is cut: two rows of tiles at each size.
_LINES = 4 * TILE


def level_count(width: int, height: int) -> int:
    """Sizes there are: each half of the next one, the last the picture itself, the first in one tile."""
    return 1 + max(0, math.ceil(math.log2(max(width, height) / TILE)))


def grid_at(width: int, height: int, level: int) -> tuple[int, int]:
    """Columns and rows of tiles at a level, 0 being the smallest."""
    scale = 2 ** (level_count(width, height) - 1 - level)
    return math.ceil(math.ceil(width / scale) / TILE), math.ceil(math.ceil(height / scale) / TILE)


@dataclass(frozen=True)
class TilesTask:
    """A picture to be cut into tiles by a decoder process.

    Args:
        name: for messages.
        data: the file.
        folder: comes into being when all tiles are there: `<level>/<column>_<row>.jpg`.
        seconds: limit.
    """

    name: str
    data: Data | Path
    folder: Path
    seconds: float | None = None

    def run(self, desk: Desk) -> None:
        """Decode and cut."""
        data = desk.read(self.data, self.name) if isinstance(self.data, Path) else self.data
        header = inspect(data, name=self.name, limits=desk.limits)
        if header.streams and header.orientation == 1 and header.width * header.height > _WHOLE_PIXELS:
            desk.admit(header.memory_mb + header.width * _LINES * header.channels * 4 / 1e6)
            try:
                return write_tiles(vips.shown(data, header, self.name), self.folder)
            except native.pyvips().Error as error:
                raise vips.mapped(error, self.name, data, header.kind.format) from error
        # The picture as it is decoded and once more in sRGB; the smaller sizes together are a third of it.
        desk.admit(header.memory_mb + header.width * header.height * 3 * 2.4 / 1e6)
        whole = codecs.decode(data, header, max(header.width, header.height), self.name).colour
        return write_tiles(image_of(whole), self.folder)


def image_of(picture: Array) -> Any:
    """An array as libvips has pictures.

    Args:
        picture: height x width x 3, or x 4 with straight alpha, 8-bit sRGB.
    """
    height, width, bands = picture.shape
    image = native.pyvips().Image.new_from_memory(np.ascontiguousarray(picture).data, width, height, bands, "uchar")
    return image.copy(interpretation="srgb")


def write_tiles(image: Any, folder: Path) -> None:
    """Cut a picture into tiles; the folder appears at once, with all of them.

    Args:
        image: of libvips, 8-bit sRGB; straight alpha is laid over grey.
        folder: must not exist; whoever makes it first wins.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".cutting-") as scratch:
        if image.hasalpha():
            image = image.flatten(background=[_GREY] * 3)
        # Chroma at full resolution: whoever looks at single pixels looks for exactly that.
        suffix = f".jpg[Q={_QUALITY},subsample-mode=off]"
        image.dzsave(str(Path(scratch) / "x"), tile_size=TILE, overlap=0, depth="onetile", suffix=suffix)
        (Path(scratch) / "x_files" / SIZE_FILE).write_text(f"{image.width} {image.height}")
        try:
            (Path(scratch) / "x_files").rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
