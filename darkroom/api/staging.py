"""Files of an upload on their way to disk: hidden while they grow, then under a clean name."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from darkroom.domain.ingest import BatchItem
from darkroom.errors import Error
from darkroom.services.uploads.files import check_room, clean_name, mapped, sync_folder


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
        check_room(self._folder, expected)

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
            sync_folder(self._folder)
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
