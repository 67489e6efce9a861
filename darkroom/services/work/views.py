"""What people and programs see of long work: operations."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, get_args

from pydantic import Field

from darkroom.domain.base import Model
from darkroom.domain.work import WorkFailure, WorkState

OperationKind = Literal[
    "ingest",
    "renditions",
    "storage",
    "edit",
    "trash",
    "restore",
    "undo",
    "tag",
    "verify",
    "arrange",
    "backup",
    "backup_check",
    "upload",
    "purge",
    "follow",
    "commit",
    "annotate",
    "count",
    "plan",
    "measure",
    "suspects",
    "quality",
    "embed",
    "search_model",
    "bring_model",
    "expand",
    "import",
    "uncollect",
    "dismiss",
    "retry",
    "export",
]
"""Kinds of operations that there are."""

KINDS: tuple[str, ...] = get_args(OperationKind)


class WorkError(Model):
    """Why an operation failed as a whole."""

    code: str
    """Error code."""
    cause: str
    """In words."""
    remedy: str
    """What can be done."""


class WorkView(Model):
    """Something that goes on after its request was answered, whatever it is."""

    id: str
    """Id of the operation."""
    kind: str
    """What is done: `purge` empties the trash, `ingest` takes files in, `renditions` runs a recipe, `storage` moves blobs,
    `edit` changes pictures, `tag` renames a tag or takes it off all of them, `upload` puts a large file together, `measure` does a few steps of a training, `suspects` looks for labels that are probably wrong, `embed` has a model look at pictures, `search_model` makes a model for searching, `bring_model` tries and keeps one that others trained, `commit` makes a version of a dataset, `annotate` one of what somebody said of its pictures, `follow` looks at the pictures of one
    that follows them, `trash` and `restore` put them away and back, `undo` takes another one back; `verify` and
    `arrange` read blobs through and put them where they belong, `count` and `plan` tell what is in places and what a move would copy,
    `uncollect` takes pictures out of a collection that is gone, `dismiss` and `retry` act on the failure ledger, `export` writes files of pictures into one zip file, `import` reads an archive of labelled pictures, `backup` and `backup_check` write and read backups."""
    title: str
    """What is done, in words."""
    state: WorkState
    """`queued`, `running`, or over: `done`, `failed`, `cancelled`."""
    principal: str | None
    """Id of who began it; null where that is not kept."""
    created_at: datetime
    """When it was asked for."""
    started_at: datetime | None
    """When it was first taken up."""
    finished_at: datetime | None
    """When it was over."""
    attempt: int = Field(ge=0)
    """Runs begun on it so far; more than one after a crash."""
    total: int = Field(ge=0)
    """Things to deal with: files, pictures, blobs."""
    done: int = Field(ge=0)
    """Things dealt with: changed, left as they are, and failed together."""
    changed: int = Field(ge=0)
    """Things that really changed or came into being."""
    failed: int = Field(ge=0)
    """Things that could not be dealt with; the rest goes on."""
    failures: tuple[WorkFailure, ...] = ()
    """The first hundred of those, where they are not in the failure ledger."""
    failures_by_code: dict[str, int] = Field(default_factory=dict)
    """How often each error code occurred."""
    result: dict[str, int] = Field(default_factory=dict)
    """Further numbers, by name."""
    error: WorkError | None = None
    """Why it failed as a whole."""
    rate: float | None
    """Things a second; null before there is anything to measure."""
    seconds_left: float | None
    """Estimate of the time until it is over; null while unknown."""
    run_id: str | None
    """The Dagster run that works on it, or worked on it last; null for what was done within its request."""
    dagster_run_url: str | None
    """That run in Dagster's web app."""
    can_cancel: bool
    """Whether it can be stopped now."""
    can_undo: bool
    """Whether it can be taken back now."""
    undoable_until: datetime | None = None
    """Until when it can be taken back."""
    undoes: str | None = None
    """The operation that this one takes back."""
    undone_by: str | None = None
    """The operation that took this one back."""
    links: dict[str, str]
    """Where to go on: `self`, `cancel`, `undo`, and what it is about."""

    @property
    def is_over(self) -> bool:
        """Whether nothing happens any more."""
        return self.state in ("done", "failed", "cancelled")


class WorkPage(Model):
    """Operations, newest first."""

    items: tuple[WorkView, ...]
    """The operations."""
    next_cursor: str | None
    """Cursor of the next page; null on the last one."""
