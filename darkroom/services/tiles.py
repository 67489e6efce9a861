"""Pictures in tiles: cut when somebody first looks closely, kept as long as there is room."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from darkroom.access import scope_of
from darkroom.domain.access import Principal
from darkroom.domain.image import ImageRecord
from darkroom.errors import Error
from darkroom.services.gallery import ImageFile
from darkroom.services.gallery_views import TileGrid
from darkroom.services.sight import visible
from darkroom.settings import Settings
from darkroom.store import Stores

if TYPE_CHECKING:
    from darkroom.imaging.isolated import IsolatedLane

_SECONDS = 120.0
# The largest are cut while they are read.
_SLOW_BYTES_A_SECOND = 5e6


def drop_tiles(settings: Settings, images: Iterable[str]) -> None:
    """Delete the tiles of pictures that were removed for good."""
    for image in images:
        shutil.rmtree(_tiles(settings) / image[:2] / image, ignore_errors=True)


def _tiles(settings: Settings) -> Path:
    return settings.home_path / "cache" / "tiles"


class TileService:
    """Cuts pictures into tiles in a decoder process, so that whatever a file does, this process goes on.

    Args:
        settings: limits, and how much may be kept.
        stores: pictures.
    """

    def __init__(self, settings: Settings, stores: Stores) -> None:
        self._settings = settings
        self._stores = stores
        self._folder = _tiles(settings)
        self._opening = threading.Lock()
        self._cutting: dict[str, threading.Lock] = {}
        self._lane: IsolatedLane | None = None

    def grid(self, principal: Principal, image_id: str) -> TileGrid:
        """How a picture is cut; cuts it if that was not done yet, which takes about a second for 100 megapixels.

        Raises:
            Error: `not_found`, `blob_missing` or an `image_*` code.
        """
        record = self._record(principal, image_id)
        from darkroom.imaging.tiles import SIZE_FILE, TILE, level_count

        width, height = map(int, (self._cut(record) / SIZE_FILE).read_text().split())
        return TileGrid(width=width, height=height, tile=TILE, levels=level_count(width, height))

    def tile(self, principal: Principal, image_id: str, level: int, column: int, row: int) -> ImageFile:
        """One tile, as JPEG.

        Raises:
            Error: as `grid`; `not_found` also for a tile that the picture has not.
        """
        record = self._record(principal, image_id)
        path = self._cut(record) / str(level) / f"{column}_{row}.jpg"
        try:
            size = path.stat().st_size
        except OSError as error:
            raise Error("not_found", f"The picture {record.name} has no tile {level}/{column}/{row}.") from error
        name = f"{Path(record.name).stem}-{level}-{column}-{row}.jpg"
        etag = f'"{record.id[:32]}-{level}-{column}-{row}"'
        return ImageFile(media_type="image/jpeg", content=path, bytes=size, etag=etag, filename=name)

    def _record(self, principal: Principal, image_id: str) -> ImageRecord:
        return visible(self._stores, image_id, scope_of(principal, "images:read"))

    def _cut(self, record: ImageRecord) -> Path:
        folder = self._folder / record.id[:2] / record.id
        if folder.is_dir():
            with contextlib.suppress(OSError):
                os.utime(folder)  # what was looked at last is kept longest
            return folder
        with self._opening:
            turn = self._cutting.setdefault(record.id, threading.Lock())
        try:
            with turn:
                if not folder.is_dir():
                    self._make(record, folder)
        finally:
            with self._opening:
                self._cutting.pop(record.id, None)
        return folder

    def _make(self, record: ImageRecord, folder: Path) -> None:
        from darkroom.imaging.tiles import TilesTask

        blobs = self._stores.blobs
        data = blobs.local_path("originals", record.id) or blobs.read("originals", record.id)
        seconds = _SECONDS + record.bytes / _SLOW_BYTES_A_SECOND
        self._opened().do(TilesTask(record.name, data, folder, seconds), record.bytes)
        self._make_room(folder)

    def _make_room(self, kept: Path) -> None:
        """Throw away what was looked at longest ago, until the rest is within the limit."""
        held = []
        for folder in self._folder.glob("??/[!.]*"):
            with contextlib.suppress(OSError):
                size = sum(tile.stat().st_size for tile in folder.glob("*/*.jpg"))
                held.append((folder.stat().st_mtime, size, folder))
        total = sum(size for _, size, _ in held)
        for _, size, folder in sorted(held):
            if total <= self._settings.tile_cache_mb * 1_000_000:
                return
            if folder != kept:
                shutil.rmtree(folder, ignore_errors=True)
                total -= size

    def _opened(self) -> IsolatedLane:
        from darkroom.imaging.isolated import IsolatedLane
        from darkroom.imaging.limits import Limits
        from darkroom.imaging.memory import MemoryGate
        from darkroom.imaging.worker import Setup

        with self._opening:
            if self._lane is None:
                memory = self._settings.decode_memory_mb
                setup = Setup(Limits.of(self._settings), None, memory)
                self._lane = IsolatedLane(setup, timeout=_SECONDS, gate=MemoryGate(memory))
            return self._lane

    def close(self) -> None:
        """End the decoder processes."""
        with self._opening:
            lane, self._lane = self._lane, None
        if lane is not None:
            lane.close()
