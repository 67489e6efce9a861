"""What recipes make of pictures: one partition for each order, all cores inside the step."""

import time
from collections.abc import Callable, Iterator

import dagster as dg

from assets.partitions import rendition_orders
from assets.survey import failure_table
from darkroom.domain.access import SYSTEM
from darkroom.domain.base import now
from darkroom.domain.rendition import RenditionOrder
from darkroom.domain.run import RunRecord, RunState
from darkroom.errors import Error
from darkroom.services.runs import TRACE_TAG
from resources.library import LibraryResource

_SAY_EVERY = 5.0


@dg.multi_asset(
    name="make",
    specs=[
        dg.AssetSpec(
            "recipe_renditions",
            description="What a recipe made of the pictures of an order, each under the address of its source and its steps.",
            kinds={"file"},
            group_name="library",
            skippable=True,
        )
    ],
    partitions_def=rendition_orders,
    retry_policy=dg.RetryPolicy(max_retries=3, delay=2, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.FULL),
)
def recipe_renditions(
    context: dg.AssetExecutionContext, library: LibraryResource
) -> Iterator[dg.MaterializeResult[None]]:
    """Run the recipe of an order on its pictures; what is there already is not made again."""
    try:
        _note(context, library, "running")
        order = library.open().renditions.run_order(
            SYSTEM, context.partition_key, context.run.run_id, on_progress=_teller(context)
        )
        _note(context, library, "succeeded")
    except Error as error:
        _note(context, library, "failed")
        metadata = {"code": error.code, "what can be done": error.remedy}
        raise dg.Failure(str(error), metadata=metadata, allow_retries=error.retryable) from error
    except dg.DagsterExecutionInterruptedError as interruption:
        raise dg.Failure("The run was told to end.", allow_retries=False) from interruption
    context.log.info("Order %s is %s; run %s has it.", order.id, order.state, order.run_id)
    if order.state == "done" and order.run_id == context.run.run_id:
        yield _materialized(order)


def _teller(context: dg.AssetExecutionContext) -> Callable[[RenditionOrder], None]:
    """Say in the log of the run how far it is, now and then."""
    said = time.monotonic()

    def say(order: RenditionOrder) -> None:
        nonlocal said
        if time.monotonic() - said >= _SAY_EVERY:
            said = time.monotonic()
            left = f"{order.seconds_left:.0f} s left" if order.seconds_left is not None else "time left unknown"
            context.log.info("%d of %d, %.1f/s, %s.", order.done, order.total, order.rate or 0.0, left)

    return say


def _note(context: dg.AssetExecutionContext, library: LibraryResource, state: RunState) -> None:
    moment = {"started_at": now()} if state == "running" else {"finished_at": now()}
    run = RunRecord(
        id=context.run.run_id, job=context.run.job_name, state=state, batch=context.partition_key,
        trace_id=context.run.tags.get(TRACE_TAG), **moment,
    )  # fmt: skip
    library.open().ingest.note_run(SYSTEM, run)


def _materialized(order: RenditionOrder) -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(
        asset_key="recipe_renditions",
        metadata={
            "recipe": order.preset or order.recipe_name,
            "pictures": order.total,
            "made": order.made,
            "reused": order.reused,
            "failed": order.failed,
            "bytes": order.made_bytes,
            "pictures a second": round(order.rate or 0.0, 2),
            "attempts": order.attempt,
            **failure_table(order.failures_by_code),
        },
    )
