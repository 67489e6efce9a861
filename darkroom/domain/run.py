"""Work that Dagster does for the library."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from darkroom.domain.base import Document

RunState = Literal["queued", "running", "succeeded", "failed", "cancelled"]


class RunRecord(Document):
    """A Dagster run as the library knows it; its id is Dagster's."""

    job: str
    """Name of the job."""
    state: RunState
    """Where it is."""
    batch: str | None = None
    """The batch it worked on."""
    started_at: datetime | None = None
    """When."""
    finished_at: datetime | None = None
    """When."""
    cause: str | None = None
    """Why it failed, in words."""
    trace_id: str | None = None
    """Trace that led to it."""
