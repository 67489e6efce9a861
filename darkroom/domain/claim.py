"""What one run at a time works on: a batch of files, an order for renditions, a training, long work."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from darkroom.domain.base import Document


class Claimable(Document):
    """Something that a run takes up, and another run when the first one dies."""

    principal: str
    """Id of who asked for it."""
    state: str = "queued"
    """Where it is: `queued`, `running`, or how it came to be over."""
    created_at: datetime
    """When it was written."""
    requested_at: datetime | None = None
    """When a run was last asked for."""
    started_at: datetime | None = None
    """When its first run began."""
    finished_at: datetime | None = None
    """When it was over."""
    heartbeat_at: datetime | None = None
    """Last sign of life of the run that works on it."""
    attempt: int = Field(0, ge=0)
    """Runs begun on it so far."""
    run_id: str | None = None
    """The run that works on it, or worked on it last."""
    trace_id: str | None = None
    """Trace of the request that made it."""
