"""The base of every domain type, and clocks and identifiers they share."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, Field

SHA256_PATTERN = r"^[0-9a-f]{64}$"
"""A content hash: 64 lower-case hexadecimal digits."""


class Model(BaseModel):
    """A frozen value; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Document(Model):
    """A value stored under an id, with a revision for optimistic concurrency."""

    id: str
    """Identity; `_id` in MongoDB."""
    revision: int = Field(0, ge=0)
    """Grows by one with every write; a write based on an older revision is refused with `conflict`."""


def now() -> datetime:
    """The present, in UTC, cut to milliseconds (all that MongoDB keeps)."""
    present = datetime.now(UTC)
    return present.replace(microsecond=present.microsecond // 1000 * 1000)


def new_id(prefix: str) -> str:
    """A sortable identifier: prefix, UTC time to the millisecond, 32 random bits (`b-20261122T183000123-9f86d081`)."""
    present = datetime.now(UTC)
    return f"{prefix}-{present:%Y%m%dT%H%M%S}{present.microsecond // 1000:03d}-{secrets.token_hex(4)}"
