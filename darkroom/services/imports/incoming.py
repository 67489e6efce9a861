"""An archive on its way to disk."""

from __future__ import annotations

import secrets

from darkroom.errors import Error
from darkroom.services.imports.keeping import archive_of
from darkroom.services.uploads.arriving import Arriving
from darkroom.services.uploads.files import check_room
from darkroom.settings import Settings


class Incoming(Arriving):
    """Takes the bytes of an archive.

    Args:
        settings: the folder, and how large it may be.
        work_id: of the import that it is for.
        expected: bytes that are announced, 0 where that is not known.
        digest: sha256 that it must have, if whoever sends it says.

    Raises:
        Error: `payload_too_large`, `storage_full` or another storage error.
    """

    what = "archive"

    def __init__(self, settings: Settings, work_id: str, expected: int, digest: bytes | None) -> None:
        self.most = settings.import_max_bytes
        if expected > self.most:
            raise self.too_large()
        check_room(settings.imports, expected)
        temporary = settings.imports / f"{work_id}-{secrets.token_hex(4)}.part"
        super().__init__(archive_of(settings, work_id), temporary, self.most, digest)

    def check(self) -> None:
        """Return if anything came.

        Raises:
            Error: `dataset_invalid`.
        """
        if not self.written:
            raise Error("dataset_invalid", "No archive came.", remedy="Send a zip or a tar as the body of the request.")

    def too_large(self) -> Error:
        """What is said of an archive that is larger than one may be."""
        return Error(
            "payload_too_large", f"An archive has {self.most:,} bytes at most.",
            remedy="Send it in several archives, or raise DARKROOM_IMPORT_MAX_BYTES.",
        )  # fmt: skip
