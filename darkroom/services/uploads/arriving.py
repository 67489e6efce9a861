"""A file on its way to disk: under a name of its own until it is whole, so that nobody meets half of it."""

from __future__ import annotations

import hashlib
import hmac
import os
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path

from darkroom.errors import Error
from darkroom.services.uploads.files import mapped, sync_folder


class Arriving(ABC):
    """Takes the bytes of a file one after the other.

    Its methods block: call them in a thread, one at a time.

    Args:
        target: where it lies once it is whole; a file there is replaced.
        temporary: where it lies until then, in the same folder, which is there; nothing of that name.
        most: bytes that it has at most.
        digest: sha256 that it must have, if whoever sends it says.

    Raises:
        Error: a storage error.
    """

    what: str
    """What it is, in words."""

    def __init__(self, target: Path, temporary: Path, most: int, digest: bytes | None) -> None:
        self.most = most
        self.written = 0
        self._target = target
        self._temporary = temporary
        self._digest = digest
        self._seen = hashlib.sha256()
        with mapped():
            self._file = temporary.open("xb", buffering=0)

    def write(self, data: bytes) -> None:
        """Append.

        Raises:
            Error: `payload_too_large`, or a storage error.
        """
        self.written += len(data)
        if self.written > self.most:
            raise self.too_large()
        self._seen.update(data)
        with mapped():
            view = memoryview(data)
            while view:
                view = view[self._file.write(view) :]

    def finish(self) -> None:
        """Put it in its place, on disk.

        Raises:
            Error: as `check`, `checksum_mismatch`, or a storage error.
        """
        self.check()
        if self._digest is not None and not hmac.compare_digest(self._seen.digest(), self._digest):
            raise Error("checksum_mismatch", f"The {self.what} has another checksum than its Content-Digest says.")
        with mapped():
            os.fsync(self._file.fileno())
            self._file.close()
            self._temporary.replace(self._target)
            sync_folder(self._target.parent)

    def discard(self) -> None:
        """Remove what came; does nothing to a file that is in its place."""
        self._file.close()
        with suppress(OSError):
            self._temporary.unlink(missing_ok=True)

    @abstractmethod
    def check(self) -> None:
        """Return if as much came as has to.

        Raises:
            Error: it did not.
        """

    @abstractmethod
    def too_large(self) -> Error:
        """What is said where more comes than may."""
