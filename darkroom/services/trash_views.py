"""What is shown of the trash, and what may be asked of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from darkroom.domain.base import SHA256_PATTERN, Model
from darkroom.domain.trash import TrashedImage
from darkroom.services.gallery_views import ImageSummary

ImageId = Annotated[str, StringConstraints(pattern=SHA256_PATTERN)]
"""Id of a picture."""


class TrashView(Model):
    """A picture in the trash."""

    image: ImageSummary
    """As it was."""
    trashed_at: datetime
    """When it was put away."""
    trashed_by: str
    """Id of who did it."""
    purge_at: datetime | None
    """When it will be removed for good; null when only by hand."""

    @classmethod
    def of(cls, found: TrashedImage, days: float) -> TrashView:
        """What is shown of a picture that stays so many days, 0 for ever."""
        purge_at = found.trashed_at + timedelta(days=days) if days else None
        return cls(
            image=ImageSummary.of(found.image), trashed_at=found.trashed_at, trashed_by=found.trashed_by, purge_at=purge_at
        )  # fmt: skip


class TrashPage(Model):
    """A page of the trash."""

    items: tuple[TrashView, ...]
    """Pictures, those put away last first."""
    total: int = Field(ge=0)
    """Pictures in the trash."""
    bytes: int = Field(ge=0)
    """Size of their originals, thumbnails and previews."""
    next_cursor: str | None
    """Cursor of the next page; null on the last one."""


class ImageIds(Model):
    """Some pictures."""

    ids: tuple[ImageId, ...] = Field(min_length=1, max_length=1000)
    """Their ids."""


class PurgeRequest(Model):
    """What to remove for good: some pictures of the trash, or all of it."""

    ids: tuple[ImageId, ...] | None = Field(None, min_length=1, max_length=1000)
    """Ids of pictures in the trash."""
    all: bool = False
    """Everything that is in the trash."""

    @model_validator(mode="after")
    def _one_of_both(self) -> PurgeRequest:
        if (self.ids is None) == (not self.all):
            raise ValueError("give either `ids` or `all`")
        return self


class TrashChange(Model):
    """What became of pictures that were put away, or restored."""

    moved: tuple[str, ...]
    """Ids of pictures that were moved."""
    there: tuple[str, ...] = ()
    """Ids of pictures that were there already."""
    unknown: tuple[str, ...] = ()
    """Ids of no picture."""


class Purged(Model):
    """What was removed for good."""

    images: int = Field(ge=0)
    """Pictures."""
    bytes: int = Field(ge=0)
    """Size of what nothing names any more; it is deleted at once, unless a backup or a move of storage is under way: then after it."""
    kept: int = Field(0, ge=0)
    """Pictures that stay in the trash, since a version of a dataset names them."""
