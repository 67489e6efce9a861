"""A batch of files on its way into the library, and the files that did not make it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from darkroom.domain.base import Document, Model
from darkroom.domain.claim import Claimable

BatchState = Literal["queued", "running", "done", "cancelled"]
"""`queued` until a run takes it up; a batch whose run died goes on being `running` with an old heartbeat."""


class BatchItem(Model):
    """One file of a manifest."""

    key: str
    """Name within the connector: a relative path with `/`."""
    path: str
    """Absolute path of the file on this machine."""
    bytes: int = Field(ge=0)
    """Size when it was listed."""
    modified_ns: int
    """Modification time when it was listed, nanoseconds since 1970."""
    tags: tuple[str, ...] = ()
    """Tags it gets (sub-folder names of the inbox, `--tag`)."""
    failure: str | None = None
    """Id of the ledger entry that this item retries."""
    connector: str | None = None
    """Who brought the file, where that is not the batch's connector (a retry)."""


class Manifest(Document):
    """The files of a batch, written before any cursor moves; its id is the batch's."""

    items: tuple[BatchItem, ...]
    """The files, in the order of their names."""


class Batch(Claimable):
    """Files that arrived together and are taken in by one Dagster run."""

    connector: str
    """Who brought them: `inbox`, `upload`, `cli`, `retry`."""
    state: BatchState = "queued"
    """Where it is."""
    oldest_at: datetime | None = None
    """When the oldest of its files arrived, for queue age."""
    total: int = Field(ge=0)
    """Files in the manifest."""
    done: int = Field(0, ge=0)
    """Files dealt with: added, duplicates and failed together."""
    added: int = Field(0, ge=0)
    """New images."""
    duplicates: int = Field(0, ge=0)
    """Files whose bytes were in the library already."""
    failed: int = Field(0, ge=0)
    """Files that went to the failure ledger."""
    total_bytes: int = Field(0, ge=0)
    """Size of all files."""
    done_bytes: int = Field(0, ge=0)
    """Size of the files dealt with."""
    failures_by_code: dict[str, int] = Field(default_factory=dict)
    """How often each error code occurred."""

    @property
    def rate(self) -> float | None:
        """Files a second since the run began, or None before there is anything to measure."""
        end = self.finished_at or self.heartbeat_at
        if not self.started_at or not end or self.done == 0:
            return None
        seconds = (end - self.started_at).total_seconds()
        return self.done / seconds if seconds > 0 else None

    @property
    def seconds_left(self) -> float | None:
        """Estimate of the time until the last file is dealt with; None while unknown."""
        if self.state == "done":
            return 0.0
        return (self.total - self.done) / self.rate if self.rate else None


class Arrival(Document):
    """A file left where it lies that is not to be taken again as long as its size and time stay the same."""

    connector: str
    """Who listed it."""
    key: str
    """Its name within the connector."""
    bytes: int = Field(ge=0)
    """Size when it was taken."""
    modified_ns: int
    """Modification time when it was taken, nanoseconds since 1970."""
    batch: str
    """The batch that took it."""
    at: datetime
    """When."""


FailureState = Literal["open", "retrying", "resolved", "dismissed"]
"""`resolved` once a retry brought the file in."""


class Failure(Document):
    """An entry of the failure ledger: one file that could not be taken in, and why."""

    code: str
    """Code of the error table."""
    title: str
    """What went wrong, in a few words."""
    cause: str
    """What exactly, naming the file."""
    remedy: str
    """What can be done."""
    retryable: bool
    """Whether it was tried again by itself."""
    connector: str
    """Who brought the file."""
    key: str
    """Its name within the connector."""
    path: str
    """Where the file lies now: replace it there, then retry."""
    bytes: int = Field(ge=0)
    """Its size."""
    tags: tuple[str, ...] = ()
    """Tags it would have got."""
    batch: str
    """The batch it arrived with."""
    run_id: str | None = None
    """The run that failed on it."""
    attempts: int = Field(1, ge=1)
    """How often it was tried."""
    state: FailureState = "open"
    """Where it is."""
    image: str | None = None
    """The image it became, once resolved."""
    first_at: datetime
    """When it failed first."""
    last_at: datetime
    """When it failed last."""
