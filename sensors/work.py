"""Watching for long work that no run does."""

import dagster as dg

from assets.partitions import operations
from darkroom.domain.access import SYSTEM
from darkroom.errors import Error
from darkroom.services.turns import priority_of
from jobs.ingest import MOST_REQUESTS, without_runs
from jobs.work import work_request
from resources.library import LibraryResource


def make_waiting_work_sensor(job: dg.JobDefinition) -> dg.SensorDefinition:
    """A sensor that asks for runs of work whose run was never started or died.

    Args:
        job: does long work.
    """

    @dg.sensor(
        name="waiting_work",
        job=job,
        minimum_interval_seconds=9,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Asks for runs of operations whose run was never started or died.",
    )
    def waiting_work(
        context: dg.SensorEvaluationContext, library: LibraryResource
    ) -> list[dg.RunRequest] | dg.SkipReason:
        try:
            opened = library.open()
            work = opened.work
            found = without_runs(context.instance, work.pending(SYSTEM))[:MOST_REQUESTS]
            context.instance.add_dynamic_partitions(operations.name or "", [one.id for one in found])
            for one in found:
                work.mark_requested(SYSTEM, one.id)
            requests = [work_request(one, priority_of(opened.stores, one)) for one in found]
        except Error as error:
            return dg.SkipReason(str(error))
        return requests or dg.SkipReason("No operation waits.")

    return waiting_work
