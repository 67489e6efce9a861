"""What is asked and answered about uploads."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints, field_validator

from darkroom.domain.base import SHA256_PATTERN, Model
from darkroom.domain.upload import Upload, UploadState
from darkroom.services.activity_views import BatchView
from darkroom.services.work.views import WorkView

Sha256 = Annotated[str, StringConstraints(pattern=SHA256_PATTERN)]
"""A content hash."""
GroupKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,80}$")]
"""What uploads that become one batch have in common, chosen by whoever sends them."""
TagName = Annotated[str, StringConstraints(min_length=1, max_length=120)]
"""A tag."""


class NewUpload(Model):
    """A file that is going to be sent."""

    name: str = Field(min_length=1, max_length=1000)
    """Its name; folders are left out."""
    bytes: int = Field(ge=0, le=10**15)
    """Its size."""
    sha256: Sha256 | None = None
    """Its content hash: with it nothing is sent that is known already, what broke off is gone on with, and the whole is verified."""
    modified_at: datetime | None = None
    """When it was last changed."""
    tags: tuple[TagName, ...] = Field((), max_length=100)
    """Tags that it gets."""
    batch: GroupKey | None = None
    """Uploads with the same key become one batch, with `POST /uploads/submit`; without one it is a batch of its own."""

    @field_validator("tags")
    @classmethod
    def _clean(cls, tags: tuple[str, ...]) -> tuple[str, ...]:
        found = {" ".join(tag.split()) for tag in tags}
        if not all(tag and tag.isprintable() for tag in found):
            raise ValueError("a tag has visible characters")
        return tuple(sorted(found))


class UploadPart(Model):
    """A piece of a file."""

    number: int = Field(ge=1)
    """Counts from one."""
    offset: int = Field(ge=0)
    """Where it begins in the file."""
    bytes: int = Field(ge=0)
    """Its size."""
    there: bool
    """Whether it came in."""
    url: str
    """Where it is sent with PUT: an address of ours, or a signed one of the bucket that works for an hour and takes no credentials."""
    headers: dict[str, str] = {}
    """What goes with it."""


class UploadSummary(Model):
    """A file on its way in."""

    id: str
    """Identity."""
    name: str
    """Its name."""
    bytes: int = Field(ge=0)
    """Its size."""
    received: int = Field(ge=0)
    """Bytes that are there."""
    sha256: str | None
    """Its content hash, where it is known."""
    state: UploadState
    """`open` while parts come in, `waiting` once it is whole, `submitted` once it belongs to a batch."""
    batch_key: str | None
    """What it has in common with others of its batch."""
    batch: str | None
    """The batch it belongs to."""
    created_at: datetime
    """When it was begun."""
    expires_at: datetime
    """When it is given up if nothing comes in any more."""


class UploadView(UploadSummary):
    """A file on its way in, with its parts."""

    parts: tuple[UploadPart, ...]
    """All of them, there or not; send the ones that are not there, in any order."""


class UploadList(Model):
    """Files on their way in."""

    items: tuple[UploadSummary, ...]
    """One's own, newest first; at most 1000."""


class UploadBegun(Model):
    """Answer to a file that is going to be sent."""

    image: str | None
    """The picture that it is already: nothing is to be sent."""
    upload: UploadView | None
    """What to send; one that broke off before is gone on with."""


class UploadCompleted(Model):
    """A file that is whole, or becomes so."""

    upload: UploadSummary
    """The upload."""
    batch: BatchView | None
    """Its batch; null as long as it waits for the others of its key."""
    operation: WorkView | None = None
    """Of a large file: what puts it together. Once that is done, completing it again tells of the batch."""


class UploadGroup(Model):
    """Which uploads become a batch."""

    batch: GroupKey
    """Their key."""


class HashesGiven(Model):
    """Content hashes to look up."""

    sha256: tuple[Sha256, ...] = Field(min_length=1, max_length=1000)
    """The hashes."""


class HashesKnown(Model):
    """Pictures that are in the library already."""

    known: tuple[str, ...]
    """Those of the hashes that are pictures here, in the order asked."""


def summary(upload: Upload, received: int, expires_at: datetime) -> UploadSummary:
    """An upload in short."""
    return UploadSummary(
        id=upload.id, name=upload.name, bytes=upload.bytes, received=received, sha256=upload.sha256,
        state=upload.state, batch_key=upload.group, batch=upload.batch, created_at=upload.created_at,
        expires_at=expires_at,
    )  # fmt: skip
