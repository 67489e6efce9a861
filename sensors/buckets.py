"""Watching buckets that pictures are dropped into."""

import json

import dagster as dg

from darkroom.domain.access import SYSTEM
from darkroom.errors import Error
from jobs.buckets import BUCKET_TAG, collect_request
from resources.library import LibraryResource

_AT_WORK = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]


def make_new_objects_sensor(job: dg.JobDefinition) -> dg.SensorDefinition:
    """A sensor that asks for a run for each bucket in which something is new.

    Args:
        job: collects the objects of one bucket.
    """

    @dg.sensor(
        name="new_objects",
        job=job,
        minimum_interval_seconds=29,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Watches the buckets of DARKROOM_BUCKETS; what is new there comes into the library.",
    )
    def new_objects(context: dg.SensorEvaluationContext, library: LibraryResource) -> dg.SensorResult:
        cursors = _read(context.cursor)
        wanted, causes = [], []
        try:
            buckets = library.open().buckets
            names = buckets.names(SYSTEM)
        except Error as error:
            return dg.SensorResult(skip_reason=str(error))
        for name in names:
            if context.instance.get_run_ids(dg.RunsFilter(tags={BUCKET_TAG: name}, statuses=_AT_WORK), limit=1):
                continue
            try:
                # The memory of what was taken in is in the database; a lost cursor costs one whole look.
                new, cursors[name] = buckets.look(SYSTEM, name, cursors.get(name))
            except Error as error:
                causes.append(f"{name}: {error}")
                continue
            if new:
                wanted.append(collect_request(name))
        reason = "; ".join(causes) or "Nothing is new." if names else "DARKROOM_BUCKETS names none."
        return dg.SensorResult(
            run_requests=wanted, cursor=json.dumps(cursors), skip_reason=None if wanted else reason
        )  # fmt: skip

    return new_objects


def _read(cursor: str | None) -> dict[str, int | None]:
    try:
        found = json.loads(cursor or "{}")
        return {str(name): int(at) for name, at in found.items() if at is not None}
    except (ValueError, TypeError, AttributeError):
        return {}
