"""An archive on its way to disk."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from contextlib import suppress

from darkroom.errors import Error
from darkroom.services.imports.keeping import archive_of
from darkroom.services.uploads.files import check_room, mapped, sync_folder
from darkroom.settings import Settings


class Incoming:
    """Takes the bytes of an archive, under a name of its own until it is whole.

    Its methods block: call them in a thread, one at a time.

    Args:
        settings: the folder, and how large it may be.
        work_id: of the import that it is for.
        expected: bytes that are announced, 0 where that is not known.
        digest: sha256 that it must have, if whoever sends it says.

    Raises:
        Error: `payload_too_large`, `storage_full` or another storage error.
    """

    def __init__(self, settings: Settings, work_id: str, expected: int, digest: bytes | None) -> None:
        self._most = settings.import_max_bytes
        self._digest = digest
        self._seen = hashlib.sha256()
        self._written = 0
        self._target = archive_of(settings, work_id)
        if expected > self._most:
            raise self._too_large()
        check_room(settings.imports, expected)
        with mapped():
            self._temporary = settings.imports / f"{work_id}-{secrets.token_hex(4)}.part"
            self._file = self._temporary.open("xb", buffering=0)

    def write(self, data: bytes) -> None:
        """Append.

        Raises:
            Error: `payload_too_large`, or a storage error.
        """
        self._written += len(data)
        if self._written > self._most:
            raise self._too_large()
        self._seen.update(data)
        with mapped():
            view = memoryview(data)
            while view:
                view = view[self._file.write(view) :]

    def finish(self) -> None:
        """Put the archive in its place, on disk.

        Raises:
            Error: `dataset_invalid` when nothing came, `checksum_mismatch`, or a storage error.
        """
        if not self._written:
            raise Error("dataset_invalid", "No archive came.", remedy="Send a zip or a tar as the body of the request.")
        if self._digest is not None and not hmac.compare_digest(self._seen.digest(), self._digest):
            raise Error("checksum_mismatch", "The archive has another checksum than its Content-Digest says.")
        with mapped():
            os.fsync(self._file.fileno())
            self._file.close()
            self._temporary.replace(self._target)
            sync_folder(self._target.parent)

    def discard(self) -> None:
        """Remove what came; does nothing to an archive that is in its place."""
        self._file.close()
        with suppress(OSError):
            self._temporary.unlink(missing_ok=True)

    def _too_large(self) -> Error:
        return Error(
            "payload_too_large", f"An archive has {self._most:,} bytes at most.",
            remedy="Send it in several archives, or raise DARKROOM_IMPORT_MAX_BYTES.",
        )  # fmt: skip
