"""Watching for trainings that no run works on, for new versions of datasets, and for pictures that make new ones."""

import json
from datetime import datetime
from typing import TYPE_CHECKING

import dagster as dg

from assets.datasets import materialized
from assets.partitions import dataset_versions, training_runs
from darkroom.domain.access import SYSTEM
from darkroom.errors import Error
from darkroom.services.turns import priority_of
from jobs.ingest import without_runs
from jobs.training import training_request
from resources.library import LibraryResource

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

_BEGINNING = ["1970-01-01T00:00:00+00:00", ""]


def make_waiting_trainings_sensor(job: "UnresolvedAssetJobDefinition") -> dg.SensorDefinition:
    """A sensor that asks for runs of trainings whose turn has come, or whose run died.

    Args:
        job: trains.
    """

    @dg.sensor(
        name="waiting_trainings",
        job=job,
        minimum_interval_seconds=9,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Asks for runs of trainings whose turn has come, or whose run died.",
    )
    def waiting_trainings(
        context: dg.SensorEvaluationContext, library: LibraryResource
    ) -> list[dg.RunRequest] | dg.SkipReason:
        try:
            opened = library.open()
            trainings = opened.trainings
            found = without_runs(context.instance, trainings.pending(SYSTEM))
            context.instance.add_dynamic_partitions(training_runs.name or "", [one.id for one in found])
            for one in found:
                trainings.mark_requested(SYSTEM, one.id)
            requests = [training_request(one, priority_of(opened.stores, one)) for one in found]
        except Error as error:
            return dg.SkipReason(str(error))
        return requests or dg.SkipReason("No training waits.")

    return waiting_trainings


@dg.sensor(
    name="committed_versions",
    minimum_interval_seconds=9,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells Dagster of dataset versions that were committed, so that checkpoints have what they came from.",
)
def committed_versions(
    context: dg.SensorEvaluationContext, library: LibraryResource
) -> dg.SensorResult | dg.SkipReason:  # fmt: skip
    """Tell of new dataset versions."""
    moment, last = json.loads(context.cursor) if context.cursor else _BEGINNING
    try:
        found = library.open().datasets.committed_since(SYSTEM, datetime.fromisoformat(moment), last)
    except Error as error:
        return dg.SkipReason(str(error))
    if not found:
        return dg.SkipReason("No version is new.")
    return dg.SensorResult(
        dynamic_partitions_requests=[dataset_versions.build_add_request([one.id for one in found])],
        asset_events=[materialized(one) for one in found],
        cursor=json.dumps([found[-1].created_at.isoformat(), found[-1].id]),
    )


new_versions = dg.AutomationConditionSensorDefinition(
    "new_versions",
    target=dg.AssetSelection.checks_for_assets("dataset_version"),
    minimum_interval_seconds=29,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Has new versions of datasets checked, by the conditions that their checks declare.",
)


def make_unjudged_versions_sensor(job: "UnresolvedAssetJobDefinition") -> dg.SensorDefinition:
    """A sensor that has new versions judged, and checked once they are.

    Args:
        job: checks what was found.
    """

    @dg.sensor(
        name="unjudged_versions",
        job=job,
        minimum_interval_seconds=19,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Has the newest version of each dataset judged, and checked by what was found.",
    )
    def unjudged_versions(library: LibraryResource) -> list[dg.RunRequest] | dg.SkipReason:
        try:
            unjudged = library.open().unjudged
            asked, mark = unjudged.look(SYSTEM), unjudged.mark(SYSTEM)
        except Error as error:
            return dg.SkipReason(str(error))
        if mark is not None and not asked:
            return [dg.RunRequest(run_key=mark)]
        return dg.SkipReason(f"To be judged: {', '.join(asked)}." if asked else "No version is there.")

    return unjudged_versions


@dg.sensor(
    name="followed_datasets",
    minimum_interval_seconds=9,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Has datasets that follow their pictures looked at when pictures came or changed; new versions are trained with, and models judged by them.",
)
def followed_datasets(library: LibraryResource) -> dg.SkipReason:
    """Begin operations that look, and that judge models by what came of it; their runs are asked for as those of any other."""
    try:
        opened = library.open()
        asked = opened.follows.look(SYSTEM)
        judged = opened.estimates.evaluations.fill(SYSTEM)
    except Error as error:
        return dg.SkipReason(str(error))
    told = [f"Looked at: {', '.join(asked)}."] if asked else []
    told += [f"To be judged: {', '.join(judged)}."] if judged else []
    return dg.SkipReason(" ".join(told) or "Nothing changed for any of them.")


@dg.sensor(
    name="unseen_pictures",
    minimum_interval_seconds=9,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Has the model that pictures are found with by words look at those that came.",
)
def unseen_pictures(library: LibraryResource) -> dg.SkipReason:
    """Begin an operation that looks at what is new; its run is asked for as those of any other."""
    try:
        begun = library.open().embeddings.keep_up(SYSTEM)
    except Error as error:
        return dg.SkipReason(str(error))
    return dg.SkipReason(f"{begun} looks at what is new." if begun else "No picture is new.")
