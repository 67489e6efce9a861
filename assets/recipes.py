"""What recipes make of pictures: one partition for each order, all cores inside the step."""

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import dagster as dg

from assets.partitions import rendition_orders
from assets.survey import failure_table
from darkroom.domain.access import SYSTEM
from darkroom.domain.rendition import RenditionOrder
from darkroom.domain.turns import CPU_POOL
from resources.library import LibraryResource
from resources.telling import explained, left, note, teller

if TYPE_CHECKING:
    from darkroom.services.recipes.apart import Assignment, Spread
    from darkroom.services.recipes.pool import Result, Subject


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
    pool=CPU_POOL,
    retry_policy=dg.RetryPolicy(max_retries=3, delay=2, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.FULL),
)
def recipe_renditions(
    context: dg.AssetExecutionContext, library: LibraryResource
) -> Iterator[dg.MaterializeResult[None]]:
    """Run the recipe of an order on its pictures; what is there already is not made again."""
    with explained(lambda _error: note(context, library.open(), "failed")):
        note(context, library.open(), "running")
        order = library.open().renditions.run_order(
            SYSTEM, context.partition_key, context.run.run_id, on_progress=teller(context, _words),
            spread=far(library.open().settings.ray_address),
        )  # fmt: skip
        note(context, library.open(), "succeeded")
    context.log.info("Order %s is %s; run %s has it.", order.id, order.state, order.run_id)
    if order.state == "done" and order.run_id == context.run.run_id:
        yield _materialized(order)


def far(address: str | None) -> "Spread | None":
    """Runs an order on a Ray cluster; None where no cluster is named."""
    if address is None:
        return None

    def run(work: "Assignment", subjects: "Iterator[Subject]") -> "Generator[Result | None, None, None]":
        from darkroom.services.recipes.apart import lost
        from training.spread import spread

        return spread(work, subjects, address=address, lost=lost, megabytes=lambda one: one.need_mb)

    return run


def _words(order: RenditionOrder) -> str:
    return f"{order.done} of {order.total}, {order.rate or 0.0:.1f}/s, {left(order.seconds_left)}."


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
