"""What must hold for a batch that was taken in."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from darkroom.domain.ingest import Batch

MOST_UNREADABLE = 0.1
"""Share of unreadable files above which a batch deserves a look."""

CHECKS = (
    dg.AssetCheckSpec(
        "few_unreadable_files",
        asset="images",
        description=f"At most {MOST_UNREADABLE:.0%} of the files of the batch could not be taken in.",
    ),
    dg.AssetCheckSpec(
        "renditions_stored",
        asset="renditions",
        description="Every picture of the batch has its thumbnail and its preview in the blob store, or serves as its own preview.",
    ),
)
"""Checks that come with the assets of a batch."""


def few_unreadable_files(batch: Batch) -> dg.AssetCheckResult:
    """Warn when many files of a batch went to the failure ledger."""
    share = batch.failed / batch.total if batch.total else 0.0
    return dg.AssetCheckResult(
        asset_key="images",
        check_name="few_unreadable_files",
        passed=share <= MOST_UNREADABLE,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"share": round(share, 4), "files": batch.failed, "batch": batch.id},
    )


def renditions_stored(pictures: int, missing: list[str]) -> dg.AssetCheckResult:
    """Fail when a picture lacks a rendition."""
    return dg.AssetCheckResult(
        asset_key="renditions",
        check_name="renditions_stored",
        passed=not missing,
        metadata={"pictures": pictures, "missing": len(missing), "examples": missing[:20]},
    )


def selected(context: dg.AssetExecutionContext, results: list[dg.AssetCheckResult]) -> Iterator[dg.AssetCheckResult]:
    """Those results whose check belongs to this run."""
    wanted = {key.name for key in context.selected_asset_check_keys}
    yield from (one for one in results if one.check_name in wanted)
