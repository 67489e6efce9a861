"""What every outside system that pictures come from (or go to) offers."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol


@dataclass(frozen=True, slots=True)
class Listed:
    """One file as a connector lists it."""

    key: str
    """Name within the connector: a relative path with `/`."""
    path: Path
    """Where it lies on this machine."""
    bytes: int
    """Size."""
    modified_ns: int
    """Modification time, nanoseconds since 1970."""
    changed_ns: int
    """Time of the last change of the file or its name, nanoseconds since 1970: also grows when an old file is moved in."""


class Connector(Protocol):
    """A place with files: list what is there, read one, write one."""

    name: str
    """Its name, kept in the sources of the pictures it brought."""

    def list(self, since: int | None = None) -> Iterable[Listed]:
        """The files, in order of their names; with `since` only those changed at or after that time (nanoseconds)."""
        ...

    def open(self, key: str) -> BinaryIO:
        """The bytes of one file.

        Raises:
            Error: `source_missing`, `source_unreadable` or `source_io`.
        """
        ...

    def write(self, key: str) -> AbstractContextManager[BinaryIO]:
        """A file that appears under `key` in one step when the block ends, and not at all when it raises.

        Raises:
            Error: `invalid_parameter` for a key that is not a plain relative path; `storage_*`.
        """
        ...
