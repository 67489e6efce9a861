"""Calls on datasets, trainings and what comes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from darkroom.client.call import Call, address, given

if TYPE_CHECKING:
    from darkroom.domain.dataset import Dataset, Split
    from darkroom.domain.draft import Draft
    from darkroom.domain.follow import Follow, FollowedDataset
    from darkroom.domain.panel import Panel
    from darkroom.domain.training import Gate, ModelVersion, SliceDimension, StoredCheckpoint
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
    from darkroom.services.training.augment_views import AugmentGiven, AugmentPreview
    from darkroom.services.training.embedding_views import EmbeddingGiven, EmbeddingList
    from darkroom.services.training.evaluation_views import EvaluationGiven, EvaluationMatrix
    from darkroom.services.training.shelf import BackboneList
    from darkroom.services.training.side_views import SideBySideView
    from darkroom.services.training.views import (
        CheckpointPage,
        ExperimentList,
        ModelDetail,
        ModelNotes,
        ModelPage,
        ModelUses,
        Promotion,
        ReportComparison,
        ReportDetail,
        ReportPage,
        ReportSlices,
        Rollback,
        TrainingEstimate,
        TrainingGiven,
        TrainingPage,
        TrainingView,
    )
    from darkroom.services.work.views import WorkView

_DATASETS = "services.datasets.views"
_TRAINING = "services.training.views"
_FOLLOWED = "domain.follow:FollowedDataset"


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


def start_training(given_: TrainingGiven) -> Call[TrainingView]:
    """Train a model: choose a dataset, a task and a budget; everything else has defaults."""
    return Call("POST", address("training-runs"), f"{_TRAINING}:TrainingView", body=given_)


def estimate_training(given_: TrainingGiven) -> Call[TrainingEstimate]:
    """What to expect of a training: how long, how often every picture is shown, what comes before it. Nothing begins."""
    return Call("POST", address("training-runs", "estimate"), f"{_TRAINING}:TrainingEstimate", body=given_)


def measure_training(given_: TrainingGiven) -> Call[WorkView]:
    """Do a few steps of a training with some of its pictures; the estimate then tells what was found."""
    return Call("POST", address("training-runs", "measure"), "services.work.views:WorkView", body=given_)


def list_trainings(*, limit: int | None = None, state: Sequence[str] = ()) -> Call[TrainingPage]:
    """Trainings, newest first."""
    return Call("GET", address("training-runs"), f"{_TRAINING}:TrainingPage", query=given(limit=limit, state=state))


def get_training(training_id: str) -> Call[TrainingView]:
    """How far a training is: step, loss, speed, time left, what each validation said."""
    return Call("GET", address("training-runs", training_id), f"{_TRAINING}:TrainingView")


def cancel_training(training_id: str) -> Call[TrainingView]:
    """Stop a training; its process ends within seconds, and nothing of it is kept."""
    return Call("POST", address("training-runs", training_id, "cancel"), f"{_TRAINING}:TrainingView")


def list_backbones() -> Call[BackboneList]:
    """Weights of others that lie on the machine, and whether more may be fetched from the hub."""
    return Call("GET", address("backbones"), "services.training.shelf:BackboneList")


def stop_training(training_id: str) -> Call[TrainingView]:
    """End a training within seconds with what it has come to: the best checkpoint is kept and judged."""
    return Call("POST", address("training-runs", training_id, "stop"), f"{_TRAINING}:TrainingView")


def get_training_panel(training_id: str) -> Call[Panel]:
    """What a training says of a few pictures of validation as it learns."""
    return Call("GET", address("training-runs", training_id, "panel"), "domain.panel:Panel")


def pause_training(training_id: str) -> Call[TrainingView]:
    """Let a training rest: its process writes down where it is within seconds, and ends."""
    return Call("POST", address("training-runs", training_id, "pause"), f"{_TRAINING}:TrainingView")


def resume_training(training_id: str) -> Call[TrainingView]:
    """Let a paused training go on from where it was."""
    return Call("POST", address("training-runs", training_id, "resume"), f"{_TRAINING}:TrainingView")


def list_checkpoints(*, limit: int | None = None) -> Call[CheckpointPage]:
    """Checkpoints, newest first."""
    return Call("GET", address("checkpoints"), f"{_TRAINING}:CheckpointPage", query=given(limit=limit))


def get_checkpoint(checkpoint_id: str) -> Call[StoredCheckpoint]:
    """A checkpoint: what made it, what it says of itself, its files."""
    return Call("GET", address("checkpoints", checkpoint_id), "domain.training:StoredCheckpoint")


def get_checkpoint_file(checkpoint_id: str, name: str, *, sha256: str | None = None) -> Call[bytes]:
    """A file of a checkpoint, checked where its hash is given; `Client.download` brings large ones to disk."""
    return Call("GET", address("checkpoints", checkpoint_id, "files", name), sha256=sha256)


def export_checkpoint(checkpoint_id: str) -> Call[bytes]:
    """The whole folder of a checkpoint as a zip file."""
    return Call("GET", address("checkpoints", checkpoint_id, "zip"))


def list_reports(*, limit: int | None = None) -> Call[ReportPage]:
    """Reports, newest first."""
    return Call("GET", address("reports"), f"{_TRAINING}:ReportPage", query=given(limit=limit))


def get_report(report_id: str) -> Call[ReportDetail]:
    """What a checkpoint is worth: figures with intervals, each class, confusion, the most confident mistakes."""
    return Call("GET", address("reports", report_id), f"{_TRAINING}:ReportDetail")


def export_report(report_id: str) -> Call[bytes]:
    """A report as one HTML file that needs nothing else."""
    return Call("GET", address("reports", report_id, "html"))


def export_report_pdf(report_id: str) -> Call[bytes]:
    """A report as a PDF."""
    return Call("GET", address("reports", report_id, "pdf"))


def compare_report(report_id: str, other: str) -> Call[ReportComparison]:
    """Where two models that were judged by the same pictures disagree, the widest apart first."""
    path = address("reports", report_id, "compare")
    return Call("GET", path, f"{_TRAINING}:ReportComparison", query=given(other=other))


def compare_models(reports: Sequence[str]) -> Call[SideBySideView]:
    """Several models on the same pictures, part by part, with the difference to the first and how sure it is."""
    kind = "services.training.side_views:SideBySideView"
    return Call("GET", address("comparisons"), kind, query=given(report=reports))


def slice_report(report_id: str, by: SliceDimension | None = None) -> Call[ReportSlices]:
    """How a model does on parts of the pictures that it was judged by; by everything that is known when `by` is not said."""
    path = address("reports", report_id, "slices")
    return Call("GET", path, f"{_TRAINING}:ReportSlices", query=given(by=by))


def list_experiments(*, limit: int | None = None) -> Call[ExperimentList]:
    """The newest trainings beside each other: what each was told differently, and what it came to."""
    return Call("GET", address("experiments"), f"{_TRAINING}:ExperimentList", query=given(limit=limit))


def list_evaluations(*, row: int | None = None, column: int | None = None) -> Call[EvaluationMatrix]:
    """Models on versions of datasets: what each is worth, and what is missing; a part of both, beginning at these places."""
    kind = "services.training.evaluation_views:EvaluationMatrix"
    return Call("GET", address("evaluations"), kind, query=given(row=row, column=column))


def list_embeddings() -> Call[EmbeddingList]:
    """Which models have looked at the pictures, and at how many."""
    return Call("GET", address("embeddings"), "services.training.embedding_views:EmbeddingList")


def embed_pictures(given_: EmbeddingGiven) -> Call[WorkView]:
    """Have a classifier of the registry look at all pictures that it has not seen yet."""
    return Call("POST", address("embeddings"), "services.work.views:WorkView", body=given_)


def evaluate_model(given_: EvaluationGiven) -> Call[WorkView]:
    """Judge a version of a model by a version of a dataset; asking again leads to the same operation."""
    return Call("POST", address("evaluations"), "services.work.views:WorkView", body=given_)


def list_models(*, limit: int | None = None) -> Call[ModelPage]:
    """Models and where their aliases lead, newest first."""
    return Call("GET", address("models"), f"{_TRAINING}:ModelPage", query=given(limit=limit))


def get_model(model_id: str) -> Call[ModelDetail]:
    """A model with its versions and their figures."""
    return Call("GET", address("models", model_id), f"{_TRAINING}:ModelDetail")


def promote_model(model_id: str, given_: Promotion) -> Call[ModelDetail]:
    """Let an alias lead to another version; a worse one, or one judged by other pictures, only with `force`."""
    return Call("POST", address("models", model_id, "promote"), f"{_TRAINING}:ModelDetail", body=given_)


def roll_back_model(model_id: str, given_: Rollback) -> Call[ModelDetail]:
    """Let an alias lead to where it led before its last move."""
    return Call("POST", address("models", model_id, "rollback"), f"{_TRAINING}:ModelDetail", body=given_)


def set_model_gate(model_id: str, given_: Gate) -> Call[ModelDetail]:
    """Say what a version must be worth to become champion."""
    return Call("POST", address("models", model_id, "gate"), f"{_TRAINING}:ModelDetail", body=given_)


def note_model(model_id: str, number: int, given_: ModelNotes) -> Call[ModelVersion]:
    """Set and unset tags of a version, and say what it is meant for."""
    path = address("models", model_id, "versions", str(number), "notes")
    return Call("POST", path, "domain.training:ModelVersion", body=given_)


def get_model_card(model_id: str, number: int, *, format: str | None = None) -> Call[bytes]:  # noqa: A002 - as the parameter is called
    """Everything that is known of a version: as Markdown, or as `html`."""
    return Call("GET", address("models", model_id, "versions", str(number), "card"), query=given(format=format))


def get_model_uses(model_id: str, number: int) -> Call[ModelUses]:
    """What uses a version of a model."""
    return Call("GET", address("models", model_id, "versions", str(number), "uses"), f"{_TRAINING}:ModelUses")


def reproduce_model(model_id: str, number: int) -> Call[TrainingView]:
    """Train again as a version was trained."""
    return Call("POST", address("models", model_id, "versions", str(number), "reproduce"), f"{_TRAINING}:TrainingView")
