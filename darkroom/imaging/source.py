"""Reads a file exactly once, and notices when it changes meanwhile."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from darkroom.errors import Error

HEAD_BYTES = 65_536


@dataclass
class Source:
    """An open file, of which so much as the head has been read."""

    handle: int
    name: str
    size: int
    modified_ns: int
    head: bytes

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
def opened(path: Path, name: str, max_bytes: int) -> Iterator[Source]:
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
        if found.st_size > max_bytes:
            raise Error("image_too_many_bytes", f"{name} has {found.st_size:,} bytes.", bytes=found.st_size)
        head = os.read(handle, HEAD_BYTES)
        yield Source(handle, name, found.st_size, found.st_mtime_ns, head)
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
