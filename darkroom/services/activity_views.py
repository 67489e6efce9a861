"""What is shown of batches, failures and runs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, computed_field, model_validator

from darkroom.domain.base import Model
from darkroom.domain.ingest import Batch, Failure
from darkroom.domain.run import RunRecord
from darkroom.domain.turns import Priority
from darkroom.errors import ERROR_CODES
from darkroom.services.runs import run_url
from darkroom.services.work.views import WorkView
from darkroom.settings import Settings

LedgerId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,80}$")]
"""Id of an entry of the failure ledger."""


class BatchView(Batch):
    """A batch with its speed and a link to its run."""

    dagster_run_url: str | None = None
    """Its run in Dagster's web app."""

    @computed_field(description="Files a second since the run began; null before there is anything to measure.")  # type: ignore[prop-decorator]
    @property
    def rate(self) -> float | None:
        """Files a second since the run began."""
        return super().rate

    @computed_field(description="Estimate of the time until the last file is dealt with; null while unknown.")  # type: ignore[prop-decorator]
    @property
    def seconds_left(self) -> float | None:
        """Estimate of the time until the last file is dealt with."""
        return super().seconds_left

    @classmethod
    def of(cls, batch: Batch, settings: Settings) -> BatchView:
        """The view of a batch."""
        url = run_url(settings, batch.run_id) if batch.run_id else None
        return cls.model_construct(**dict(batch), dagster_run_url=url)


class BatchPage(Model):
    """Batches, newest first."""

    items: tuple[BatchView, ...]
    """The batches."""
    next_cursor: str | None
    """Cursor of the next page; null on the last one."""


class FailurePage(Model):
    """Entries of the failure ledger, newest first."""

    items: tuple[Failure, ...]
    """The entries."""
    next_cursor: str | None
    """Cursor of the next page; null on the last one."""
    open_by_code: dict[str, int]
    """Open entries of the whole ledger by error code."""


class FailureSelection(Model):
    """Which entries of the ledger to act on: some by id, or all open ones."""

    ids: tuple[LedgerId, ...] | None = Field(None, min_length=1, max_length=1000)
    """Ids of entries."""
    all: bool = False
    """All open entries."""
    code: str | None = None
    """With `all`: only those with this error code."""

    @model_validator(mode="after")
    def _one_way(self) -> FailureSelection:
        if (self.ids is None) == (not self.all):
            raise ValueError("give either ids, or all: true")
        if self.code is not None and not self.all:
            raise ValueError("code goes with all: true")
        if self.code is not None and self.code not in ERROR_CODES:
            raise ValueError("code is not one of the error codes")
        return self


class FailureDismissal(FailureSelection):
    """Which entries of the ledger to dismiss, or to open again."""

    back: bool = False
    """Opens entries again that were dismissed, in place of dismissing them; they are named by `ids`."""

    @model_validator(mode="after")
    def _named(self) -> FailureDismissal:
        if self.back and self.ids is None:
            raise ValueError("back goes with ids")
        return self


class Dismissed(Model):
    """Answer to dismissing entries of the ledger."""

    dismissed: int = Field(ge=0)
    """How many were open and are dismissed now; with `back`, how many are open again."""
    ids: tuple[str, ...] = ()
    """Which, for whoever wants them back."""
    operation: WorkView | None = None
    """What dismisses the others, where all are meant and they are many."""


class WaitingWork(Model):
    """Something that waits for its turn."""

    id: str
    """Id of the training, the order or the operation."""
    kind: Literal["training", "renditions", "operation"]
    """What it is."""
    title: str
    """What is done, in words; of others' work only what kind of thing it is."""
    mine: bool
    """Whether one's own account began it."""
    priority: Priority
    """How urgent it is."""
    since: datetime
    """When it began to wait."""
    place: int = Field(ge=1)
    """1 goes next: among trainings for one, among everything else for another."""
    why: str
    """What it waits for, in words."""


class Hurry(Model):
    """How urgent something is to be."""

    priority: Priority
    """`low` rests where a `high` one finds no place; `high` takes `queue:first`."""


class Queue(Model):
    """Work that waits or is being done."""

    batches: int = Field(ge=0)
    """Batches that are queued or running."""
    files: int = Field(ge=0)
    """Files in them."""
    files_left: int = Field(ge=0)
    """Files not dealt with yet."""
    oldest_seconds: float | None
    """How long the oldest of them waits; null when nothing does."""
    rate: float | None
    """Files a second of the batches being worked on; null when none is."""
    seconds_left: float | None
    """Estimate of the time until all is done; null while unknown."""
    sensor_lag_seconds: float | None
    """Time since the inbox was last looked at; null when not known."""
    inbox: str
    """The watched folder, on the machine that Darkroom runs on."""
    daemon_lag_seconds: float | None
    """Time since Dagster's daemon last gave a sign of life; null when not known."""
    waiting: tuple[WaitingWork, ...] = ()
    """Trainings, orders of recipes and operations that wait for their turn, in the order in which they go, and why."""


class RunView(RunRecord):
    """A Dagster run with a link to it."""

    dagster_url: str
    """The run in Dagster's web app."""


class RunPage(Model):
    """Dagster runs, newest first."""

    items: tuple[RunView, ...]
    """The runs."""
    next_cursor: str | None
    """Cursor of the next page; null on the last one."""


class Accepted(Model):
    """Answer to what goes on in the background."""

    batch: BatchView
    """The batch to follow."""
    operation: WorkView | None = None
    """What makes batches of the others, where all failures are meant and they are many."""
