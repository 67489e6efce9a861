"""Where pictures go: the protocol that a blob store fulfils, and the order in which a picture is put there."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from darkroom.errors import Error
from darkroom.imaging.picture import Picture
from darkroom.imaging.source import Data, FileBytes


class Sink(Protocol):
    """Where originals and renditions are put; it is pickled into decoder processes (a `BlobStore` fits)."""

    def put(self, namespace: str, key: str, data: bytes, *, durable: bool) -> bool:
        """Keep the bytes under the key; True when they were not there yet."""
        ...

    def put_file(self, namespace: str, path: Path, *, key: str | None = None, durable: bool = True) -> str:
        """Keep a file, read in pieces, under the key; returns that."""
        ...


def store(picture: Picture, data: Data, sink: Sink) -> None:
    """Keep original and renditions.

    Raises:
        Error: `storage_io` and what the sink raises.
    """
    try:
        if isinstance(data, FileBytes):
            sink.put_file("originals", data.path, key=picture.sha256, durable=True)
            data.check_unchanged()
        else:
            sink.put("originals", picture.sha256, data, durable=True)
        # Renditions can be made again from the original: they need not survive a power cut.
        for made in picture.encoded:
            sink.put("renditions", made.address, made.data, durable=False)
    except OSError as error:
        raise Error("storage_io", f"{picture.name} could not be stored: {error.strerror or error}.") from error
