"""Names and room for files on their way in."""

from __future__ import annotations

import errno
import os
import shutil
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from darkroom.errors import Error

_RESERVE_BYTES = 64 * 1024 * 1024
_LONGEST_NAME = 180
"""Bytes; file systems take 255, and the ledger may add to it."""
_NOT_SHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that have no business in a name: controls, overrides of direction, halves of pairs."""


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


def check_room(folder: Path, expected: int) -> None:
    """Make a folder, if its disk has room for `expected` bytes.

    Raises:
        Error: `storage_full`, `storage_read_only` or `storage_io`.
    """
    with mapped():
        folder.mkdir(parents=True, mode=0o700, exist_ok=True)
        free = shutil.disk_usage(folder).free
    if expected + _RESERVE_BYTES > free:
        raise Error("storage_full", f"The upload has {expected} bytes, the disk of the home folder {free} free.")


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
