"""Removing for good what has been in the trash for long."""

import dagster as dg

from darkroom.domain.access import SYSTEM
from resources.library import LibraryResource


@dg.op
def expire(context: dg.OpExecutionContext, library: LibraryResource) -> dict[str, int]:
    """Remove pictures that were put away longer ago than DARKROOM_TRASH_DAYS, and bytes that nothing names any more."""
    found = library.open().trash.expire(SYSTEM)
    context.log.info("%s", found)
    return found.model_dump()


@dg.job(executor_def=dg.in_process_executor, description="Removes for good what has been in the trash for long.")
def expire_trash() -> None:
    """Remove what nobody brought back in time."""
    expire()


expire_daily = dg.ScheduleDefinition(
    name="expire_daily",
    job=expire_trash,
    cron_schedule="7 4 * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Looks after the trash every night.",
)
