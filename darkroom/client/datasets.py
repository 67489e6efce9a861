"""Calls on datasets: their versions, what is said of their pictures, what these are like, and how they are made of files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from darkroom.client.call import Call, address, given

if TYPE_CHECKING:
    from pathlib import Path

    from darkroom.domain.dataset import Dataset, Split
    from darkroom.domain.dataset_quality import IssueKind, KeptQualityRules, QualityRules
    from darkroom.domain.draft import Draft
    from darkroom.domain.follow import Follow, FollowedDataset
    from darkroom.services.datasets.expand_views import ExpandGiven
    from darkroom.services.datasets.quality_views import IssuePage, LeaveOutGiven, QualityGiven, QualityView
    from darkroom.services.datasets.version_views import (
        BranchGiven,
        MergeGiven,
        MergeView,
        RestoreGiven,
        SplitGiven,
        TagGiven,
    )
    from darkroom.services.datasets.views import (
        AnnotationPage,
        Committed,
        DatasetPage,
        Diff,
        DraftCommit,
        DraftGiven,
        DraftSummary,
        ExportLayout,
        FollowedList,
        NewVersion,
        SuspectPage,
        SuspectsGiven,
        VersionDetail,
        VersionList,
        VersionPreview,
    )
    from darkroom.services.imports.views import ImportReport
    from darkroom.services.training.ablation_views import AblationList
    from darkroom.services.training.augment_views import AugmentGiven, AugmentPreview
    from darkroom.services.work.views import WorkView

_DATASETS = "services.datasets.views"
_FOLLOWED = "domain.follow:FollowedDataset"
_QUALITY = "services.datasets.quality_views"
_RULES = "domain.dataset_quality:KeptQualityRules"


def list_datasets(*, limit: int | None = None) -> Call[DatasetPage]:
    """Datasets, newest first."""
    return Call("GET", address("datasets"), f"{_DATASETS}:DatasetPage", query=given(limit=limit))


def commit_dataset(given_: NewVersion) -> Call[WorkView]:
    """Make pictures of the library the next version of a dataset: `result["version"]` is its number once it is there."""
    return Call("POST", address("datasets"), "services.work.views:WorkView", body=given_)


def preview_dataset(given_: NewVersion) -> Call[VersionPreview]:
    """What a version of pictures of the library would be; nothing is written."""
    return Call("POST", address("datasets", "preview"), f"{_DATASETS}:VersionPreview", body=given_, takes_key=False)


def get_dataset(dataset_id: str) -> Call[VersionDetail]:
    """A version (`name@number`, or the newest of `name`) with its classes and how they are divided."""
    return Call("GET", address("datasets", dataset_id), f"{_DATASETS}:VersionDetail")


def list_dataset_versions(dataset_id: str) -> Call[VersionList]:
    """Versions of a dataset, newest first."""
    return Call("GET", address("datasets", dataset_id, "versions"), f"{_DATASETS}:VersionList")


def find_label_suspects(dataset_id: str, given_: SuspectsGiven) -> Call[WorkView]:
    """Look for labels of a version that are probably wrong."""
    return Call("POST", address("datasets", dataset_id, "suspects"), "services.work.views:WorkView", body=given_)


def list_label_suspects(dataset_id: str, *, limit: int | None = None) -> Call[SuspectPage]:
    """Labels that are probably wrong, the most suspicious first, as far as somebody has looked for them."""
    return Call(
        "GET", address("datasets", dataset_id, "suspects"), f"{_DATASETS}:SuspectPage", query=given(limit=limit)
    )


def export_dataset(
    dataset_id: str, *, format_: ExportLayout = "imagefolder", split: Split | None = None
) -> Call[bytes]:
    """A version with its pictures as one tar file, in a layout that other programs read; for `Client.download`."""
    return Call("GET", address("datasets", dataset_id, "export"), query=given(format=format_, split=split))


def tag_dataset(dataset_id: str, given_: TagGiven) -> Call[Dataset]:
    """Give a version a name, by which `name@tag` finds it; or take the name away."""
    return Call("POST", address("datasets", dataset_id, "tag"), "domain.dataset:Dataset", body=given_)


def restore_dataset(dataset_id: str, given_: RestoreGiven) -> Call[Committed]:
    """Make an earlier version the newest again."""
    return Call("POST", address("datasets", dataset_id, "restore"), f"{_DATASETS}:Committed", body=given_)


def branch_dataset(dataset_id: str, given_: BranchGiven) -> Call[Committed]:
    """Begin a new dataset with a version, which it comes from and can be merged with again."""
    return Call("POST", address("datasets", dataset_id, "branch"), f"{_DATASETS}:Committed", body=given_)


def split_dataset(dataset_id: str, given_: SplitGiven) -> Call[Committed]:
    """Make a version whose splits are drawn anew, near duplicates in one of them."""
    return Call("POST", address("datasets", dataset_id, "split"), f"{_DATASETS}:Committed", body=given_)


def preview_merge(dataset_id: str, other: str) -> Call[MergeView]:
    """What would have to be decided to merge a version of another line into this one."""
    view = "services.datasets.version_views:MergeView"
    return Call("GET", address("datasets", dataset_id, "merge"), view, query=given(other=other))


def merge_dataset(dataset_id: str, given_: MergeGiven) -> Call[Committed]:
    """Merge a version of another line into the newest of a dataset."""
    return Call("POST", address("datasets", dataset_id, "merge"), f"{_DATASETS}:Committed", body=given_)


def delete_dataset_version(dataset_id: str) -> Call[None]:
    """Delete a version (`name@number`) that nothing was made of, and with the last one its dataset."""
    return Call("DELETE", address("datasets", dataset_id))


def list_to_annotate(
    dataset_id: str, *, queue: str | None = None, label: str | None = None, report: str | None = None,
    limit: int | None = None,
) -> Call[AnnotationPage]:  # fmt: skip
    """Pictures of the newest version of a dataset to go through."""
    query = given(queue=queue, label=label, report=report, limit=limit)
    return Call("GET", address("datasets", dataset_id, "annotate"), f"{_DATASETS}:AnnotationPage", query=query)


def get_drafts(dataset_id: str) -> Call[DraftSummary]:
    """What one says of a dataset and has not committed yet."""
    return Call("GET", address("datasets", dataset_id, "drafts"), f"{_DATASETS}:DraftSummary")


def save_draft(dataset_id: str, image_id: str, given_: DraftGiven, *, if_match: str = "*") -> Call[Draft]:
    """Say of a picture what the next version is to say."""
    path = address("datasets", dataset_id, "drafts", image_id)
    return Call("PUT", path, "domain.draft:Draft", body=given_, if_match=if_match)


def delete_draft(dataset_id: str, image_id: str) -> Call[None]:
    """Take back what one says of a picture: the version holds again."""
    return Call("DELETE", address("datasets", dataset_id, "drafts", image_id))


def discard_drafts(dataset_id: str) -> Call[None]:
    """Take back all that one says of a dataset and has not committed."""
    return Call("DELETE", address("datasets", dataset_id, "drafts"))


def commit_drafts(dataset_id: str, given_: DraftCommit) -> Call[WorkView]:
    """Make what one says of a dataset its next version: `result["version"]` is its number once it is there."""
    path = address("datasets", dataset_id, "drafts", "commit")
    return Call("POST", path, "services.work.views:WorkView", body=given_)


def list_followed_datasets() -> Call[FollowedList]:
    """Datasets that follow their pictures, by name."""
    return Call("GET", address("followed-datasets"), f"{_DATASETS}:FollowedList")


def get_followed_dataset(dataset_id: str) -> Call[FollowedDataset]:
    """How a dataset follows its pictures, and what came of looking at them last."""
    return Call("GET", address("datasets", dataset_id, "following"), _FOLLOWED)


def follow_dataset(dataset_id: str, given_: Follow, *, if_match: str = "*") -> Call[FollowedDataset]:
    """Let a dataset, which need not be there yet, follow its pictures: new ones make a version, and a training of it if wanted."""
    return Call("PUT", address("datasets", dataset_id, "following"), _FOLLOWED, body=given_, if_match=if_match)


def unfollow_dataset(dataset_id: str, *, if_match: str = "*") -> Call[None]:
    """Let a dataset stay as it is; its versions remain."""
    return Call("DELETE", address("datasets", dataset_id, "following"), if_match=if_match)


def compare_dataset(dataset_id: str, before: str) -> Call[Diff]:
    """What differs between an earlier version and this one."""
    return Call("GET", address("datasets", dataset_id, "diff"), f"{_DATASETS}:Diff", query=given(before=before))


def preview_augment(dataset_id: str, given_: AugmentGiven) -> Call[AugmentPreview]:
    """How a training would change some of the training pictures. Nothing begins."""
    path = address("datasets", dataset_id, "augment-preview")
    return Call("POST", path, "services.training.augment_views:AugmentPreview", body=given_, takes_key=False)


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


def list_ablations(dataset_id: str) -> Call[AblationList]:
    """What policies of augmentation are worth on a version: trainings with one beside those with none."""
    path = address("datasets", dataset_id, "ablations")
    return Call("GET", path, "services.training.ablation_views:AblationList")


def import_dataset(
    file: Path | None, name: str, *, format: str | None = None, seed: int | None = None, message: str | None = None,  # noqa: A002 - its name
    dry_run: bool | None = None, archive: str | None = None,
) -> Call[WorkView]:  # fmt: skip
    """Make the labelled pictures of a zip or tar file the next version of a dataset, or look at what would come of it.

    With `archive`, the id of an operation that looked, nothing is sent: `file` is None then.
    """
    query = given(name=name, format=format, seed=seed, message=message, dry_run=dry_run, archive=archive)
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
