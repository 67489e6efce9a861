"""Where the parts of an upload lie until they are one file: in its folder, or in the bucket."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from darkroom.domain.upload import Upload
from darkroom.errors import Error
from darkroom.services.uploads.arriving import Arriving
from darkroom.services.uploads.files import mapped, sync_folder
from darkroom.store.blobs.base import PIECE
from darkroom.store.blobs.pending import PendingParts

_PART = re.compile(r"[1-9][0-9]{0,3}")
_PARTS = ".parts"
_SIGNED_SECONDS = 3600.0


class PartWriter(Arriving):
    """One part on its way to disk; it may be sent twice at once, and replaces itself.

    Args:
        folder: of the parts.
        number: of the part.
        size: bytes that it must have.
        digest: sha256 that it must have, if whoever sends it says.
    """

    what = "part"

    def __init__(self, folder: Path, number: int, size: int, digest: bytes | None) -> None:
        with mapped():
            folder.mkdir(parents=True, mode=0o700, exist_ok=True)
        super().__init__(folder / str(number), folder / f".{number}-{secrets.token_hex(8)}", size, digest)

    def check(self) -> None:
        """Return if all of it came.

        Raises:
            Error: `bad_request` when it is too short.
        """
        if self.written < self.most:
            raise Error("bad_request", f"This part has {self.most} bytes, and {self.written} came.")

    def too_large(self) -> Error:
        """What is said where more comes than was announced."""
        return Error("payload_too_large", f"This part has {self.most} bytes, and more came.")


class PartPlace(Protocol):
    """Where parts lie."""

    def there(self, upload: Upload) -> dict[int, int]:
        """Number and size of every part that is there."""

    def address(self, upload: Upload, number: int) -> tuple[str, dict[str, str]]:
        """Where a part is sent with PUT, and the headers that it takes."""

    def pieces(self, upload: Upload) -> Iterator[bytes]:
        """The whole file, piece by piece."""

    def clear(self, upload: Upload) -> None:
        """Remove all parts."""


class FolderParts:
    """Parts in the folder of uploads.

    Args:
        root: the folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def _folder(self, upload: Upload) -> Path:
        return self._root / upload.id / _PARTS

    def writer(self, upload: Upload, number: int, digest: bytes | None) -> PartWriter:
        """Takes a part in."""
        return PartWriter(self._folder(upload), number, upload.part_size(number), digest)

    def there(self, upload: Upload) -> dict[int, int]:
        """Number and size of every part that is there."""
        with mapped():
            try:
                found = list(os.scandir(self._folder(upload)))
                return {int(one.name): one.stat().st_size for one in found if _PART.fullmatch(one.name)}
            except FileNotFoundError:
                return {}

    def address(self, upload: Upload, number: int) -> tuple[str, dict[str, str]]:
        """A route of ours, which takes a digest."""
        return f"/api/v1/uploads/{upload.id}/parts/{number}", {}

    def pieces(self, upload: Upload) -> Iterator[bytes]:
        """The whole file, piece by piece."""
        for number in range(1, upload.part_count + 1):
            with mapped(), (self._folder(upload) / str(number)).open("rb", buffering=0) as file:
                while piece := file.read(PIECE):
                    yield piece

    def clear(self, upload: Upload) -> None:
        """Remove all parts."""
        shutil.rmtree(self._folder(upload), ignore_errors=True)


class BucketParts:
    """Parts as objects of their own beside the blobs; a browser sends them straight there.

    Args:
        pending: of the bucket.
    """

    def __init__(self, pending: PendingParts) -> None:
        self._pending = pending

    def there(self, upload: Upload) -> dict[int, int]:
        """Number and size of every part that is there."""
        return self._pending.sizes(upload.id)

    def address(self, upload: Upload, number: int) -> tuple[str, dict[str, str]]:
        """A signed address, good for an hour; `GET` on the upload gives new ones."""
        return self._pending.sign(upload.id, number, _SIGNED_SECONDS)

    def pieces(self, upload: Upload) -> Iterator[bytes]:
        """The whole file, piece by piece."""
        for number in range(1, upload.part_count + 1):
            yield from self._pending.pieces(upload.id, number)

    def clear(self, upload: Upload) -> None:
        """Remove all parts."""
        self._pending.clear(upload.id)


def assemble(root: Path, upload: Upload, pieces: Iterator[bytes]) -> tuple[Path, str]:
    """Make the file of an upload, on disk; returns it and its sha256.

    Raises:
        Error: a storage error.
    """
    folder = root / upload.id
    seen, size = hashlib.sha256(), 0
    with mapped():
        folder.mkdir(parents=True, mode=0o700, exist_ok=True)
        temporary = folder / f".whole-{secrets.token_hex(8)}"
    try:
        with mapped(), temporary.open("xb", buffering=0) as file:
            for piece in pieces:
                seen.update(piece)
                size += len(piece)
                file.write(piece)
            os.fsync(file.fileno())
        if size != upload.bytes:
            raise Error("conflict", f"The parts have {size} bytes together, the file {upload.bytes}.")
        with mapped():
            if upload.modified_at is not None:
                moment = int(upload.modified_at.timestamp() * 1e9)
                os.utime(temporary, ns=(moment, moment))
            temporary.replace(folder / upload.name)
            sync_folder(folder)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    return folder / upload.name, seen.hexdigest()
