"""Watching the inbox, and batches that need a run."""

from typing import TYPE_CHECKING

import dagster as dg

from assets.partitions import ingest_batches
from darkroom.domain.access import SYSTEM
from darkroom.errors import Error
from darkroom.services.runs import INBOX_SENSOR
from jobs.ingest import run_request, without_runs
from resources.library import LibraryResource

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

PATIENCE_SECONDS = 2.0
"""Wait within a tick for files that are about to settle: cheaper than missing them until the next tick."""


def make_new_files_sensor(job: "UnresolvedAssetJobDefinition") -> dg.SensorDefinition:
    """A sensor that makes batches of new files and asks for a run of every batch that needs one.

    Args:
        job: takes a batch in.
    """

    @dg.sensor(
        name=INBOX_SENSOR,
        job=job,
        # Dagster looks every 5 seconds; asking for exactly 5 would miss every other look.
        minimum_interval_seconds=4,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Watches the inbox folder; new files become batches, and each batch that needs a run gets one.",
    )
    def new_files(context: dg.SensorEvaluationContext, library: LibraryResource) -> dg.SensorResult:
        try:
            ingest = library.open().ingest
            # Manifests are written before the cursor moves: a tick that is lost is repeated without harm.
            _, cursor = ingest.collect_inbox(SYSTEM, context.cursor, patience=PATIENCE_SECONDS)
            batches = without_runs(context.instance, ingest.pending(SYSTEM))
            for batch in batches:
                ingest.mark_requested(SYSTEM, batch.id)
        except Error as error:
            return dg.SensorResult(skip_reason=str(error))
        if not batches:
            return dg.SensorResult(skip_reason="No batch needs a run.", cursor=cursor)
        return dg.SensorResult(
            run_requests=[run_request(batch) for batch in batches],
            dynamic_partitions_requests=[ingest_batches.build_add_request([batch.id for batch in batches])],
            cursor=cursor,
        )

    return new_files
