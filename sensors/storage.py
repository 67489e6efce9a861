"""Watching for moves of pictures that no run does."""

import dagster as dg

from assets.partitions import storage_moves
from darkroom.domain.access import SYSTEM
from darkroom.errors import Error
from jobs.ingest import MOST_REQUESTS, without_runs
from jobs.storage import move_request
from resources.library import LibraryResource


def make_waiting_moves_sensor(job: dg.JobDefinition) -> dg.SensorDefinition:
    """A sensor that asks for runs of moves whose run was never started or died.

    Args:
        job: does a move.
    """

    @dg.sensor(
        name="waiting_moves",
        job=job,
        minimum_interval_seconds=14,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Asks for runs of moves of pictures whose run was never started or died.",
    )
    def waiting_moves(
        context: dg.SensorEvaluationContext, library: LibraryResource
    ) -> list[dg.RunRequest] | dg.SkipReason:
        try:
            moves = library.open().moves
            found = without_runs(context.instance, moves.pending(SYSTEM))[:MOST_REQUESTS]
            context.instance.add_dynamic_partitions(storage_moves.name or "", [one.id for one in found])
            for one in found:
                moves.mark_requested(SYSTEM, one.id)
        except Error as error:
            return dg.SkipReason(str(error))
        return [move_request(one) for one in found] or dg.SkipReason("No move waits.")

    return waiting_moves
