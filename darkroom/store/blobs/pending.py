"""Parts of files that browsers send straight to a bucket: objects beside the blobs, until they are one file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain
from typing import Any, cast

from darkroom.errors import Error
from darkroom.store.blobs.base import PIECE
from darkroom.store.blobs.object_errors import mapped
from darkroom.store.blobs.objects import ObjectBlobStore

FOLDER = "uploads"
"""Folder of such parts, beside `originals` and `renditions`: a life-cycle rule may empty it after some days."""
_HEADERS = {"az": {"x-ms-blob-type": "BlockBlob"}}


class PendingParts:
    """Parts under `<prefix>/uploads/<upload>/<number>`.

    Args:
        store: in whose bucket.
    """

    def __init__(self, store: ObjectBlobStore) -> None:
        self._store = store

    def _path(self, upload: str, number: int) -> str:
        return f"{FOLDER}/{upload}/{number}"

    def sign(self, upload: str, number: int, seconds: float) -> tuple[str, dict[str, str]]:
        """An address to PUT one part to, and the headers that go with it."""
        import obstore

        with mapped(self._store.location, "Signing an address"):
            client = cast("Any", self._store.client)
            address = str(obstore.sign(client, "PUT", self._path(upload, number), timedelta(seconds=seconds)))
        return address, _HEADERS.get(self._store.location.scheme, {})

    def sizes(self, upload: str) -> dict[int, int]:
        """Number and size of every part that is there."""
        import obstore

        found: dict[int, int] = {}
        with mapped(self._store.location, "Listing parts"):
            for one in chain.from_iterable(obstore.list(self._store.client, f"{FOLDER}/{upload}")):
                name = one["path"].rpartition("/")[2]
                if name.isascii() and name.isdigit():
                    found[int(name)] = one["size"]
        return found

    def pieces(self, upload: str, number: int) -> Iterator[bytes]:
        """The bytes of a part.

        Raises:
            Error: `conflict` when it is not there (any more), `storage_*`.
        """
        import obstore

        with mapped(self._store.location, "Reading a part"):
            try:
                stream = obstore.get(self._store.client, self._path(upload, number)).stream(min_chunk_size=PIECE)
            except FileNotFoundError as error:
                raise Error("conflict", f"Part {number} is not there any more.") from error
            for piece in stream:
                yield bytes(piece)

    def clear(self, upload: str) -> None:
        """Remove all parts of an upload."""
        import obstore

        paths = [self._path(upload, number) for number in self.sizes(upload)]
        with mapped(self._store.location, "Removing parts"):
            for path in paths:
                try:
                    obstore.delete(self._store.client, path)
                except FileNotFoundError:
                    continue
