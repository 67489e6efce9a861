"""Copying single blobs from one store to another, verified, and finding out which ones need to be."""

from __future__ import annotations

import hashlib
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from darkroom.errors import Error
from darkroom.store.blobs import BlobInfo, BlobStore
from darkroom.store.blobs.base import PIECE, damaged, missing

_IN_MEMORY = 32 << 20
"""Bytes up to which a blob of a store without files is copied through memory."""


class Throttle:
    """Holds bytes back so that they flow no faster than a rate; shared by threads.

    Args:
        rate: bytes a second; None for as fast as it goes.
    """

    def __init__(self, rate: float | None) -> None:
        self._rate = rate
        self._lock = threading.Lock()
        self._free_at = time.monotonic()

    def take(self, count: int) -> None:
        """Wait until so many bytes may have gone."""
        if self._rate is None:
            return
        with self._lock:
            begin = max(self._free_at, time.monotonic())
            self._free_at = begin + count / self._rate
            wait = self._free_at - time.monotonic()
        if wait > 0:
            time.sleep(wait)


def entries(store: BlobStore, namespace: str, after: str = "") -> Iterator[BlobInfo]:
    """Every blob behind `after` with its size, in order: from the listing itself where that tells."""
    listed = getattr(store, "entries", None)
    if listed is not None:
        yield from listed(namespace, after)
        return
    for key in store.keys(namespace, after):
        if (info := store.stat(namespace, key)) is not None:
            yield info


def lacking(source: BlobStore, target: BlobStore, namespace: str, after: str = "") -> Iterator[tuple[BlobInfo, bool]]:
    """Every blob of the source behind `after`, each with whether the target lacks it.

    Both are listed in order and compared as they go by: nothing is asked for a single blob. One that has another size
    in the target counts as lacking.
    """
    there = entries(target, namespace, after)
    other = next(there, None)
    for info in entries(source, namespace, after):
        while other is not None and other.key < info.key:
            other = next(there, None)
        known = other is not None and other.key == info.key and other.bytes == info.bytes
        yield info, not known


def copy_blob(source: BlobStore, target: BlobStore, namespace: str, key: str, *, verify: bool = True) -> int:
    """Copy one blob; returns its size.

    An original is compared with its key as it is read; with `verify` the copy is read back and compared too.

    Raises:
        Error: `blob_missing` when it went away, `blob_damaged` when source or copy is not what it should be, `storage_*`.
    """
    path = source.local_path(namespace, key)
    if path is not None:
        return _copy_file(path, target, namespace, key, verify=verify)
    info = source.stat(namespace, key)
    if info is None:
        raise missing(namespace, key)
    within = getattr(target, "copy_from", None)
    # Only where the copy can be compared with its key: its bytes do not come by here.
    if namespace == "originals" and within is not None and within(source, namespace, key):
        if verify:
            target.verify(namespace, key)
        return info.bytes
    if info.bytes <= _IN_MEMORY:
        data = source.read(namespace, key)
        _put(target, namespace, key, data)
        if verify:
            _check(target, namespace, key, hashlib.sha256(data).hexdigest())
        return len(data)
    with tempfile.TemporaryDirectory(prefix="darkroom-move-") as folder:
        held = Path(folder) / key
        with source.open(namespace, key) as stream, held.open("wb") as file:
            while piece := stream.read(PIECE):
                file.write(piece)
        return _copy_file(held, target, namespace, key, verify=verify)


def _copy_file(path: Path, target: BlobStore, namespace: str, key: str, *, verify: bool) -> int:
    size = path.stat().st_size
    if namespace == "renditions":  # small: no need for parts
        data = path.read_bytes()
        _put(target, namespace, key, data)
        digest = hashlib.sha256(data).hexdigest()
    else:
        digest = target.put_file(namespace, path, key=key, durable=True)
    if verify:
        _check(target, namespace, key, digest)
    return size


def _put(target: BlobStore, namespace: str, key: str, data: bytes) -> None:
    """Store a blob; a rendition of another size that lies there already was cut short and is replaced."""
    if target.put(namespace, key, data, durable=True) or namespace == "originals":
        return
    info = target.stat(namespace, key)
    if info is None or info.bytes != len(data):
        target.delete(namespace, key)
        target.put(namespace, key, data, durable=True)


def _check(target: BlobStore, namespace: str, key: str, digest: str) -> None:
    if namespace == "originals":
        target.verify(namespace, key)
    elif hashlib.sha256(target.read(namespace, key)).hexdigest() != digest:
        raise damaged(namespace, key)


def is_of_one_blob(error: Error) -> bool:
    """Whether a failure says something of this blob alone, so that the others can go on."""
    return error.code in ("blob_damaged", "blob_missing")
