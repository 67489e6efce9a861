"""The files of a checkpoint on their way out: one by one, or the whole folder as a zip file that is made while it is sent."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import BinaryIO

from darkroom.domain.training import StoredCheckpoint
from darkroom.errors import Error
from darkroom.services.gallery import ImageFile, open_blob, stored_file
from darkroom.store.blobs import BlobStore

_CHUNK = 256 * 1024
_EPOCH = (1980, 1, 1, 0, 0, 0)


def file_of(blobs: BlobStore, kept: StoredCheckpoint, name: str) -> ImageFile:
    """One file of a checkpoint.

    Raises:
        Error: `not_found` with those there are, `blob_missing`.
    """
    found = next((one for one in kept.files if one.name == name), None)
    if found is None:
        why = f" {kept.not_exported}" if name == "model.onnx" and kept.not_exported else ""
        names = [one.name for one in kept.files]
        remedy = f"There {'is' if len(names) == 1 else 'are'} {', '.join(names)}." if names else None
        raise Error("not_found", f"The checkpoint {kept.id} has no file {name[:100]!r}.{why}", remedy=remedy)
    media_type = "application/json" if name.endswith(".json") else "application/octet-stream"
    return stored_file(blobs, "originals", found.key, media_type, name)


def zipped(blobs: BlobStore, kept: StoredCheckpoint) -> Iterator[bytes]:
    """The folder of a checkpoint as a zip file, piece by piece: the same bytes every time, and never all of them in memory.

    Raises:
        Error: `blob_missing`, before the first piece.
    """
    for one in kept.files:
        stored_file(blobs, "originals", one.key, "", one.name)
    return _pieces(blobs, kept)


def _pieces(blobs: BlobStore, kept: StoredCheckpoint) -> Iterator[bytes]:
    out = _Passing()
    with zipfile.ZipFile(out, "w") as archive:
        for one in kept.files:
            entry = zipfile.ZipInfo(f"{kept.id}/{one.name}", _EPOCH)
            entry.file_size = one.bytes
            # Weights do not get smaller by packing.
            with open_blob(blobs, "originals", one.key, one.bytes) as source, archive.open(entry, "w") as target:
                while piece := source.read(_CHUNK):
                    target.write(piece)
                    yield out.taken()
    yield out.taken()


class _Passing(io.RawIOBase, BinaryIO):
    """A file that can only be written, and forgets what was taken from it."""

    def __init__(self) -> None:
        super().__init__()
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override] # the buffers that zipfile gives are bytes
        self._held += data
        return len(data)

    def taken(self) -> bytes:
        """What was written since the last time."""
        found = bytes(self._held)
        self._held.clear()
        return found
