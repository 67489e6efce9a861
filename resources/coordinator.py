"""Dagster's queue with a place for every run: one that nobody gave a priority is due at once."""

from __future__ import annotations

from dagster import DagsterRun
from dagster._core.run_coordinator import QueuedRunCoordinator, SubmitRunContext
from dagster._core.storage.tags import PRIORITY_TAG

from darkroom.domain.base import now
from darkroom.domain.turns import dagster_priority, due


class FairRunCoordinator(QueuedRunCoordinator):
    """Queues runs by when they are due; those of schedules, of pictures that come in and of Dagster's own pages have no such moment."""

    def submit_run(self, context: SubmitRunContext) -> DagsterRun:
        """Queue a run, which nothing that comes much later is to pass."""
        run = context.dagster_run
        if PRIORITY_TAG not in run.tags:
            tags = {PRIORITY_TAG: dagster_priority(due(now(), "high", 0.0))}
            # Before it is queued: later, writing tags could undo a change of its status.
            self._instance.add_run_tags(run.run_id, tags)
            context = SubmitRunContext(run.with_tags({**run.tags, **tags}), context.workspace)
        return super().submit_run(context)
