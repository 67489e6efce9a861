"""Running recipes on pictures: the job, how an order becomes a run of it, and the sweep of what nobody uses."""

import dagster as dg

from darkroom.domain.access import SYSTEM
from darkroom.domain.rendition import RenditionOrder
from darkroom.services.runs import BATCH_TAG, PRIORITY_TAG, RENDITION_JOB, TRACE_TAG
from resources.library import LibraryResource

make_renditions = dg.define_asset_job(
    RENDITION_JOB,
    selection=["recipe_renditions"],
    # One process for a run: its work is spread over the cores inside the step.
    executor_def=dg.in_process_executor,
    description="Runs a recipe on the pictures of an order.",
)


def order_request(order: RenditionOrder, priority: str) -> dg.RunRequest:
    """The run that works on an order."""
    asked = int(order.requested_at.timestamp()) if order.requested_at else 0
    tags = {BATCH_TAG: order.id, PRIORITY_TAG: priority} | ({TRACE_TAG: order.trace_id} if order.trace_id else {})
    return dg.RunRequest(run_key=f"{order.id}:{order.attempt}:{asked}", partition_key=order.id, tags=tags)


@dg.op
def sweep(context: dg.OpExecutionContext, library: LibraryResource) -> dict[str, int]:
    """Remove results that were not used for long, bytes that no record names, and old pictures between steps."""
    found = library.open().sweeper.sweep(SYSTEM)
    context.log.info("%s", found)
    return found.model_dump()


@dg.job(executor_def=dg.in_process_executor, description="Removes what recipes made and nobody used for long.")
def sweep_renditions() -> None:
    """Remove what can be made again."""
    sweep()


sweep_daily = dg.ScheduleDefinition(
    name="sweep_daily",
    job=sweep_renditions,
    cron_schedule="47 3 * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Runs the sweep every night.",
)
