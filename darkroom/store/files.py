"""Files kept among the originals under the hash of their bytes, so that documents can name them."""

from __future__ import annotations

import hashlib
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from darkroom.domain.dataset import StoredFile
from darkroom.store.blobs import BlobStore

if TYPE_CHECKING:
    import polars as pl


def keep_file(blobs: BlobStore, name: str, data: bytes, *, durable: bool = True) -> StoredFile:
    """Store bytes; what a document says of them.

    Args:
        blobs: where to.
        name: that the file has in a folder.
        data: all of it.
        durable: return only when it is on the disk.

    Raises:
        Error: `storage_*`.
    """
    key = hashlib.sha256(data).hexdigest()
    blobs.put("originals", key, data, durable=durable)
    return StoredFile(name=name, key=key, bytes=len(data))


def keep_table(blobs: BlobStore, name: str, table: pl.DataFrame) -> StoredFile:
    """Store a table as Parquet; see `keep_file`."""
    held = BytesIO()
    table.write_parquet(held)
    return keep_file(blobs, name, held.getvalue())


def keep_path(blobs: BlobStore, path: Path) -> StoredFile:
    """Store a file of this machine under its own name, without reading it whole.

    Raises:
        Error: `source_missing`, `source_unreadable`, `source_io` or `storage_*`.
    """
    return StoredFile(name=path.name, key=blobs.put_file("originals", path), bytes=path.stat().st_size)
