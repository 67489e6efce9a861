"""Training runs, the checkpoints they leave, and the models people choose from them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from darkroom.domain.base import SHA256_PATTERN, Document, Model

RunState = Literal["queued", "running", "done", "stopped", "failed"]
"""Where a run is; `stopped` by a person or by its budget before anything was learnt."""


class Interval(Model):
    """A measured share with the interval that holds the true one in 95 of 100 cases."""

    value: float = Field(ge=0, le=1)
    """What was measured."""
    low: float = Field(ge=0, le=1)
    """Lower end."""
    high: float = Field(ge=0, le=1)
    """Upper end."""
    count: int = Field(ge=0)
    """Over how many examples."""


class Checkpoint(Model):
    """A self-describing folder of a model's weights and all that made them."""

    task: str
    """Task that it was trained for."""
    model: str
    """Name of the architecture."""
    labels: tuple[str, ...]
    """Classes, in the order of the outputs."""
    image_size: int = Field(gt=0)
    """Side of the square that pictures are scaled to."""
    step: int = Field(ge=0)
    """Optimizer steps behind it."""
    dataset: str = Field(pattern=SHA256_PATTERN)
    """Content hash of the dataset version."""
    seed: int
    """Seed of everything random."""
    code_version: str
    """Version of Darkroom."""
    licence: str
    """Licence of the weights it started from, `none` when it started from nothing."""
    environment: dict[str, str] = Field(default_factory=dict)
    """Versions of Python and of the libraries, processor or GPU, precision."""
    metrics: dict[str, float] = Field(default_factory=dict)
    """What validation said."""


class TrainingRun(Document):
    """One training, from its configuration to its checkpoints."""

    state: RunState
    """Where it is."""
    config: dict[str, Any]
    """The whole configuration, defaults included."""
    dataset: str = Field(pattern=SHA256_PATTERN)
    """Content hash of the dataset version."""
    started_at: datetime
    """When it began."""
    finished_at: datetime | None = None
    """When it ended."""
    checkpoints: tuple[str, ...] = ()
    """Where its checkpoints lie, the best one first."""
    metrics: dict[str, float] = Field(default_factory=dict)
    """What its result reached on the validation split."""
