"""The interface that every place for bytes offers, and the rules for keys."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, Protocol, get_args, runtime_checkable

from darkroom.errors import Error

Namespace = Literal["originals", "renditions"]
"""`originals`: the key is the sha256 of the content. `renditions`: the key is the address, see `Rendition`."""

NAMESPACES: tuple[str, ...] = get_args(Namespace)
_KEY = re.compile(r"[0-9a-f]{64}")

PIECE = 1 << 20
"""Bytes read or hashed at a time."""


@dataclass(frozen=True)
class Capabilities:
    """What a store can do beyond putting and reading whole blobs."""

    range_read: bool
    """`open` gives a file that can seek without reading everything."""
    presign: bool
    """It can make addresses that a browser may read from directly."""
    conditional_put: bool
    """Of several writers of one key exactly one creates it."""
    server_copy: bool
    """It copies within itself without the bytes passing through us."""
    local_path: bool
    """`local_path` gives a path that can be sent as a file."""
    multipart: bool = False
    """Large blobs go up in parts, of which only those that failed are sent again."""


@dataclass(frozen=True)
class BlobInfo:
    """What is known of a blob without reading it."""

    key: str
    """Its key."""
    bytes: int
    """Its size."""
    modified_ns: int
    """When it was written, nanoseconds since 1970."""


def check_key(namespace: str, key: str) -> None:
    """Return if that can name a blob.

    Raises:
        Error: `blob_key_invalid`: nothing else ever becomes part of a path.
    """
    if namespace not in NAMESPACES:
        raise Error("blob_key_invalid", f"There is no namespace {namespace[:40]!r}.")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise Error("blob_key_invalid", f"{str(key)[:80]!r} is not a sha256 in lower-case hexadecimal.")


def check_content(namespace: str, key: str, data: bytes) -> None:
    """Return if `data` may lie under that key: originals are named by their own hash.

    Raises:
        Error: `blob_damaged`.
    """
    if namespace == "originals" and hashlib.sha256(data).hexdigest() != key:
        raise damaged(namespace, key)


def damaged(namespace: str, key: str) -> Error:
    """The error for bytes that differ from their name."""
    return Error("blob_damaged", f"The bytes of {namespace}/{key} have another checksum.", key=key)


def missing(namespace: str, key: str) -> Error:
    """The error for a blob that is not there."""
    return Error("blob_missing", f"There is no blob {namespace}/{key}.", key=key)


def read_source(path: Path) -> Iterator[bytes]:
    """The bytes of a file that is to be stored, in pieces.

    Raises:
        Error: `source_missing`, `source_unreadable` or `source_io`.
    """
    try:
        with path.open("rb", buffering=0) as file:
            while piece := file.read(PIECE):
                yield piece
    except FileNotFoundError as error:
        raise Error("source_missing", f"{path.name} is not there.", path=str(path)) from error
    except PermissionError as error:
        raise Error("source_unreadable", f"{path.name} may not be read.", path=str(path)) from error
    except OSError as error:
        raise Error("source_io", f"{path.name}: {error.strerror}", path=str(path)) from error


@runtime_checkable
class BlobStore(Protocol):
    """A place for bytes under a namespace and a sha256 key; every method raises `blob_key_invalid` for other keys."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        ...

    def put(self, namespace: str, key: str, data: bytes, *, durable: bool) -> bool:
        """Store bytes in one step; returns whether they were new.

        Args:
            namespace: `originals` or `renditions`.
            key: the sha256 of `data` for originals (verified), the address for renditions.
            data: the bytes.
            durable: return only when they are on the disk.

        Raises:
            Error: `blob_damaged` when an original's key is not its hash, `storage_*`.
        """
        ...

    def put_file(self, namespace: str, path: Path, *, key: str | None = None, durable: bool = True) -> str:
        """Store a file; returns its key, the sha256 of the content unless given (renditions)."""
        ...

    def read(self, namespace: str, key: str) -> bytes:
        """All bytes.

        Raises:
            Error: `blob_missing`.
        """
        ...

    def open(self, namespace: str, key: str) -> BinaryIO:
        """A readable file, to be closed by the caller.

        Raises:
            Error: `blob_missing`.
        """
        ...

    def stat(self, namespace: str, key: str) -> BlobInfo | None:
        """What is known of it, or None."""
        ...

    def local_path(self, namespace: str, key: str) -> Path | None:
        """A path on this machine, or None when missing or kept elsewhere."""
        ...

    def delete(self, namespace: str, key: str) -> bool:
        """Remove it; returns whether it was there."""
        ...

    def keys(self, namespace: str, after: str = "") -> Iterator[str]:
        """Every key behind `after` (from the first one when empty), in order."""
        ...

    def verify(self, namespace: str, key: str) -> None:
        """Read it through.

        Raises:
            Error: `blob_missing`, or `blob_damaged` when an original differs from its key.
        """
        ...
