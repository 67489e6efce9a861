"""What must hold for a batch that was taken in, a dataset version, and a model that was trained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import dagster as dg

from darkroom.domain.access import SYSTEM
from darkroom.domain.dataset import CommittedVersion
from darkroom.domain.ingest import Batch
from darkroom.domain.training import StoredCheckpoint
from darkroom.services.datasets.quality_views import QualityView
from resources.library import LibraryResource

MOST_UNREADABLE = 0.1
"""Share of unreadable files above which a batch deserves a look."""

MOST_SUSPECT = 0.1
"""Share of labels that are probably wrong above which a dataset deserves a look."""

_MOST_NAMED = 20

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


ONNX_CHECK = dg.AssetCheckSpec(
    "onnx_answers_alike",
    asset="checkpoint",
    description="The checkpoint was exported to ONNX, and ONNX Runtime answers as PyTorch does.",
)
"""Check that comes with a checkpoint."""


GATE_CHECK = dg.AssetCheckSpec(
    "fit_to_be_champion",
    asset="evaluation_report",
    description="The new version has what its line asks of a champion: a least score, a least gain over the one of now.",
)
"""Check that comes with a report."""


WITH_EACH_VERSION = dg.AutomationCondition.any_deps_updated() & ~dg.AutomationCondition.in_progress()
"""Dagster runs a check by itself when a version was committed; what versions lead to is people's choice (decision 16)."""


@dg.asset_check(
    name="no_leaks",
    asset="dataset_version",
    automation_condition=WITH_EACH_VERSION,
    description="In the newest version of every dataset, near duplicates lie in one split. A training that is strict refuses others.",
)
def no_leaks(library: LibraryResource) -> dg.AssetCheckResult:
    """Look at the newest version of every dataset."""
    return leaks_told(library.open().datasets.newest(SYSTEM))


def leaks_told(versions: Sequence[CommittedVersion]) -> dg.AssetCheckResult:
    """Warn when what a model will be judged by was partly learnt from."""
    leaking = [one for one in versions if one.leaks]
    return dg.AssetCheckResult(
        asset_key="dataset_version",
        check_name="no_leaks",
        passed=not leaking,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"versions": len(versions), "leaking": {one.id: one.leaks for one in leaking[:_MOST_NAMED]}},
    )


@dg.asset_check(
    name="few_label_suspects",
    asset="dataset_version",
    automation_condition=WITH_EACH_VERSION,
    description=f"At most {MOST_SUSPECT:.0%} of the labels of the newest version of every dataset are probably wrong, as far as somebody has looked.",
)
def few_label_suspects(library: LibraryResource) -> dg.AssetCheckResult:
    """Look at what was found of the newest version of every dataset."""
    opened = library.open()
    shares = (opened.suspects.share(SYSTEM, one) for one in opened.datasets.newest(SYSTEM))
    return suspects_told([one for one in shares if one is not None])


def suspects_told(found: Sequence[tuple[str, float]]) -> dg.AssetCheckResult:
    """Warn when many labels are probably wrong.

    Args:
        found: version and share of its suspects, of those in which somebody looked for them.
    """
    many = {version: round(share, 4) for version, share in found if share > MOST_SUSPECT}
    return dg.AssetCheckResult(
        asset_key="dataset_version",
        check_name="few_label_suspects",
        passed=not many,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"versions": len(found), "suspicious": dict(list(many.items())[:_MOST_NAMED])},
    )


@dg.asset_check(
    name="good_quality",
    asset="dataset_version",
    description="The newest version of every dataset is as good as its rules demand, as far as somebody has judged it. Rules that block keep trainings from beginning.",
)
def good_quality(library: LibraryResource) -> dg.AssetCheckResult:
    """Look at what was found of the newest version of every dataset."""
    opened = library.open()
    found = (opened.quality.newest_told(SYSTEM, one) for one in opened.datasets.newest(SYSTEM))
    return quality_told([one for one in found if one is not None])


def quality_told(found: Sequence[QualityView]) -> dg.AssetCheckResult:
    """Warn when a version is worse than its rules demand, and fail when no training may begin with it.

    Args:
        found: versions that somebody has judged.
    """
    poor = [one for one in found if not one.passed]
    blocked = {one.version: " ".join(one.blocked) for one in poor if one.blocked}
    too_much = {one.version: [issue.issue for issue in one.issues if not issue.passed] for one in poor}
    return dg.AssetCheckResult(
        asset_key="dataset_version",
        check_name="good_quality",
        passed=not poor,
        severity=dg.AssetCheckSeverity.ERROR if blocked else dg.AssetCheckSeverity.WARN,
        metadata={
            "versions": len(found),
            "scores": {one.version: round(one.score, 4) for one in found[:_MOST_NAMED]},
            "too much": dict(list(too_much.items())[:_MOST_NAMED]),
            "blocked": dict(list(blocked.items())[:_MOST_NAMED]),
        },
    )


def onnx_told(kept: StoredCheckpoint) -> dg.AssetCheckResult:
    """Warn when a model can be used with PyTorch alone."""
    return dg.AssetCheckResult(
        asset_key="checkpoint",
        check_name=ONNX_CHECK.name,
        passed=kept.has_onnx,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"checkpoint": kept.id, "cause": kept.not_exported or ""},
    )


def gate_told(model: str, lacking: Sequence[str]) -> dg.AssetCheckResult:
    """Warn when a new version lacks what its line asks of a champion."""
    return dg.AssetCheckResult(
        asset_key="evaluation_report",
        check_name=GATE_CHECK.name,
        passed=not lacking,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"model": model, "lacking": " ".join(lacking)},
    )


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
        metadata={"pictures": pictures, "missing": len(missing), "examples": missing[:_MOST_NAMED]},
    )


def selected(context: dg.AssetExecutionContext, results: list[dg.AssetCheckResult]) -> Iterator[dg.AssetCheckResult]:
    """Those results whose check belongs to this run."""
    wanted = {key.name for key in context.selected_asset_check_keys}
    yield from (one for one in results if one.check_name in wanted)
