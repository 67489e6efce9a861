"""Feeding the files of a batch to the pool and handing out what became of them."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from darkroom.connectors.folder import text_to_path
from darkroom.domain.develop import DevelopSettings
from darkroom.domain.ingest import BatchItem
from darkroom.errors import Error
from darkroom.services.landing import Seen
from darkroom.services.sidecars import beside
from darkroom.settings import Settings
from darkroom.store.blobs import BlobStore

if TYPE_CHECKING:
    from darkroom.imaging.picture import PictureResult
    from darkroom.imaging.pool import IngestPool, Job
    from darkroom.imaging.words import Words

_AHEAD = 1024
"""Results that may wait to be written before decoding pauses."""


@dataclass(frozen=True)
class Result:
    """What became of one file."""

    item: BatchItem
    seen: Seen | None
    """The file as it was just before it was read."""
    picture: PictureResult | None
    error: Error | None
    tries: int
    """How often it was tried in this run."""
    words: Words | None = None
    """What a sidecar beside the file says."""
    settings: DevelopSettings | None = None
    """How it wants a RAW file to be developed."""


def open_pool(settings: Settings, blobs: BlobStore, *, isolate_all: bool) -> IngestPool:
    """A pool that stores what it decodes; the imaging libraries are imported now."""
    from darkroom.imaging.limits import Limits
    from darkroom.imaging.pool import IngestPool

    return IngestPool(
        Limits.of(settings),
        workers=settings.workers,
        memory_mb=settings.decode_memory_mb,
        timeout=settings.decode_timeout_seconds,
        sink=blobs,
        isolate_all=isolate_all,
    )


def _beside(item: BatchItem, picture: PictureResult | None) -> tuple[Words | None, DevelopSettings | None]:
    from darkroom.imaging.raw_settings import read_settings
    from darkroom.imaging.sniff import KINDS
    from darkroom.imaging.words import read_sidecar

    data = beside(text_to_path(item.path)) if picture else None
    if picture is None or data is None:
        return None, None
    kind = KINDS.get(picture.format)
    return read_sidecar(data), read_settings(data) if kind and kind.decoder == "raw" else None


class Reading:
    """One pass of a pool over some files, read by a thread so that decoding goes on while results are written.

    Args:
        pool: decodes and stores.
        items: the files.
        tries: the number of this pass.
    """

    def __init__(self, pool: IngestPool, items: Sequence[BatchItem], tries: int = 1) -> None:
        self._pool = pool
        self._items = items
        self._tries = tries
        self._seen: dict[int, Seen | None] = {}
        self._ready: queue.Queue[Result | Exception | None] = queue.Queue(maxsize=_AHEAD)
        self._stop = threading.Event()

    def results(self, patience: float) -> Generator[Result | None, None, None]:
        """Results as they are ready, and None whenever none came for `patience` seconds."""
        reader = threading.Thread(target=self._read, name="pool-reader", daemon=True)
        reader.start()
        try:
            while True:
                try:
                    found = self._ready.get(timeout=patience)
                except queue.Empty:
                    yield None
                    continue
                if found is None:
                    return
                if isinstance(found, Exception):
                    raise found
                yield found
        finally:
            self._stop.set()
            while reader.is_alive():  # it may wait for room in the queue
                self._drain()
                reader.join(0.05)

    def _drain(self) -> None:
        try:
            while True:
                self._ready.get_nowait()
        except queue.Empty:
            return

    def _read(self) -> None:
        try:
            for outcome in self._pool.run(self._jobs()):
                item, seen = self._items[outcome.index], self._seen.pop(outcome.index, None)
                said = _beside(item, outcome.picture)
                self._ready.put(Result(item, seen, outcome.picture, outcome.error, self._tries, *said))
                if self._stop.is_set():
                    return
        except Exception as error:  # noqa: BLE001 - raised again by the thread that reads the queue
            self._ready.put(error)
        else:
            self._ready.put(None)

    def _jobs(self) -> Iterator[Job]:
        from darkroom.imaging.pool import Job

        for index, item in enumerate(self._items):
            if self._stop.is_set():
                return
            path = text_to_path(item.path)
            self._seen[index] = Seen.of(path)
            yield Job(index, path, item.key.rsplit("/", 1)[-1])
