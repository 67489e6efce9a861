"""Taking batches in: the job, how a batch becomes a run of it, and the schedule that finds what the sensor missed."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeVar

import dagster as dg

from assets.partitions import ingest_batches
from darkroom.domain.access import SYSTEM
from darkroom.domain.base import now
from darkroom.domain.ingest import Batch
from darkroom.domain.rendition import RenditionOrder
from darkroom.domain.storage import StorageMove
from darkroom.domain.training import TrainingRun
from darkroom.domain.work import LongWork
from darkroom.errors import Error
from darkroom.services.runs import BATCH_TAG, INGEST_JOB, TRACE_TAG
from darkroom.settings import Settings
from resources.library import LibraryResource

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

MOST_REQUESTS = 4
"""Runs asked for at a time: more would only wait in Dagster's queue, where nothing joins them together."""
STARTING_SECONDS = 120.0
"""How long a started run may take until it takes up its batch."""

_WAITING = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING]

ingest_images = dg.define_asset_job(
    INGEST_JOB,
    selection=["images", "renditions", "quality"],
    # One process for a run: its work is spread over the cores inside the step.
    executor_def=dg.in_process_executor,
    description="Takes a batch of files into the library.",
)


_Waiting = TypeVar("_Waiting", Batch, RenditionOrder, TrainingRun, LongWork, StorageMove)


def run_request(batch: Batch) -> dg.RunRequest:
    """The run that takes a batch in."""
    # The key names this very request: a tick that is repeated asks for no second run, but a batch whose run got lost
    # is asked for again.
    asked = int(batch.requested_at.timestamp()) if batch.requested_at else 0
    tags = {BATCH_TAG: batch.id} | ({TRACE_TAG: batch.trace_id} if batch.trace_id else {})
    return dg.RunRequest(run_key=f"{batch.id}:{batch.attempt}:{asked}", partition_key=batch.id, tags=tags)


def without_runs(instance: dg.DagsterInstance, batches: Iterable[_Waiting]) -> list[_Waiting]:
    """Those of the batches that no run is going to take up, a few of them."""
    found: list[_Waiting] = []
    for batch in batches:
        if batch.requested_at is None or not _has_run(instance, batch):
            found.append(batch)
        if len(found) == MOST_REQUESTS:
            break
    return found


def _has_run(
    instance: dg.DagsterInstance, batch: Batch | RenditionOrder | TrainingRun | LongWork | StorageMove
) -> bool:
    statuses = list(_WAITING)
    if batch.state == "queued" and batch.requested_at is not None:
        starting = (now() - batch.requested_at).total_seconds() < STARTING_SECONDS
        statuses += [dg.DagsterRunStatus.STARTED] if starting else []
    return bool(instance.get_run_ids(dg.RunsFilter(tags={BATCH_TAG: batch.id}, statuses=statuses), limit=1))


def make_reconcile_schedule(job: "UnresolvedAssetJobDefinition", seconds: int) -> dg.ScheduleDefinition:
    """A schedule that compares the whole inbox with what is known.

    Args:
        job: takes a batch in.
        seconds: how often, rounded to minutes.
    """
    minutes = max(1, round(seconds / 60))
    cron = f"*/{minutes} * * * *" if minutes < 60 else f"0 */{max(1, min(23, minutes // 60))} * * *"

    @dg.schedule(
        name="reconcile_inbox",
        job=job,
        cron_schedule=cron,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Finds files of the inbox that the sensor passed over.",
    )
    def reconcile_inbox(
        context: dg.ScheduleEvaluationContext, library: LibraryResource
    ) -> list[dg.RunRequest] | dg.SkipReason:
        try:
            opened = library.open()
            opened.upload_tidier.tidy(SYSTEM)
            ingest = opened.ingest
            batches = ingest.reconcile(SYSTEM)[:MOST_REQUESTS]
            context.instance.add_dynamic_partitions(ingest_batches.name or "", [one.id for one in batches])
            for one in batches:
                ingest.mark_requested(SYSTEM, one.id)
        except Error as error:
            return dg.SkipReason(str(error))
        return [run_request(one) for one in batches] or dg.SkipReason("The inbox holds nothing that is not known.")

    return reconcile_inbox


reconcile_inbox = make_reconcile_schedule(ingest_images, Settings.load().reconcile_seconds)
