"""Watching for runs that ended without being able to say so themselves."""

import dagster as dg

from darkroom.domain.access import SYSTEM
from darkroom.domain.base import now
from darkroom.domain.run import RunRecord, RunState
from darkroom.services.runs import BATCH_TAG, TRACE_TAG
from resources.library import LibraryResource

_STATES: dict[dg.DagsterRunStatus, RunState] = {
    dg.DagsterRunStatus.FAILURE: "failed",
    dg.DagsterRunStatus.CANCELED: "cancelled",
}


def make_ended_runs_sensor(name: str, status: dg.DagsterRunStatus) -> dg.SensorDefinition:
    """A sensor that tells the library of runs which ended with `status`.

    Args:
        name: of the sensor.
        status: failure or cancellation; runs that succeed tell the library themselves.
    """

    @dg.run_status_sensor(
        name=name,
        run_status=status,
        minimum_interval_seconds=14,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells the library of runs that were killed, failed or were cancelled.",
    )
    def ended_runs(context: dg.RunStatusSensorContext, library: LibraryResource) -> None:
        run = context.dagster_run
        opened = library.open()
        known = opened.stores.runs.find(run.run_id)
        # A step that failed in words said why; what Dagster says of it is only that it failed.
        told = known.cause if known is not None and known.state == "failed" else None
        record = RunRecord(
            id=run.run_id,
            job=run.job_name,
            state=_STATES[status],
            batch=run.tags.get(BATCH_TAG) or run.tags.get("dagster/partition"),
            finished_at=now(),
            cause=told or context.dagster_event.message,
            trace_id=run.tags.get(TRACE_TAG),
        )
        opened.ingest.note_run(SYSTEM, record)

    return ended_runs


failed_runs = make_ended_runs_sensor("failed_runs", dg.DagsterRunStatus.FAILURE)
cancelled_runs = make_ended_runs_sensor("cancelled_runs", dg.DagsterRunStatus.CANCELED)
