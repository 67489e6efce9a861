"""A blob in an object store as a file that seeks: each read fetches only what is asked for."""

from __future__ import annotations

import hashlib
import io
from typing import Protocol

from darkroom.store.blobs.base import damaged

_MOST = 32 << 20
"""Bytes fetched with one request."""


class RangeReader(Protocol):
    """What a `RangeFile` reads from."""

    def read_range(self, namespace: str, key: str, start: int, count: int) -> bytes:
        """Some bytes of a blob."""
        ...


class RangeFile(io.RawIOBase):
    """Reads a blob piece by piece; an original read from its start to its end is compared with its key.

    Args:
        store: where from.
        namespace: `originals` or `renditions`.
        key: of the blob.
        size: its bytes.
    """

    def __init__(self, store: RangeReader, namespace: str, key: str, size: int) -> None:
        super().__init__()
        self._store = store
        self._name = (namespace, key)
        self._size = size
        self._at = 0
        self._seen = hashlib.sha256() if namespace == "originals" else None
        self._hashed = 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """Position of the next byte."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a position; nothing is fetched."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        """Fetch the next bytes.

        Raises:
            Error: `blob_damaged` at the end of an original that differs from its key.
        """
        count = min(len(buffer), self._size - self._at)
        if count <= 0:
            return 0
        data = self._store.read_range(*self._name, self._at, count)
        buffer[: len(data)] = data
        self._take_note(data)
        self._at += len(data)
        return len(data)

    def readall(self) -> bytes:
        """Fetch everything that is left, with as few requests as memory allows."""
        pieces = []
        while self._at < self._size:
            data = self._store.read_range(*self._name, self._at, min(_MOST, self._size - self._at))
            if not data:
                break
            self._take_note(data)
            self._at += len(data)
            pieces.append(data)
        return b"".join(pieces)

    def _take_note(self, data: bytes) -> None:
        if self._seen is None or self._at != self._hashed:
            return
        self._seen.update(data)
        self._hashed += len(data)
        if self._hashed == self._size and self._seen.hexdigest() != self._name[1]:
            raise damaged(*self._name)
