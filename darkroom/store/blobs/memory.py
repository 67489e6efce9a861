"""Bytes in memory: for tests and previews that nobody keeps."""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from darkroom.store.blobs.base import BlobInfo, Capabilities, check_content, check_key, missing, read_source


class MemoryBlobStore:
    """A blob store that forgets everything with its process."""

    def __init__(self) -> None:
        self._blobs: dict[tuple[str, str], tuple[bytes, int]] = {}

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        return Capabilities(
            range_read=True, presign=False, conditional_put=True, server_copy=False, local_path=False
        )  # fmt: skip

    def put(self, namespace: str, key: str, data: bytes, *, durable: bool) -> bool:
        """Store bytes; see `BlobStore.put`. Nothing here survives, so `durable` changes nothing."""
        check_key(namespace, key)
        check_content(namespace, key, data)
        new = (bytes(data), time.time_ns())
        return self._blobs.setdefault((namespace, key), new) is new

    def put_file(self, namespace: str, path: Path, *, key: str | None = None, durable: bool = True) -> str:
        """Store a file; see `BlobStore.put_file`."""
        data = b"".join(read_source(path))
        found = key or hashlib.sha256(data).hexdigest()
        self.put(namespace, found, data, durable=durable)
        return found

    def read(self, namespace: str, key: str) -> bytes:
        """All bytes."""
        check_key(namespace, key)
        try:
            return self._blobs[namespace, key][0]
        except KeyError as error:
            raise missing(namespace, key) from error

    def open(self, namespace: str, key: str) -> BinaryIO:
        """A readable file."""
        return io.BytesIO(self.read(namespace, key))

    def stat(self, namespace: str, key: str) -> BlobInfo | None:
        """What is known of it, or None."""
        check_key(namespace, key)
        found = self._blobs.get((namespace, key))
        return BlobInfo(key, len(found[0]), found[1]) if found else None

    def local_path(self, namespace: str, key: str) -> Path | None:
        """Never a path."""
        check_key(namespace, key)
        return None

    def delete(self, namespace: str, key: str) -> bool:
        """Remove it; returns whether it was there."""
        check_key(namespace, key)
        return self._blobs.pop((namespace, key), None) is not None

    def keys(self, namespace: str, after: str = "") -> Iterator[str]:
        """Every key behind `after`, in order."""
        check_key(namespace, after or "0" * 64)
        return iter(sorted(key for space, key in list(self._blobs) if space == namespace and key > after))

    def verify(self, namespace: str, key: str) -> None:
        """Read it through."""
        check_content(namespace, key, self.read(namespace, key))
