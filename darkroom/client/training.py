"""Calls on trainings and their checkpoints, on weights of others, and on what models know of pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from darkroom.client.call import Call, address, given

if TYPE_CHECKING:
    from darkroom.domain.panel import Panel
    from darkroom.domain.training import StoredCheckpoint
    from darkroom.services.activity_views import Hurry
    from darkroom.services.training.embedding_views import EmbeddingGiven, EmbeddingList
    from darkroom.services.training.shelf import BackboneList
    from darkroom.services.training.views import (
        CheckpointPage,
        ExperimentList,
        TrainingEstimate,
        TrainingGiven,
        TrainingPage,
        TrainingView,
    )
    from darkroom.services.work.views import WorkView

_TRAINING = "services.training.views"


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


def hurry_training(training_id: str, given_: Hurry) -> Call[TrainingView]:
    """Change how urgent a training is that is not over."""
    return Call("POST", address("training-runs", training_id, "priority"), f"{_TRAINING}:TrainingView", body=given_)


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


def delete_training(training_id: str) -> Call[None]:
    """Delete a training that no version of a model came of, with its checkpoint and the reports on it."""
    return Call("DELETE", address("training-runs", training_id))


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


def list_experiments(*, limit: int | None = None) -> Call[ExperimentList]:
    """The newest trainings beside each other: what each was told differently, and what it came to."""
    return Call("GET", address("experiments"), f"{_TRAINING}:ExperimentList", query=given(limit=limit))


def list_embeddings() -> Call[EmbeddingList]:
    """Which models have looked at the pictures, and at how many."""
    return Call("GET", address("embeddings"), "services.training.embedding_views:EmbeddingList")


def embed_pictures(given_: EmbeddingGiven) -> Call[WorkView]:
    """Have a classifier of the registry, or a model for searching, look at all pictures that it has not seen yet."""
    return Call("POST", address("embeddings"), "services.work.views:WorkView", body=given_)
