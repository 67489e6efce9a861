"""Blobs as files under one folder: `<root>/<namespace>/ab/cd/<key>`."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from darkroom.errors import Error
from darkroom.store.blobs.base import (
    PIECE,
    BlobInfo,
    Capabilities,
    check_content,
    check_key,
    damaged,
    missing,
    read_source,
)

_FULL = {errno.ENOSPC, errno.EDQUOT}
_READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}
_TEMPORARY = ".tmp"
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS}


@contextmanager
def _mapped(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        code = "storage_io"
        if error.errno in _FULL:
            code = "storage_full"
        elif error.errno in _READ_ONLY:
            code = "storage_read_only"
        raise Error(code, f"{what}: {error.strerror or error}", path=str(error.filename or "")) from error


class LocalBlobStore:
    """A blob store on a local disk. It holds no open files, so it can be pickled and shared by processes.

    Args:
        root: the folder; made when first written to.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(root)

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        return Capabilities(range_read=True, presign=False, conditional_put=True, server_copy=False, local_path=True)

    def _path(self, namespace: str, key: str) -> str:
        check_key(namespace, key)
        return f"{self.root}/{namespace}/{key[:2]}/{key[2:4]}/{key}"

    def put(self, namespace: str, key: str, data: bytes, *, durable: bool) -> bool:
        """Store bytes in one step; see `BlobStore.put`."""
        path = self._path(namespace, key)
        check_content(namespace, key, data)
        with _mapped("The blob could not be written"):
            if _size(path) == len(data):
                return False
            temporary = self._write_temporary(namespace, (data,), durable=durable)
            return _publish(temporary, path, size=len(data), durable=durable)

    def put_file(self, namespace: str, path: Path, *, key: str | None = None, durable: bool = True) -> str:
        """Store a file, read once in pieces; see `BlobStore.put_file`."""
        check_key(namespace, key or "0" * 64)
        seen = hashlib.sha256()
        size = 0

        def pieces() -> Iterator[bytes]:
            nonlocal size
            for piece in read_source(path):
                seen.update(piece)
                size += len(piece)
                yield piece

        with _mapped("The blob could not be written"):
            temporary = self._write_temporary(namespace, pieces(), durable=durable)
            found = key or seen.hexdigest()
            if namespace == "originals" and found != seen.hexdigest():
                Path(temporary).unlink()
                raise damaged(namespace, found)
            _publish(temporary, self._path(namespace, found), size=size, durable=durable)
        return found

    def _write_temporary(self, namespace: str, pieces: Iterable[bytes], *, durable: bool) -> str:
        """Write into the same file system, so that publishing is one step of the kernel."""
        folder = f"{self.root}/{namespace}/{_TEMPORARY}"
        name = f"{folder}/{os.getpid()}-{secrets.token_hex(8)}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        try:
            handle = os.open(name, flags, 0o644)
        except FileNotFoundError:
            Path(folder).mkdir(parents=True, exist_ok=True)
            handle = os.open(name, flags, 0o644)
        try:
            try:
                for piece in pieces:
                    view = memoryview(piece)
                    while view:
                        view = view[os.write(handle, view) :]
                if durable:
                    os.fsync(handle)
            finally:
                os.close(handle)
        except BaseException:
            with suppress(OSError):
                Path(name).unlink()
            raise
        return name

    def read(self, namespace: str, key: str) -> bytes:
        """All bytes, compared with the key where that is their hash."""
        with self.open(namespace, key) as file, _mapped("The blob could not be read"):
            data = file.read()
        check_content(namespace, key, data)
        return data

    def open(self, namespace: str, key: str) -> BinaryIO:
        """A readable file that can seek, to be closed by the caller."""
        path = self._path(namespace, key)
        with _mapped("The blob could not be read"):
            try:
                return os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW), "rb")
            except (FileNotFoundError, NotADirectoryError) as error:
                raise missing(namespace, key) from error

    def stat(self, namespace: str, key: str) -> BlobInfo | None:
        """What is known of it, or None."""
        path = self._path(namespace, key)
        with _mapped("The blob could not be examined"):
            try:
                found = os.lstat(path)
            except (FileNotFoundError, NotADirectoryError):
                return None
        return BlobInfo(key, found.st_size, found.st_mtime_ns)

    def local_path(self, namespace: str, key: str) -> Path | None:
        """Its path, or None when it is missing."""
        path = Path(self._path(namespace, key))
        return path if path.is_file() and not path.is_symlink() else None

    def delete(self, namespace: str, key: str) -> bool:
        """Remove it; returns whether it was there."""
        path = self._path(namespace, key)
        with _mapped("The blob could not be removed"):
            try:
                os.unlink(path)  # noqa: PTH108 - paths stay strings here: a Path costs more than the call
            except (FileNotFoundError, NotADirectoryError):
                return False
        return True

    def keys(self, namespace: str, after: str = "") -> Iterator[str]:
        """Every key behind `after`, in order."""
        check_key(namespace, after or "0" * 64)
        top = f"{self.root}/{namespace}"
        for first in _names(top, 2):
            if first < after[:2]:
                continue
            for second in _names(f"{top}/{first}", 2):
                if first + second < after[:4]:
                    continue
                for key in _names(f"{top}/{first}/{second}", 64):
                    if key > after and key.startswith(first + second):
                        yield key

    def verify(self, namespace: str, key: str) -> None:
        """Read it through and compare an original with its key."""
        seen = hashlib.sha256()
        with self.open(namespace, key) as file, _mapped("The blob could not be read"):
            while piece := file.read(PIECE):
                seen.update(piece)
        if namespace == "originals" and seen.hexdigest() != key:
            raise damaged(namespace, key)

    def sweep(self, older_than: float = 3600.0) -> int:
        """Remove temporary files that killed processes left behind; returns how many.

        Args:
            older_than: seconds that a file must be untouched to count as left behind.
        """
        removed = 0
        limit = time.time() - older_than
        for folder in self.root.glob(f"*/{_TEMPORARY}"):
            for left in folder.iterdir():
                with suppress(FileNotFoundError), _mapped("A temporary file could not be removed"):
                    if left.stat().st_mtime < limit:
                        left.unlink()
                        removed += 1
        return removed


