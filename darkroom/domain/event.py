"""What happened: an append-only stream with a monotonic sequence, read by change streams, sensors and open browsers."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from darkroom.domain.base import Model

EventType = Literal[
    "images.added",
    "images.updated",
    "images.deleted",
    "trash.changed",
    "batch.queued",
    "batch.started",
    "batch.progress",
    "batch.finished",
    "failures.added",
    "failures.updated",
    "run.changed",
    "tags.changed",
    "collections.changed",
    "storage.changed",
    "presets.changed",
    "renditions.changed",
    "datasets.changed",
    "training.changed",
    "models.changed",
    "operation.queued",
    "operation.progress",
    "operation.finished",
]
"""Every kind of event. Progress goes out live but is not stored."""


class Event(Model):
    """One thing that happened, written in the same transaction as the change it tells of."""

    seq: int = Field(ge=1)
    """Position in the stream: without gaps in order of commit; `_id` in MongoDB."""
    type: EventType
    """What happened."""
    at: datetime
    """When."""
    principal: str
    """Id of who did it."""
    ids: tuple[str, ...] = ()
    """What it happened to, at most 1,000 ids."""
    data: dict[str, Any] = Field(default_factory=dict)
    """Facts for readers (JSON values)."""
    trace_id: str | None = None
    """Trace of the request or run."""
