"""Files on their way to disk: never held in memory, taken up where they broke off, checked, and only then in their place."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote

import httpx

from darkroom.client.call import API, Call
from darkroom.errors import Error

_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")
_NAME = re.compile(r"filename\*=UTF-8''([^;]+)")


class Download:
    """One file that comes; the server may break off at any byte.

    Args:
        call: gives the bytes.
        target: file to make, or folder to put it into under the name that the server gives.
    """

    def __init__(self, call: Call[Any], target: Path) -> None:
        self._call = call
        self._target = target
        folder = target if target.is_dir() else target.parent
        try:
            descriptor, name = tempfile.mkstemp(dir=folder, prefix=".darkroom-", suffix=".part")
        except OSError as error:
            raise Error("storage_io", f"{folder}: {error.strerror}.", remedy="Name a folder to write to.") from error
        self._part: Path | None = Path(name)
        self._file: BinaryIO = os.fdopen(descriptor, "wb")
        self._hash = hashlib.sha256()
        self._got = 0
        self._size: int | None = None
        self._tag: str | None = None
        self._name = "picture"

    def request(self) -> dict[str, Any]:
        """Arguments of `httpx.Client.stream`."""
        headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        if self._got and self._tag:
            headers |= {"Range": f"bytes={self._got}-", "If-Range": self._tag}
        found: dict[str, Any] = {"method": "GET", "url": API + self._call.path, "headers": headers}
        return found | ({"params": self._call.query} if self._call.query else {})

    def begin(self, answer: httpx.Response) -> None:
        """Look at how an answer begins; one that does not go on where the last one ended begins anew."""
        span = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
        if answer.status_code == httpx.codes.PARTIAL_CONTENT and span and int(span[1]) == self._got:
            self._size = int(span[2])
            return
        self._file.seek(0)
        self._file.truncate()
        self._got, self._hash = 0, hashlib.sha256()
        length = answer.headers.get("Content-Length", "")
        packed = "Content-Encoding" in answer.headers  # by a proxy on the way
        self._size = int(length) if length.isdigit() and not packed else None
        self._tag = answer.headers.get("ETag")
        named = _NAME.search(answer.headers.get("Content-Disposition", ""))
        # A name is the server's word: never a path.
        self._name = (re.split(r"[/\\\x00]", unquote(named[1]))[-1].strip(". ") if named else "") or "picture"

    def write(self, data: bytes) -> None:
        """Take a piece."""
        try:
            self._file.write(data)
        except OSError as error:
            raise Error("storage_io", f"{self._target}: {error.strerror}.", remedy="Free some space.") from error
        self._hash.update(data)
        self._got += len(data)

    def finish(self) -> Path:
        """Check what came, and put it in its place.

        Raises:
            Error: `server_unreachable` where bytes are missing, `blob_damaged` where they are not those asked for.
        """
        if self._size is not None and self._got != self._size:
            raise Error("server_unreachable", f"Only {self._got} of {self._size} bytes came.")
        wanted = self._call.sha256
        if wanted is not None and self._hash.hexdigest() != wanted:
            raise Error("blob_damaged", f"What came has the checksum {self._hash.hexdigest()}, not {wanted}.")
        self._file.flush()
        os.fsync(self._file.fileno())
        target = self._target / self._name if self._target.is_dir() else self._target
        assert self._part is not None  # noqa: S101 - finished once
        self._part.chmod(0o666 & ~_umask())
        self._part.replace(target)
        self._part = None
        return target

    def close(self) -> None:
        """Remove what is left of a file that did not come."""
        self._file.close()
        if self._part is not None:
            self._part.unlink(missing_ok=True)


def _umask() -> int:
    found = os.umask(0o077)
    os.umask(found)
    return found
