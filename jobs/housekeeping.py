"""Keeping Dagster's own storage small: its retention settings prune ticks, but neither runs nor partitions."""

from datetime import UTC, datetime, timedelta

import dagster as dg

from assets.partitions import ingest_batches, operations, rendition_orders, training_runs

KEEP_DAYS = 30
"""Age at which finished runs are removed."""
KEEP_PARTITIONS = 20_000
"""Batches that stay visible as partitions; Dagster advises at most 100,000."""
_AT_ONCE = 100

_OVER = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


@dg.op
def prune(context: dg.OpExecutionContext) -> dict[str, int]:
    """Remove old runs with their logs, and the oldest partitions; pictures and batches are not touched."""
    instance = context.instance
    runs = prune_runs(instance, datetime.now(UTC) - timedelta(days=KEEP_DAYS))
    partitions = prune_partitions(instance, KEEP_PARTITIONS)
    context.log.info("Removed %d runs and %d partitions.", runs, partitions)
    return {"runs": runs, "partitions": partitions}


def prune_runs(instance: dg.DagsterInstance, before: datetime) -> int:
    """Remove runs that were over before that time; returns how many."""
    count = 0
    old = dg.RunsFilter(statuses=_OVER, updated_before=before)
    while ids := instance.get_run_ids(old, limit=_AT_ONCE):
        for run_id in ids:
            instance.delete_run(run_id)
        count += len(ids)
    return count


def prune_partitions(instance: dg.DagsterInstance, keep: int) -> int:
    """Remove all but the newest keys of each kind; returns how many."""
    count = 0
    for definition in (ingest_batches, rendition_orders, training_runs, operations):
        name = definition.name or ""
        keys = sorted(instance.get_dynamic_partitions(name))
        excess = keys[: max(0, len(keys) - keep)]
        for key in excess:
            instance.delete_dynamic_partition(name, key)
        count += len(excess)
    return count


@dg.job(executor_def=dg.in_process_executor, description="Removes what Dagster would keep for ever.")
def prune_runs_and_partitions() -> None:
    """Remove old runs and partitions."""
    prune()


prune_daily = dg.ScheduleDefinition(
    name="prune_daily",
    job=prune_runs_and_partitions,
    cron_schedule="17 3 * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Runs the pruning every night.",
)
