"""Watching for orders that no run works on."""

from typing import TYPE_CHECKING

import dagster as dg

from assets.partitions import rendition_orders
from darkroom.domain.access import SYSTEM
from darkroom.errors import Error
from darkroom.services.turns import priority_of
from jobs.ingest import MOST_REQUESTS, without_runs
from jobs.renditions import order_request
from resources.library import LibraryResource

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition


def make_waiting_orders_sensor(job: "UnresolvedAssetJobDefinition") -> dg.SensorDefinition:
    """A sensor that asks for runs of orders whose run was never started or died.

    Args:
        job: runs the recipe of an order.
    """

    @dg.sensor(
        name="waiting_orders",
        job=job,
        minimum_interval_seconds=9,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Asks for runs of orders whose run was never started or died.",
    )
    def waiting_orders(
        context: dg.SensorEvaluationContext, library: LibraryResource
    ) -> list[dg.RunRequest] | dg.SkipReason:
        try:
            opened = library.open()
            renditions = opened.renditions
            found = without_runs(context.instance, renditions.pending(SYSTEM))[:MOST_REQUESTS]
            context.instance.add_dynamic_partitions(rendition_orders.name or "", [one.id for one in found])
            for one in found:
                renditions.mark_requested(SYSTEM, one.id)
            requests = [order_request(one, priority_of(opened.stores, one)) for one in found]
        except Error as error:
            return dg.SkipReason(str(error))
        return requests or dg.SkipReason("No order waits.")

    return waiting_orders
