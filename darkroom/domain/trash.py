"""Pictures that were put away, and bytes that nothing names any more."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from darkroom.domain.base import SHA256_PATTERN, Document
from darkroom.domain.image import ImageRecord


class TrashedImage(Document):
    """A picture in the trash, whole, so that it comes back as it was. Its id is the picture's."""

    id: str = Field(pattern=SHA256_PATTERN)
    image: ImageRecord
    """As it was."""
    trashed_at: datetime
    """When it was put away."""
    trashed_by: str
    """Id of who did it."""


class ReleasedBlobs(Document):
    """Bytes of a picture that was removed for good; its id is the picture's.

    The picture may come in again at any moment, also while its bytes are being deleted. Whoever brings it in looks here:
    `waiting` bytes can be kept, while they are `deleting` nobody may rely on them, and what is there after they are `gone`
    was stored anew.
    """

    id: str = Field(pattern=SHA256_PATTERN)
    renditions: tuple[str, ...] = ()
    """Addresses of everything derived from it."""
    dropped: tuple[str, ...] = ()
    """Names of the files in the inbox that it came from, until they are removed."""
    state: Literal["waiting", "deleting", "gone"] = "waiting"
    """How far it is."""
    released_at: datetime
    """When nothing named them any more."""
    gone_at: datetime | None = None
    """When they were deleted."""
