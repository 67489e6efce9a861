"""The secret of a home: whoever can read it may do everything here, as with the files beside it.

The command line shows it to the running Darkroom, so that both act by the same rules. It opens nothing from elsewhere.
"""

from __future__ import annotations

import contextlib
import hmac
import os
import tempfile
from pathlib import Path

from darkroom.access import opaque
from darkroom.errors import Error


class OwnerSecret:
    """One for each home.

    Args:
        folder: of the home's keys; made when the secret is.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "owner.token"

    def show(self) -> str:
        """The secret, made if there is none.

        Raises:
            Error: `forbidden` where this user may not read it.
        """
        if not self._path.exists():
            try:
                self._make()
            except OSError as error:
                raise self._closed(error) from error
        found = self._read()
        if found is None:
            raise Error(
                "invalid_setting", f"{self._path} holds no secret.", remedy="Delete it; the next command makes another."
            )
        return found

    def fits(self, token: str) -> bool:
        """Whether a token is the secret of this home."""
        if not opaque.is_one(opaque.OWNER, token):
            return False
        found = self._read()
        return found is not None and hmac.compare_digest(found.encode(), token.encode())

    def _make(self) -> None:
        """Complete before it has the name; of two that are made at the same moment the first stays."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=self._path.parent, prefix=".owner-")
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(opaque.make(opaque.OWNER))
            with contextlib.suppress(FileExistsError):
                os.link(name, self._path)
        finally:
            Path(name).unlink(missing_ok=True)

    def _read(self) -> str | None:
        try:
            found = self._path.read_text().strip()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._closed(error) from error
        return found if opaque.is_one(opaque.OWNER, found) else None

    def _closed(self, error: OSError) -> Error:
        return Error(
            "forbidden", f"{self._path} cannot be read: {error.strerror}.",
            remedy="Run this as the user that runs Darkroom, or sign in with `darkroom login --url URL` and give --url.",
        )  # fmt: skip
