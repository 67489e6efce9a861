"""Files of an upload on their way to disk: hidden while they grow, then under a clean name."""

from __future__ import annotations

import errno
import os
import shutil
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from darkroom.domain.ingest import BatchItem
from darkroom.errors import Error

_LONGEST_NAME = 180
"""Bytes; file systems take 255, and the ledger may add to it."""
_NOT_SHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that have no business in a name: controls, overrides of direction, halves of pairs."""
_RESERVE_BYTES = 64 * 1024 * 1024


def clean_name(name: str) -> str:
    """The base name of whatever a client calls a file: no folders, no controls, not hidden, not too long."""
    base = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    kept = "".join(" " if unicodedata.category(sign) in _NOT_SHOWN else sign for sign in base)
    kept = " ".join(kept.split()).lstrip(". ").rstrip(". ") or "unnamed"
    stem, dot, suffix = kept.rpartition(".")
    if not dot or len(suffix.encode()) > 20:
        stem, dot, suffix = kept, "", ""
    room = _LONGEST_NAME - len((dot + suffix).encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip() + dot + suffix


@contextmanager
def mapped() -> Iterator[None]:
    """Turn errors of the disk into ours."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Error("storage_full", "The upload does not fit on the disk of the home folder.") from error
        if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise Error("storage_read_only", f"The upload cannot be written: {error.strerror}.") from error
        raise Error("storage_io", f"The upload cannot be written: {error.strerror}.") from error


class Staging:
    """The folder of one upload. Its methods block: call them in a thread, one at a time.

    Args:
        folder: where; its name is the id of the batch to be.
        max_bytes: largest file.
        max_files: most files.
    """

    def __init__(self, folder: Path, *, max_bytes: int, max_files: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._max_files = max_files
        self._names: set[str] = set()
        self._items: list[BatchItem] = []
        self._file: BinaryIO | None = None
        self._name = ""
        self._written = 0

    def prepare(self, expected: int) -> None:
        """Make the folder, if the disk has room for `expected` bytes.

        Raises:
            Error: `storage_full`, `storage_read_only` or `storage_io`.
        """
        with mapped():
            self._folder.mkdir(parents=True, mode=0o700)
            free = shutil.disk_usage(self._folder).free
        if expected + _RESERVE_BYTES > free:
            raise Error("storage_full", f"The upload has {expected} bytes, the disk of the home folder {free} free.")

    def begin(self, name: str) -> None:
        """Start a file.

        Raises:
            Error: `payload_too_large` for one file too many.
        """
        if len(self._names) >= self._max_files:
            raise Error(
                "payload_too_large",
                f"An upload takes {self._max_files} files at most.",
                remedy="Send several uploads, or raise DARKROOM_BATCH_MAX_FILES.",
            )
        self._name = self._unused(clean_name(name))
        self._written = 0
        with mapped():
            self._file = self._temporary.open("xb")

    def write(self, data: bytes) -> None:
        """Append to the file begun last.

        Raises:
            Error: `payload_too_large`, or a storage error.
        """
        assert self._file is not None  # noqa: S101 - the parser tells begin before data
        self._written += len(data)
        if self._written > self._max_bytes:
            raise Error("payload_too_large", f"{self._name} has more than {self._max_bytes} bytes.", file=self._name)
        with mapped():
            self._file.write(data)

    def finish(self) -> None:
        """Put the file begun last in its place: on disk, since the answer promises that it is not lost."""
        assert self._file is not None  # noqa: S101 - the parser tells begin before end
        path = self._folder / self._name
        with mapped():
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._temporary.rename(path)
            found = path.stat()
        self._file = None
        item = BatchItem(key=self._name, path=str(path), bytes=found.st_size, modified_ns=found.st_mtime_ns)
        self._items.append(item)

    def complete(self, tags: tuple[str, ...]) -> list[BatchItem]:
        """All files, ready for a batch."""
        with mapped():
            handle = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        return [item.model_copy(update={"tags": tags}) for item in self._items]

    def discard(self) -> None:
        """Remove everything."""
        if self._file is not None:
            self._file.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _temporary(self) -> Path:
        return self._folder / ".uploading"

    def _unused(self, name: str) -> str:
        """`name`, or `name (2)` and so on; names that differ in case only are one on some file systems."""
        stem, dot, suffix = name.rpartition(".")
        if not dot:
            stem, suffix = name, ""
        count, found = 1, name
        while found.casefold() in self._names:
            count += 1
            found = f"{stem} ({count}){dot}{suffix}"
        self._names.add(found.casefold())
        return found


def sweep_uploads(uploads: Path, is_batch: Callable[[str], bool], *, older_than: float = 6 * 3600.0) -> list[str]:
    """Remove what uploads left that broke off when the server died; returns the names of the folders.

    Args:
        uploads: folder of all uploads.
        is_batch: whether a batch of that id exists; its files are then its own.
        older_than: seconds without a change after which nobody works on a folder any more.
    """
    removed = []
    now = time.time()
    for folder in uploads.iterdir() if uploads.is_dir() else ():
        try:
            newest = max(path.lstat().st_mtime for path in (folder, *folder.iterdir()))
        except (FileNotFoundError, NotADirectoryError):
            continue
        if now - newest > older_than and not is_batch(folder.name):
            shutil.rmtree(folder, ignore_errors=True)
            removed.append(folder.name)
    return removed
