"""Calls on what datasets are like, and how they are made of files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from darkroom.client.call import Call, address, given

if TYPE_CHECKING:
    from pathlib import Path

    from darkroom.domain.dataset_quality import IssueKind, KeptQualityRules, QualityRules
    from darkroom.services.datasets.expand_views import ExpandGiven
    from darkroom.services.datasets.quality_views import IssuePage, LeaveOutGiven, QualityGiven, QualityView
    from darkroom.services.datasets.views import Committed
    from darkroom.services.imports.views import ImportReport
    from darkroom.services.work.views import WorkView

_DATASETS = "services.datasets.views"
_QUALITY = "services.datasets.quality_views"
_RULES = "domain.dataset_quality:KeptQualityRules"


def judge_dataset(dataset_id: str, given_: QualityGiven) -> Call[WorkView]:
    """Judge the pictures of a version."""
    return Call("POST", address("datasets", dataset_id, "quality"), "services.work.views:WorkView", body=given_)


def get_dataset_quality(dataset_id: str, *, against: str | None = None) -> Call[QualityView]:
    """What is wrong with a version that was judged, and how it differs from another one."""
    return Call(
        "GET", address("datasets", dataset_id, "quality"), f"{_QUALITY}:QualityView", query=given(against=against)
    )


def list_poor_pictures(dataset_id: str, issue: IssueKind, *, limit: int | None = None) -> Call[IssuePage]:
    """Pictures that something is wrong with."""
    query = given(issue=issue, limit=limit)
    return Call("GET", address("datasets", dataset_id, "quality", "pictures"), f"{_QUALITY}:IssuePage", query=query)


def export_dataset_quality(dataset_id: str, *, against: str | None = None) -> Call[bytes]:
    """What is wrong with a version as one HTML file."""
    return Call("GET", address("datasets", dataset_id, "quality", "html"), query=given(against=against))


def leave_out_poor(dataset_id: str, given_: LeaveOutGiven) -> Call[Committed]:
    """Make the next version without pictures that something is wrong with."""
    return Call("POST", address("datasets", dataset_id, "quality", "leave-out"), f"{_DATASETS}:Committed", body=given_)


def expand_dataset(dataset_id: str, given_: ExpandGiven) -> Call[WorkView]:
    """Make the next version, which holds changed copies of its training pictures too."""
    return Call("POST", address("datasets", dataset_id, "expand"), "services.work.views:WorkView", body=given_)


def import_dataset(
    file: Path, name: str, *, format: str | None = None, seed: int | None = None, message: str | None = None,  # noqa: A002 - its name
    dry_run: bool | None = None,
) -> Call[WorkView]:  # fmt: skip
    """Make the labelled pictures of a zip or tar file the next version of a dataset, or look at what would come of it."""
    query = given(name=name, format=format, seed=seed, message=message, dry_run=dry_run)
    return Call("POST", address("datasets", "import"), "services.work.views:WorkView", query=query, file=file)


def get_import(import_id: str) -> Call[ImportReport]:
    """What an archive of one's own holds, and what of it could not be read."""
    return Call("GET", address("imports", import_id), "services.imports.views:ImportReport")


def get_quality_rules(dataset_id: str) -> Call[KeptQualityRules]:
    """What a dataset demands of its versions."""
    return Call("GET", address("datasets", dataset_id, "quality-rules"), _RULES)


def set_quality_rules(dataset_id: str, given_: QualityRules, *, if_match: str = "*") -> Call[KeptQualityRules]:
    """Demand something of the versions of a dataset."""
    return Call("PUT", address("datasets", dataset_id, "quality-rules"), _RULES, body=given_, if_match=if_match)
