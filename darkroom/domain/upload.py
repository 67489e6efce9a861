"""A file on its way in, in parts: it survives lost connections and processes."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from darkroom.domain.base import SHA256_PATTERN, Document

UploadState = Literal["open", "waiting", "submitted"]
"""`open` while parts come in, `waiting` once it is whole, `submitted` once it belongs to a batch."""

PART_BYTES = 8 << 20
"""Bytes of a part, unless that made more than `MOST_PARTS` of a file."""
MOST_PARTS = 1000
_STEP = 1 << 20


class Upload(Document):
    """One file that comes in part by part, in any order."""

    owner: str
    """Account (or principal without one) that it belongs to: nobody else sees it."""
    principal: str
    """Id of who began it."""
    name: str
    """Clean base name."""
    bytes: int = Field(ge=0)
    """Size of the whole file."""
    part_bytes: int = Field(ge=1)
    """Size of every part but the last."""
    sha256: str | None = Field(None, pattern=SHA256_PATTERN)
    """What the whole file must hash to, where whoever sends it knows."""
    modified_at: datetime | None = None
    """When the file was last changed where it comes from."""
    tags: tuple[str, ...] = ()
    """Tags that the picture gets."""
    group: str | None = None
    """Uploads of one owner and group become one batch."""
    direct: bool = False
    """Whether its parts go straight to the bucket."""
    state: UploadState = "open"
    """Where it is."""
    batch: str | None = None
    """The batch that it belongs to, once submitted."""
    created_at: datetime
    """When it was begun."""
    touched_at: datetime
    """When something last came in."""

    @property
    def part_count(self) -> int:
        """How many parts it has."""
        return -(-self.bytes // self.part_bytes)

    def part_size(self, number: int) -> int:
        """Bytes of a part; parts count from one."""
        return min(self.part_bytes, self.bytes - (number - 1) * self.part_bytes)


def part_bytes_for(size: int) -> int:
    """Bytes of the parts of a file: few enough parts to list, small enough to send again."""
    least = -(-size // MOST_PARTS)
    return max(PART_BYTES, -(-least // _STEP) * _STEP)
