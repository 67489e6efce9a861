"""What the command line and the Python client are signed in with, kept in the user's own configuration folder.

One file, readable by its owner alone. A refresh token works once: whoever refreshes holds a lock from reading the old
one to having written the new one, so that two programs at the same time never show one twice, which would look like theft.
"""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from darkroom.domain.base import Model
from darkroom.errors import Error

_EARLY_SECONDS = 30.0


class Credential(Model):
    """Tokens for one Darkroom."""

    access_token: str
    """For the `Authorization: Bearer` header."""
    refresh_token: str
    """Exchanged once for new tokens."""
    expires_at: float
    """When the access token ends, in seconds since 1970."""

    def __repr__(self) -> str:
        return "Credential(...)"

    __str__ = __repr__


_FILE = TypeAdapter(dict[str, Credential])


class CredentialStore:
    """Credentials by the address of the Darkroom they are for, the last one signed in to at the end.

    Args:
        folder: of the user's configuration.
        clock: seconds since 1970.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._path = folder / "credentials.json"
        self._clock = clock

    def addresses(self) -> list[str]:
        """Every Darkroom that there are credentials for, the last one signed in to first."""
        return list(reversed(self._read()))

    def find(self, url: str) -> Credential | None:
        """Credentials for an address."""
        return self._read().get(url.rstrip("/"))

    def keep(self, url: str, credential: Credential) -> None:
        """Keep credentials, in the place of earlier ones."""
        with self._locked():
            self._write(
                {name: one for name, one in self._read().items() if name != url.rstrip("/")}
                | {url.rstrip("/"): credential}
            )  # fmt: skip

    def forget(self, url: str) -> Credential | None:
        """Forget credentials; returns what there was."""
        with self._locked():
            found = self._read()
            gone = found.pop(url.rstrip("/"), None)
            if gone is not None:
                self._write(found)
        return gone

    def access_token(self, url: str, refresh: Callable[[str], Credential]) -> str:
        """A token that is good for now, fetched anew where needed.

        Args:
            url: of the Darkroom.
            refresh: exchanges a refresh token; what it raises leaves everything as it was.

        Raises:
            Error: `unauthenticated` when there are no credentials.
        """
        found = self.find(url)
        if found is None or not self._is_fresh(found):
            with self._locked():
                # Another program may have done it meanwhile.
                kept = self._read()
                found = kept.get(url.rstrip("/"))
                if found is None:
                    raise Error("unauthenticated", f"Not signed in to {url}.", remedy="Run `darkroom login`.")
                if not self._is_fresh(found):
                    found = refresh(found.refresh_token)
                    kept[url.rstrip("/")] = found
                    self._write(kept)
        return found.access_token

    def _is_fresh(self, credential: Credential) -> bool:
        return credential.expires_at - _EARLY_SECONDS > self._clock()

    def _read(self) -> dict[str, Credential]:
        try:
            return _FILE.validate_python(json.loads(self._path.read_text()))
        except FileNotFoundError:
            return {}
        except (ValueError, ValidationError):
            raise Error(
                "invalid_setting", f"{self._path} cannot be read.", remedy="Delete it, and run `darkroom login`."
            ) from None

    def _write(self, found: dict[str, Credential]) -> None:
        content = json.dumps({name: one.model_dump() for name, one in found.items()}, indent=1)
        # Made with mode 0600, complete before it has the name.
        descriptor, name = tempfile.mkstemp(dir=self._path.parent, prefix=".credentials-")
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self._path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._path.parent / "credentials.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
