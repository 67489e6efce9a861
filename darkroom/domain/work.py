"""Long work: something that goes on after its request was answered, in steps that can be stopped, taken over and often undone."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from darkroom.domain.base import Document, Model
from darkroom.domain.claim import Claimable

WorkState = Literal["queued", "running", "done", "failed", "cancelled"]
"""`queued` until somebody takes it up; work whose run died goes on being `running` with an old heartbeat."""

OVER: tuple[WorkState, ...] = ("done", "failed", "cancelled")
"""States in which nothing happens any more."""

MOST_FAILURES = 100
"""Failures that a document lists; all of them are counted."""


class WorkFailure(Model):
    """One thing that the work could not be done on; the rest goes on."""

    id: str
    """What: usually a picture."""
    code: str
    """Error code."""
    cause: str
    """In words."""


class LongWork(Claimable):
    """Work of one kind on a number of things, done step by step; outside it is called an operation."""

    kind: str
    """What is done: a name of the registry of kinds."""
    title: str
    """What is done, in words for a person."""
    params: str
    """What exactly, as JSON that only the kind reads."""
    owner: str
    """Whose it is: the account that the principal acts for, or the principal itself."""
    state: WorkState = "queued"
    """Where it is."""
    cursor: int = Field(0, ge=0)
    """Where the next step begins: the number of the first thing that is not dealt with."""
    total: int = Field(ge=0)
    """Things to do."""
    done: int = Field(0, ge=0)
    """Things dealt with: changed, left as they are, and failed together."""
    changed: int = Field(0, ge=0)
    """Things that really changed."""
    failed: int = Field(0, ge=0)
    """Things that could not be done."""
    failures: tuple[WorkFailure, ...] = ()
    """The first of those."""
    failures_by_code: dict[str, int] = Field(default_factory=dict)
    """How often each error code occurred."""
    result: dict[str, int] = Field(default_factory=dict)
    """What came of it, in numbers: each kind has its own."""
    error_code: str | None = None
    """Why it failed as a whole."""
    error_cause: str | None = None
    """The same in words."""
    rate: float | None = Field(None, ge=0)
    """Things a second, by the run at work."""
    undoable: bool = False
    """Whether the way back of each step is kept."""
    undoes: str | None = None
    """The work that this one takes back."""
    undone_by: str | None = None
    """The work that took this one back."""
    expires_at: datetime
    """When it is forgotten, and can no longer be undone."""

    @property
    def seconds_left(self) -> float | None:
        """Estimate of the time until it is over; None while unknown."""
        if self.state in OVER:
            return 0.0
        return (self.total - self.done) / self.rate if self.rate else None


class WorkPart(Document):
    """Some of the things to do, written down before the work begins; its id is `<work>/<part>`."""

    work: str
    """The work."""
    part: int = Field(ge=0)
    """Number among the parts; all but the last one are of the same size."""
    items: tuple[str, ...]
    """Ids of the things."""
    expires_at: datetime
    """When it is forgotten."""


class UndoGroup(Model):
    """Things that were changed in the same way and come back in the same way."""

    made: str
    """What was done to them, as JSON that only the kind reads."""
    inverse: str
    """What gives them back, likewise."""
    items: tuple[str, ...]
    """Ids of the things."""


class UndoPart(Document):
    """The way back of one step; its id is `<work>/<part>`."""

    work: str
    """The work that did it."""
    part: int = Field(ge=0)
    """The number of the first thing of the step; a step of which nothing is kept has none."""
    groups: tuple[UndoGroup, ...]
    """What to give back."""
    expires_at: datetime
    """When it is forgotten."""
