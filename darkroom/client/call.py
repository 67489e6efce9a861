"""One call of the REST API as a value: described once, sent by the client of either colour."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from darkroom.domain.base import Model

API = "/api/v1"
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Piece:
    """Some bytes of a file, read when they are sent."""

    path: Path
    """The file."""
    offset: int
    """Where they begin."""
    size: int
    """How many."""

    def read(self) -> bytes:
        """The bytes; fewer where the file has become shorter, which the server notices."""
        with self.path.open("rb") as file:
            file.seek(self.offset)
            return file.read(self.size)


@dataclass(frozen=True)
class Call(Generic[T_co]):
    """A request that has not been sent, and what its answer is read as."""

    method: str
    """HTTP method."""
    path: str
    """Address below `/api/v1`, its ids already quoted."""
    model: str | None = None
    """`module:Name` of the model of the answer, below `darkroom`; None where the answer is bytes or nothing."""
    query: Mapping[str, Any] = field(default_factory=dict)
    """Parameters behind the question mark; None and empty ones are left out."""
    body: Model | None = None
    """What is sent as JSON."""
    files: tuple[Path, ...] = ()
    """What is sent as a form, read as it goes."""
    form: Mapping[str, Any] = field(default_factory=dict)
    """Fields of that form."""
    if_match: str | None = None
    """Tag of what the change is based on."""
    piece: Piece | None = None
    """What is sent as it is, with its checksum."""
    file: Path | None = None
    """A file that is sent as it is, read as it goes."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """What else goes with it."""
    takes_key: bool = True
    """False for the POSTs that take no `Idempotency-Key`."""
    sha256: str | None = None
    """Checksum of the answer's bytes, where it is known before."""

    @property
    def repeatable(self) -> bool:
        """Whether sending it twice does no more than sending it once."""
        return self.method == "GET" or (self.method == "POST" and self.takes_key) or self.piece is not None

    @property
    def is_elsewhere(self) -> bool:
        """Whether it goes to a bucket, which must not see our token."""
        return not self.path.startswith("/")

    def read(self, data: bytes) -> T_co:
        """The answer's body as what this call promises."""
        if self.model is None:
            return data or None  # type: ignore[return-value] # Call[bytes] and Call[None] name no model
        module, _, name = self.model.partition(":")
        # Loaded with the first answer: a program uses few of them.
        model = getattr(importlib.import_module(f"darkroom.{module}"), name)
        # A Darkroom of a later version may tell more than is known here.
        found: T_co = model.model_validate_json(data, extra="ignore")
        return found


def elsewhere(method: str, url: str, piece: Piece, headers: Mapping[str, str]) -> Call[bytes]:
    """Bytes for a signed address of a bucket."""
    return Call(method, url, piece=piece, headers=headers)


def address(*parts: str) -> str:
    """A path of parts that may hold anything."""
    return "/" + "/".join(quote(part, safe="") for part in parts)


def given(**values: Any) -> dict[str, Any]:
    """The parameters that were given."""
    return {name: value for name, value in values.items() if value is not None and value != ()}