def _size(path: str) -> int | None:
    try:
        return os.lstat(path).st_size
    except (FileNotFoundError, NotADirectoryError):
        return None


def _publish(temporary: str, path: str, *, size: int, durable: bool) -> bool:
    """Give a finished temporary file its name; of several writers exactly one gets True."""
    try:
        created = _link(temporary, path, size)
    except FileNotFoundError:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        created = _link(temporary, path, size)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise
    if durable:
        # Also when another writer was first: it may not have got as far as this yet. Folders made just now are on the
        # disk with it: journalling file systems keep the order of such changes.
        _sync_folder(os.path.dirname(path))  # noqa: PTH120
    return created


def _link(temporary: str, path: str, size: int) -> bool:
    try:
        os.link(temporary, path)
    except FileExistsError:
        if _size(path) != size:  # cut short by a crash of the machine: the new bytes are right
            os.replace(temporary, path)  # noqa: PTH105
            return True
        os.unlink(temporary)  # noqa: PTH108
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        os.replace(temporary, path)  # noqa: PTH105 - a file system without hard links: as atomic, but two may "create"
        return True
    os.unlink(temporary)  # noqa: PTH108
    return True


def _sync_folder(path: str) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _names(folder: str, length: int) -> list[str]:
    """Names of that length in a folder, sorted; none when it is not there."""
    with _mapped("The blobs could not be listed"):
        try:
            return sorted(name for name in os.listdir(folder) if len(name) == length and name.isalnum())  # noqa: PTH208
        except (FileNotFoundError, NotADirectoryError):
            return []
