"""A folder of a bucket as a source of pictures: S3 and compatible services, Google Cloud Storage, Azure Blob Storage."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, cast

from darkroom.errors import Error

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_PIECE = 8 << 20
"""Bytes of one request: what a file takes of memory, however large it is."""
_PARTIAL = (".part", ".partial", ".crdownload", ".filepart", ".tmp")


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One object as the bucket lists it."""

    key: str
    """Name below the folder."""
    bytes: int
    """Size."""
    modified_ns: int
    """When it was written, nanoseconds since 1970."""
    tag: str | None
    """Changes with the content, where the service tells."""


class BucketConnector:
    """Lists and reads; nothing in the bucket is ever changed or removed.

    Args:
        client: connection to the folder.
        name: kept in the sources of the pictures.
    """

    def __init__(self, client: ObjectStore, name: str) -> None:
        self._client = client
        self.name = name

    def list(self, since: int | None = None) -> Iterator[RemoteFile]:
        """The files in order of their keys, a thousand with each request; with `since` only those written at or after it.

        Raises:
            Error: `source_io`, `source_unreadable`.
        """
        import obstore

        with _mapped(self.name):
            for one in chain.from_iterable(obstore.list(self._client)):
                found = RemoteFile(
                    one["path"], one["size"], int(one["last_modified"].timestamp() * 1e9), one.get("e_tag")
                )
                if _wanted(found) and (since is None or found.modified_ns >= since):
                    yield found

    def pieces(self, file: RemoteFile) -> Iterator[bytes]:
        """The bytes of a file, by ranges: after a line that broke only the range is asked for again.

        Raises:
            Error: `source_changed` when it is another one now, `source_missing`, `source_unreadable`, `source_io`.
        """
        import obstore
        from obstore.exceptions import PreconditionError

        for start in range(0, file.bytes, _PIECE):
            options: dict[str, Any] = {"range": (start, min(start + _PIECE, file.bytes))}
            if file.tag is not None:
                options["if_match"] = file.tag
            with _mapped(f"{self.name}/{file.key}"):
                try:
                    piece = bytes(obstore.get(self._client, file.key, options=cast("Any", options)).bytes())
                except PreconditionError as error:
                    raise Error("source_changed", f"{file.key} in {self.name} changed while it was read.") from error
            if len(piece) != options["range"][1] - start:
                raise Error("source_changed", f"{file.key} in {self.name} is shorter than it was listed.")
            yield piece


def _wanted(file: RemoteFile) -> bool:
    """Not the marks that tools leave for folders, nothing hidden, nothing half written."""
    parts = file.key.split("/")
    hidden = any(not part or part.startswith(".") or part == ".." for part in parts)
    return not hidden and not file.key.lower().endswith(_PARTIAL)


@contextmanager
def _mapped(what: str) -> Iterator[None]:
    from obstore import exceptions

    try:
        yield
    except (FileNotFoundError, exceptions.NotFoundError) as error:
        raise Error("source_missing", f"{what} is not there.", remedy="Check the URL in DARKROOM_BUCKETS.") from error
    except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError, PermissionError) as error:
        raise Error(
            "source_unreadable", f"{what} may not be read.", remedy="Give Darkroom's credentials list and read there."
        ) from error
    except (exceptions.BaseError, OSError) as error:
        if isinstance(error, exceptions.PreconditionError):
            raise
        if any(word in str(error) for word in ("NoSuchBucket", "ContainerNotFound")):
            remedy = "Create the bucket, or correct its URL in DARKROOM_BUCKETS."
            raise Error("source_missing", f"The bucket of {what} is not there.", remedy=remedy) from error
        # Never its words: they may hold a signed address.
        raise Error("source_io", f"Reading {what} failed ({type(error).__name__}).") from error
