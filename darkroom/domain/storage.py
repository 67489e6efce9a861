"""Moves of blobs from one place to another."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from darkroom.domain.base import Document, Model

MoveState = Literal["running", "done", "rolling_back", "rolled_back"]
"""`running` and `done`: new blobs go to the target, old ones are still found in the source. `rolled_back`: as before."""


class MoveProblem(Model):
    """A blob that could not be moved."""

    namespace: str
    """`originals` or `renditions`."""
    key: str
    """Its key."""
    code: str
    """Error code."""
    cause: str
    """In words."""


class StorageMove(Document):
    """A move of all blobs from one place to another, with how far it is; it goes on where it was interrupted."""

    source: str
    """Where blobs come from; a URL without secrets."""
    target: str
    """Where they go."""
    state: MoveState
    """Where it is."""
    started_at: datetime
    """When it began."""
    updated_at: datetime
    """When it last got further."""
    finished_at: datetime | None = None
    """When everything was there."""
    listed: bool = False
    """Whether the whole source has been gone through once; what came later is known from the events."""
    namespace: str = ""
    """Namespace that is being gone through."""
    after: str = ""
    """Last key dealt with in it."""
    seq: int = Field(0, ge=0)
    """Events up to this one are dealt with."""
    total: int = Field(0, ge=0)
    """Blobs that the library knows of."""
    total_bytes: int = Field(0, ge=0)
    """Their size."""
    done: int = Field(0, ge=0)
    """Blobs dealt with."""
    copied: int = Field(0, ge=0)
    """Of those, the ones that were copied."""
    copied_bytes: int = Field(0, ge=0)
    """Their size."""
    known: int = Field(0, ge=0)
    """Blobs that were there already."""
    failed: int = Field(0, ge=0)
    """Blobs that could not be copied."""
    problems: tuple[MoveProblem, ...] = ()
    """The first hundred of those."""
    throttle: float | None = None
    """Megabytes a second at most, for the runs that do it."""
    read_back: bool = True
    """Whether runs read every copy back and compare."""
    requested_at: datetime | None = None
    """When a run was last asked for; none where a command moves, or nothing is left to do."""
    stopped_at: datetime | None = None
    """When somebody stopped it; none again once it goes on."""


class MovePlan(Model):
    """What a move would do."""

    source: str
    """Where blobs come from."""
    target: str
    """Where they would go."""
    copies: int = Field(ge=0)
    """Blobs that would be copied."""
    bytes: int = Field(ge=0)
    """Their size."""
    known: int = Field(ge=0)
    """Blobs that are there already."""


class PlaceInfo(Model):
    """One place for blobs."""

    name: str
    """`main`, `local`, or a name of DARKROOM_STORAGE_MORE."""
    url: str
    """Where it is; without secrets."""
    provider: str
    """Kind of place, for people."""
    capabilities: tuple[str, ...]
    """What it can do."""
    writes: str
    """Where new blobs really go: another URL once it was moved."""
    blobs: int | None = None
    """Blobs in it when they were counted last; null where that was never, or too long ago."""
    bytes: int | None = None
    """Their size then."""
    counted_at: datetime | None = None
    """When that was."""


class ProbeStep(Model):
    """One thing that was tried on a place."""

    name: str
    """What."""
    ok: bool
    """Whether it works."""
    cause: str | None = None
    """What went wrong."""
    remedy: str | None = None
    """What can be done about it."""


class VerifyReport(Model):
    """What reading blobs through found."""

    checked: int = Field(0, ge=0)
    """Blobs read."""
    problems: tuple[MoveProblem, ...] = ()
    """Blobs that are missing or damaged, the first hundred of each run."""
    failed: int = Field(0, ge=0)
    """How many there are."""


class ArrangeReport(Model):
    """What putting blobs where the rules say came to."""

    moved: int = Field(0, ge=0)
    """Originals and renditions moved (or that would be, in a dry run)."""
    bytes: int = Field(0, ge=0)
    """Their size."""
    kept: int = Field(0, ge=0)
    """Those that lie where they belong."""
    failed: int = Field(0, ge=0)
    """Those that could not be moved; they stay where they are."""
