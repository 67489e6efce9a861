"""Blobs in an object store: S3 and compatible services, Google Cloud Storage, Azure Blob Storage."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from darkroom.errors import Error
from darkroom.store.blobs.base import (
    PIECE,
    BlobInfo,
    BlobStore,
    Capabilities,
    check_content,
    check_key,
    damaged,
    missing,
    read_source,
)
from darkroom.store.blobs.clients import make_client
from darkroom.store.blobs.location import Location
from darkroom.store.blobs.object_errors import mapped
from darkroom.store.blobs.ranges import RangeFile

if TYPE_CHECKING:
    from obstore.store import ObjectStore

SINGLE = 32 << 20
"""Bytes up to which a blob goes up in one request, which can be made conditional; larger ones go in parts."""
PART = 8 << 20
"""Bytes of a part."""
_PARTS_AT_ONCE = 4


class ObjectBlobStore:
    """A blob store in a bucket, as `<prefix>/<namespace>/<ab>/<key>`. It can be pickled into other processes.

    Temporary errors of the network are retried with exponential backoff and jitter by the client. An original is
    compared with its key before it is sent and after it was read; what happens on the wire is covered by the signature
    of the request (S3) and TLS.

    Args:
        location: the place.
        credentials: for it; what is missing comes from the provider's usual variables or the machine's identity.
    """

    def __init__(self, location: Location, credentials: Mapping[str, str] | None = None) -> None:
        self.location = location
        self._credentials = dict(credentials or {})
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"ObjectBlobStore({str(self.location)!r})"

    def __getstate__(self) -> dict[str, Any]:
        return {"location": self.location, "credentials": self._credentials}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["location"], state["credentials"])  # type: ignore[misc]

    @cached_property
    def client(self) -> ObjectStore:
        """The connection, made when first used: it has threads, and must not be there when a process forks."""
        return make_client(self.location, self._credentials)

    @property
    def capabilities(self) -> Capabilities:
        """What it can do; options of the URL take away what a compatible service lacks."""
        return Capabilities(
            range_read=self.location.flag("range"),
            presign=self.location.flag("presign"),
            conditional_put=self.location.flag("conditional"),
            server_copy=True,
            local_path=False,
            multipart=True,
        )

    def _path(self, namespace: str, key: str) -> str:
        check_key(namespace, key)
        return f"{namespace}/{key[:2]}/{key}"

    def put(self, namespace: str, key: str, data: bytes, *, durable: bool) -> bool:
        """Store bytes in one step; see `BlobStore.put`. Providers acknowledge only what is durable."""
        path = self._path(namespace, key)
        check_content(namespace, key, data)
        if len(data) > SINGLE or not self.capabilities.conditional_put:
            return self._put_checked_before(namespace, key, io.BytesIO(data), len(data))
        return self._put_conditionally(path, data)

    def _put_conditionally(self, path: str, data: bytes) -> bool:
        import obstore
        from obstore.exceptions import AlreadyExistsError

        with mapped(self.location, "Writing a blob"):
            try:
                obstore.put(self.client, path, data, mode="create", use_multipart=False)
            except AlreadyExistsError:
                if obstore.head(self.client, path)["size"] == len(data):
                    return False
                # Somebody else's half: the new bytes are right.
                obstore.put(self.client, path, data, use_multipart=False)
        return True

    def _put_checked_before(self, namespace: str, key: str, file: BinaryIO, size: int) -> bool:
        """Look first, then write: two writers at once may both "create" it, with the same bytes."""
        import obstore

        known = self.stat(namespace, key)
        if known is not None and known.bytes == size:
            return False
        with mapped(self.location, "Writing a blob"):
            obstore.put(
                self.client, self._path(namespace, key), file, use_multipart=size > SINGLE, chunk_size=PART,
                max_concurrency=_PARTS_AT_ONCE,
            )  # fmt: skip
        return True

    def put_file(self, namespace: str, path: Path, *, key: str | None = None, durable: bool = True) -> str:
        """Store a file; see `BlobStore.put_file`. It is read twice when it is large: to be hashed, then to be sent."""
        check_key(namespace, key or "0" * 64)
        seen, size, held = hashlib.sha256(), 0, bytearray()
        for piece in read_source(path):
            seen.update(piece)
            size += len(piece)
            if size <= SINGLE:
                held += piece
            else:
                held.clear()  # it goes up in parts, from the file
        found = key or seen.hexdigest()
        if namespace == "originals" and found != seen.hexdigest():
            raise damaged(namespace, found)
        if size <= SINGLE:
            self.put(namespace, found, bytes(held), durable=durable)
            return found
        with path.open("rb") as file:
            if self._put_checked_before(namespace, found, file, size):
                self._check_unchanged(path, size, seen.hexdigest(), namespace, found)
        return found

    def _check_unchanged(self, path: Path, size: int, digest: str, namespace: str, key: str) -> None:
        """Take back what was sent of a file that changed between being hashed and being sent."""
        again = hashlib.sha256()
        for piece in read_source(path):
            again.update(piece)
        if again.hexdigest() != digest:
            self.delete(namespace, key)
            raise Error("source_changed", f"{path.name} changed while it was being stored ({size} bytes before).")

    def read(self, namespace: str, key: str) -> bytes:
        """All bytes, compared with the key where that is their hash."""
        data = self._get(namespace, key).bytes().to_bytes()
        check_content(namespace, key, data)
        return bytes(data)

    def _get(self, namespace: str, key: str) -> Any:
        import obstore

        path = self._path(namespace, key)
        with mapped(self.location, "Reading a blob"):
            try:
                return obstore.get(self.client, path)
            except FileNotFoundError as error:
                raise self._absent(namespace, key, error) from None

    def _absent(self, namespace: str, key: str, error: FileNotFoundError) -> Exception:
        # The bucket may be what is not there: `mapped` tells them apart by the words.
        return error if "Bucket" in str(error) or "Container" in str(error) else missing(namespace, key)

    def open(self, namespace: str, key: str) -> BinaryIO:
        """A readable file that can seek, to be closed by the caller; only what is read is fetched."""
        if not self.capabilities.range_read:
            return io.BytesIO(self.read(namespace, key))
        info = self.stat(namespace, key)
        if info is None:
            raise missing(namespace, key)
        raw: Any = RangeFile(self, namespace, key, info.bytes)
        return io.BufferedReader(raw, buffer_size=PIECE)

    def read_range(self, namespace: str, key: str, start: int, count: int) -> bytes:
        """Some bytes of a blob.

        Raises:
            Error: `blob_missing`, `storage_*`.
        """
        import obstore

        path = self._path(namespace, key)
        with mapped(self.location, "Reading a blob"):
            try:
                return obstore.get_range(self.client, path, start=start, length=count).to_bytes()
            except FileNotFoundError as error:
                raise self._absent(namespace, key, error) from None

    def stat(self, namespace: str, key: str) -> BlobInfo | None:
        """What is known of it, or None."""
        import obstore

        path = self._path(namespace, key)
        with mapped(self.location, "Examining a blob"):
            try:
                found = obstore.head(self.client, path)
            except FileNotFoundError:
                return None
        return BlobInfo(key, found["size"], int(found["last_modified"].timestamp() * 1e9))

    def local_path(self, namespace: str, key: str) -> Path | None:
        """Never a path."""
        check_key(namespace, key)
        return None

    def delete(self, namespace: str, key: str) -> bool:
        """Remove it; returns whether it was there."""
        import obstore

        # Providers answer the removal of nothing with success.
        if self.stat(namespace, key) is None:
            return False
        with mapped(self.location, "Removing a blob"):
            try:
                obstore.delete(self.client, self._path(namespace, key))
            except FileNotFoundError:
                return False
        return True

    def keys(self, namespace: str, after: str = "") -> Iterator[str]:
        """Every key behind `after`, in order, a thousand with each request."""
        return (info.key for info in self.entries(namespace, after))

    def entries(self, namespace: str, after: str = "") -> Iterator[BlobInfo]:
        """Like `keys`, with what the listing tells of each blob."""
        import obstore

        check_key(namespace, after or "0" * 64)
        offset = f"{namespace}/{after[:2]}/{after}" if after else None
        with mapped(self.location, "Listing blobs"):
            for found in chain.from_iterable(obstore.list(self.client, namespace, offset=offset)):
                shard, _, key = found["path"].removeprefix(f"{namespace}/").partition("/")
                if len(key) == 64 and key.startswith(shard):
                    yield BlobInfo(key, found["size"], int(found["last_modified"].timestamp() * 1e9))

    def copy_from(self, other: BlobStore, namespace: str, key: str) -> bool:
        """Copy a blob from another folder of the same bucket, within the store; False where they are not of one bucket.

        Raises:
            Error: `blob_missing`, `storage_*`.
        """
        import obstore

        path = self._path(namespace, key)
        if not isinstance(other, ObjectBlobStore) or not self._shares_bucket(other):
            return False
        root = make_client(replace(self.location, prefix=""), self._credentials)
        ends = [f"{one.location.prefix}/{path}".lstrip("/") for one in (other, self)]
        with mapped(self.location, "Copying a blob"):
            try:
                obstore.copy(root, ends[0], ends[1])
            except FileNotFoundError as error:
                raise self._absent(namespace, key, error) from None
        return True

    def _shares_bucket(self, other: ObjectBlobStore) -> bool:
        mine, theirs = (replace(one.location, prefix="") for one in (self, other))
        return mine == theirs and self._credentials == other._credentials

    def verify(self, namespace: str, key: str) -> None:
        """Read it through and compare an original with its key."""
        seen = hashlib.sha256()
        stream = self._get(namespace, key)
        with mapped(self.location, "Reading a blob"):
            for piece in stream.stream(min_chunk_size=PIECE):
                seen.update(piece)
        if namespace == "originals" and seen.hexdigest() != key:
            raise damaged(namespace, key)

    def presign(self, namespace: str, key: str, *, seconds: float = 900.0, method: str = "GET") -> str | None:
        """An address under which anybody may read (or with PUT write) this one blob for a time; None where not offered.

        Args:
            namespace: `originals` or `renditions`.
            key: of the blob.
            seconds: how long the address works, at most seven days.
            method: `GET` or `PUT`.
        """
        import obstore

        path = self._path(namespace, key)
        if not self.capabilities.presign:
            return None
        with mapped(self.location, "Signing an address"):
            client, verb = cast("Any", self.client), cast("Any", method)
            return str(obstore.sign(client, verb, path, timedelta(seconds=min(seconds, 604_800))))
