"""What policies of augmentation are worth, as people see it."""

from __future__ import annotations

from pydantic import Field

from darkroom.domain.base import Model
from darkroom.domain.train_config import AugmentConfig
from darkroom.domain.training import TrainingState
from darkroom.services.training.side_views import Delta


class Ablated(Model):
    """A training of a pair."""

    training: str
    """Its id."""
    state: TrainingState
    """Where it is."""
    report: str | None
    """Its report."""
    score: float | None
    """The figure that decides; null before it is judged."""


class AblationPair(Model):
    """Two trainings that differ in the policy alone."""

    seed: int
    """The seed of both."""
    policy: Ablated
    """The one whose pictures are changed."""
    nothing: Ablated
    """The one that sees every picture as it is."""


class Ablation(Model):
    """What a policy is worth: trainings with it beside those of the same configurations and seeds without any."""

    policy: AugmentConfig
    """The policy."""
    task: str
    """What was learnt."""
    model: str
    """The architecture."""
    budget_seconds: float | None
    """Most wall time of each; null where the epochs decided."""
    score_name: str | None
    """The figure that decides; null before anything is judged."""
    pairs: tuple[AblationPair, ...]
    """By seed."""
    judged: int = Field(ge=0)
    """Pairs of which both are judged."""
    gain: float | None
    """By how much the figure is higher with the policy, on average over those."""
    right: Delta | None
    """The difference of the shares of pictures that were called right, with its interval, all seeds together; null where a task has no such share."""


class AblationList(Model):
    """Policies that were tried on a version, those tried last first."""

    version: str
    """The version."""
    items: tuple[Ablation, ...]
    """Each policy beside none, among its newest trainings."""
