"""Pictures of a batch: the records with their originals, the renditions, the quality measures.

All three come from one decode of each file, so one function makes them together. Asked for renditions or quality alone,
it makes those again from the stored originals.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import dagster as dg

from assets import checks, survey
from assets.partitions import ingest_batches
from darkroom.domain.access import SYSTEM
from darkroom.errors import Error
from resources.library import LibraryResource
from resources.telling import failure, note

if TYPE_CHECKING:
    from darkroom.services.ingest import BatchReport
    from darkroom.services.library import Library

IMAGES = dg.AssetSpec(
    "images",
    description="Pictures of a batch in the library, each known by the hash of its bytes, with what the file says of itself.",
    kinds={"mongodb"},
    group_name="library",
    skippable=True,
)
RENDITIONS = dg.AssetSpec(
    "renditions",
    deps=["images"],
    description="Thumbnails and previews of the pictures, WebP, in the content-addressed store; small originals are their own preview.",
    kinds={"file"},
    group_name="library",
    skippable=True,
)
QUALITY = dg.AssetSpec(
    "quality",
    deps=["renditions"],
    description="Sharpness, exposure, contrast and colour of each picture, and the problems they tell of.",
    kinds={"mongodb"},
    group_name="library",
    skippable=True,
)

Results = Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]


@dg.multi_asset(
    name="take_in",
    specs=[IMAGES, RENDITIONS, QUALITY],
    check_specs=checks.CHECKS,
    partitions_def=ingest_batches,
    can_subset=True,
    retry_policy=dg.RetryPolicy(
        max_retries=3, delay=2, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.FULL
    ),
)  # fmt: skip
def library_images(context: dg.AssetExecutionContext, library: LibraryResource) -> Results:
    """Take a batch of files in: one read and one decode for each, everything derived from it."""
    try:
        opened = library.open()
        chosen = {key.to_user_string() for key in context.selected_asset_keys}
        if "images" in chosen:
            yield from _take_in(context, opened, chosen)
        else:
            yield from _derive_again(context, opened, chosen)
    except Error as error:
        raise failure(error) from error
    except dg.DagsterExecutionInterruptedError as interruption:
        # The policy would start the step again in a run that is meant to end.
        raise dg.Failure("The run was told to end.", allow_retries=False) from interruption


def _take_in(context: dg.AssetExecutionContext, library: "Library", chosen: set[str]) -> Results:
    batch_id = context.partition_key
    note(context, library, "running")
    try:
        report = library.ingest.run_batch(SYSTEM, batch_id, context.run.run_id)
    except Error as error:
        note(context, library, "failed", cause=str(error))
        raise failure(error) from error
    if report.batch.state == "done":
        yield from _materialized(context, library, report, chosen)
    else:
        context.log.info("Batch %s is %s; run %s has it.", batch_id, report.batch.state, report.batch.run_id)
    note(context, library, "succeeded")


def _materialized(
    context: dg.AssetExecutionContext, library: "Library", report: "BatchReport", chosen: set[str]
) -> Results:  # fmt: skip
    batch = report.batch
    seen = survey.Survey.of(library, batch.id)
    links = survey.links(library, batch.id)
    yield dg.MaterializeResult(
        asset_key="images",
        metadata={
            "pictures": seen.pictures,
            "files": batch.total,
            "duplicates": batch.duplicates,
            "failed": batch.failed,
            "bytes": batch.done_bytes,
            "attempts": batch.attempt,
            **survey.rates(batch, report.seconds if report.claimed else 0.0),
            **survey.failure_table(batch.failures_by_code),
            **survey.share_table("format", seen.formats),
            **seen.contact_sheet(),
            **links,
        },
    )
    yield from _derived(seen, links, chosen)
    results = [checks.few_unreadable_files(batch), checks.renditions_stored(seen.pictures, seen.missing)]
    yield from checks.selected(context, results)


def _derive_again(context: dg.AssetExecutionContext, library: "Library", chosen: set[str]) -> Results:
    batch_id = context.partition_key
    try:
        report = library.ingest.derive_again(SYSTEM, batch_id, quality="quality" in chosen)
    except Error as error:
        raise failure(error) from error
    seen = survey.Survey.of(library, batch_id)
    links = {**survey.failure_table(report.failures_by_code), **survey.links(library, batch_id)}
    yield from _derived(seen, links, chosen)
    yield from checks.selected(context, [checks.renditions_stored(seen.pictures, seen.missing)])


def _derived(seen: survey.Survey, links: dict[str, dg.MetadataValue], chosen: set[str]) -> Results:
    if "renditions" in chosen:
        yield dg.MaterializeResult(
            asset_key="renditions",
            metadata={
                "pictures": seen.pictures,
                "bytes": seen.rendition_bytes,
                "share of originals": round(seen.rendition_bytes / seen.size, 4) if seen.size else 0.0,
                "originals that serve as preview": seen.originals_as_preview,
                "missing": len(seen.missing),
                **links,
            },
        )
    if "quality" in chosen:
        yield dg.MaterializeResult(
            asset_key="quality",
            metadata={
                "pictures": seen.pictures,
                "mean score": round(seen.scores / seen.pictures, 3) if seen.pictures else 0.0,
                **survey.share_table("problem", seen.problems),
                **links,
            },
        )
