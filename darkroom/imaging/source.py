"""Reads a file exactly once, and notices when it changes meanwhile; the largest are read where they are needed."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from darkroom.errors import Error
from darkroom.imaging.limits import Limits

HEAD_BYTES = 65_536
# TIFF and BigTIFF in either byte order; RAW files that begin alike are small.
_BY_REGIONS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


class FileBytes:
    """The bytes of a file too large to be held: a slice reads that part of it.

    Args:
        path: of a file that nobody writes to; one of the same size and time of change is taken for the same.
        name: for messages.
    """

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name
        found = path.stat()
        self._state = found.st_size, found.st_mtime_ns

    def __len__(self) -> int:
        return self._state[0]

    def __getitem__(self, part: slice) -> bytes:
        start, stop, step = part.indices(len(self))
        if step != 1:
            raise ValueError("only parts in one piece can be read")
        with self.path.open("rb") as file:
            file.seek(start)
            return file.read(max(0, stop - start))

    def check_unchanged(self) -> None:
        """Return if the file is as it was.

        Raises:
            Error: `source_changed`.
        """
        found = self.path.stat()
        if (found.st_size, found.st_mtime_ns) != self._state:
            raise Error("source_changed", f"{self.name} was written to while it was being read.")


Data: TypeAlias = bytes | FileBytes
"""A picture as it is stored."""


@dataclass
class Source:
    """An open file, of which so much as the head has been read."""

    handle: int
    name: str
    size: int
    modified_ns: int
    head: bytes
    path: Path

    @property
    def may_stream(self) -> bool:
        """Whether it begins like a file that is read by regions."""
        return self.head.startswith(_BY_REGIONS)

    def check_size(self, most: int) -> None:
        """Return if it has no more bytes.

        Raises:
            Error: `image_too_many_bytes`.
        """
        if self.size > most:
            raise Error("image_too_many_bytes", f"{self.name} has {self.size:,} bytes.", bytes=self.size)

    def rest(self) -> bytes:
        """All bytes of the file.

        Raises:
            Error: `source_changed` when it grew, shrank or was written to since it was opened.
        """
        parts = [self.head]
        left = self.size - len(self.head)
        while left > 0:
            part = os.read(self.handle, left)
            if not part:
                break
            parts.append(part)
            left -= len(part)
        after = os.fstat(self.handle)
        if left or (after.st_size, after.st_mtime_ns) != (self.size, self.modified_ns):
            raise Error("source_changed", f"{self.name} was written to while it was being read.")
        return parts[0] if len(parts) == 1 else b"".join(parts)


@contextmanager
def opened(path: Path, name: str, limits: Limits) -> Iterator[Source]:
    """The file, open and with its head read.

    Raises:
        Error: `source_missing`, `source_unreadable`, `source_io`, `image_empty` or `image_too_many_bytes`;
            inside, any failure to read is mapped likewise.
    """
    handle = -1
    try:
        # Without blocking: a named pipe in the inbox must not hold a worker for ever.
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise Error("source_unreadable", f"{name} is not a file.")
        if found.st_size == 0:
            raise Error("image_empty", f"{name} has no bytes.")
        head = os.read(handle, HEAD_BYTES)
        source = Source(handle, name, found.st_size, found.st_mtime_ns, head, path)
        source.check_size(limits.max_streamed_bytes if source.may_stream else limits.max_file_bytes)
        yield source
    except OSError as error:
        raise _mapped(error, path) from error
    finally:
        if handle >= 0:
            os.close(handle)


def _mapped(error: OSError, path: Path) -> Error:
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return Error("source_missing", f"{path} is not there any more.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EISDIR, errno.ELOOP, errno.ENXIO, errno.ENAMETOOLONG):
        return Error("source_unreadable", f"{path} cannot be opened: {error.strerror}.")
    return Error("source_io", f"Reading {path} failed: {error.strerror or error}.")
