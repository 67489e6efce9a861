"""What people see of trainings and their results, and what they ask with."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from darkroom.domain.base import Model
from darkroom.domain.train_config import Cost, TaskName
from darkroom.domain.training import (
    ModelLine,
    ModelVersion,
    ReportSlice,
    SliceDimension,
    StoredCheckpoint,
    StoredReport,
    TrainingChoices,
    TrainingRun,
    TrainingState,
)
from darkroom.domain.turns import Priority


class TrainingGiven(TrainingChoices):
    """What to learn from, what to learn, and how long; everything else has good defaults."""

    task: TaskName | None = None
    """What is learnt; null for what the dataset tells: outlines, boxes, pairs, several classes a picture, else one."""
    dataset: str = Field(min_length=1, max_length=100)
    """A dataset (`name`, its newest version) or one version of it (`name@number`)."""
    budget_cost: Cost | None = None
    """Most that it may cost, in place of a time or beside one; the time follows from the setting `price_per_hour`."""
    search_cost: Cost | None = None
    """The same of the search before it."""
    priority: Priority = "normal"
    """How urgent it is: `low` rests where a `high` one finds no place; `high` takes `queue:first`."""


class TrainingEstimate(Model):
    """What to expect of a training, before it begins."""

    dataset: str
    """The version that it would learn from."""
    counts: dict[str, int]
    """Examples in each split."""
    waits: int = Field(ge=0)
    """Trainings that come before it."""
    budget_seconds: float | None
    """Most wall time that it may take."""
    seconds: float | None = None
    """About how long it takes; null before any like it was trained here."""
    epochs: int | None = None
    """About how often every picture is shown in that time."""
    pictures_per_second: float | None = None
    """The speed that this is reckoned with."""
    measured_by: str | None = None
    """Id of the training whose speed it is, or of the operation that measured it."""
    low: float | None = None
    """Seconds if all steps went as the quickest quarter of those that were measured; null without a measurement."""
    high: float | None = None
    """Seconds if all went as the slowest quarter."""
    memory_bytes: int | None = None
    """Most memory that it needs: of the GPU where there is one, else of the process; null without a measurement."""
    memory_total_bytes: int | None = None
    """How much of that there is."""
    batch_size: int | None = None
    """Pictures at a time, as many as fit into memory; the pictures in a step are as asked for."""
    accumulate: int | None = None
    """Batches in a step."""
    cost: float | None = None
    """What `seconds` of it cost by the settings `price_per_hour` and `currency`; null without a price or a time."""
    cost_low: float | None = None
    """Of `low`."""
    cost_high: float | None = None
    """Of `high`."""
    currency: str | None = None
    """What that is told in."""


class TrainingView(Model):
    """A training with links."""

    training: TrainingRun
    """The training."""
    seconds_left: float | None
    """Time until it ends; null while unknown."""
    run_url: str | None
    """Its run in Dagster's web app."""
    title: str | None = None
    """What went wrong, in a few words."""
    remedy: str | None = None
    """What can be done about it."""


class TrainingPage(Model):
    """Trainings, newest first."""

    items: tuple[TrainingView, ...]
    """One page of them."""
    next_cursor: str | None
    """Where the next page begins; null on the last one."""


class CheckpointPage(Model):
    """Checkpoints, newest first."""

    items: tuple[StoredCheckpoint, ...]
    """One page of them."""
    next_cursor: str | None
    """Where the next page begins; null on the last one."""


class ReportPage(Model):
    """Reports, newest first."""

    items: tuple[StoredReport, ...]
    """One page of them."""
    next_cursor: str | None
    """Where the next page begins; null on the last one."""


class ReportDetail(Model):
    """A report with everything that was measured."""

    report: StoredReport
    """The report."""
    details: dict[str, Any]
    """The whole evaluation: each class, confusion, the most confident mistakes."""
    weakest: tuple[ReportSlice, ...] = ()
    """Parts of the pictures on which it is surely worse than on the rest, those first that cost most."""
    targets: dict[str, str] = {}
    """Of a model that makes pictures: what each picture of its mistakes was to become, by id."""


class ReportSlices(Model):
    """How a model does on parts of the pictures that it was judged by."""

    report: str
    """Id of the report."""
    dimensions: tuple[SliceDimension, ...]
    """What these pictures can be divided by."""
    weakest: tuple[ReportSlice, ...]
    """Parts that are surely worse than the rest, those first that cost most pictures."""
    slices: tuple[ReportSlice, ...]
    """Parts by the dimension that was asked for, the weakest first; those of all dimensions when none was."""


OptionValue = bool | int | float | str | None
"""Value of an option of a training."""


class Experiment(Model):
    """A training beside others: what it was told and what it came to."""

    id: str
    """The training."""
    dataset: str
    """The version that it learnt from."""
    task: str
    """What it learnt."""
    state: TrainingState
    """Where it is."""
    created_at: datetime
    """When it was asked for."""
    seconds: float | None
    """How long it took; null while it is not over."""
    steps: int
    """Steps taken."""
    model: str | None
    """The version of a model that came of it."""
    report: str | None
    """Its report."""
    score_name: str | None
    """The figure that decides."""
    score: float | None
    """Its value: of the report, else of the last validation."""
    low: float | None
    """Lower end of its interval, where one is known."""
    high: float | None
    """Upper end."""
    judged: bool
    """Whether the value is that of a report."""
    options: dict[str, OptionValue]
    """What it was told, of the options that the list names."""


class ExperimentList(Model):
    """Trainings beside each other, newest first."""

    items: tuple[Experiment, ...]
    """At most 200."""
    options: tuple[str, ...]
    """Options that are worth a column: a few always, others where they differ."""


class Disagreement(Model):
    """What two models say of a picture."""

    key: str
    """The picture."""
    label: str
    """What it is."""
    one: str
    """What the first takes it for."""
    one_right: float
    """How likely the first holds what it is."""
    other: str
    """What the second takes it for."""
    other_right: float
    """How likely the second holds what it is."""
    apart: float
    """By how much the two differ."""


class ReportComparison(Model):
    """Two models on the same pictures."""

    one: str
    """The first report."""
    other: str
    """The second."""
    models: tuple[str, str]
    """The models that they are about."""
    count: int
    """Pictures that both were judged by."""
    both_right: int
    """Of those, how many both call by their class."""
    one_right: int
    """How many the first alone does."""
    other_right: int
    """How many the second alone does."""
    none_right: int
    """How many neither does."""
    pictures: tuple[Disagreement, ...]
    """Those on which they disagree, the widest apart first, then those on which they are not equally sure; at most 60."""


class ModelPage(Model):
    """Models, newest first."""

    items: tuple[ModelLine, ...]
    """One page of them."""
    next_cursor: str | None
    """Where the next page begins; null on the last one."""


class ModelDetail(Model):
    """A model with its versions."""

    model: ModelLine
    """The model and where its aliases lead."""
    versions: tuple[ModelVersion, ...]
    """Newest first, at most a thousand."""
    licences: dict[str, str]
    """Licence of the weights that each version began with, by its number; `none` where it learnt from nothing that others made."""


class Proposed(Model):
    """A version that is proposed as champion."""

    number: int = Field(ge=1)
    """The version."""
    why: str = Field("", max_length=500)
    """In words."""


class Declined(Model):
    """A proposal that is declined."""

    why: str = Field("", max_length=500)
    """In words."""


ModelTag = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9 ._:/-]{0,62}$")]
"""A tag of a version."""


class ModelNotes(Model):
    """What people say of a version of a model; what is not given stays."""

    add_tags: tuple[ModelTag, ...] = Field((), max_length=32)
    """Tags to set."""
    remove_tags: tuple[str, ...] = Field((), max_length=32)
    """Tags to unset."""
    intended_use: str | None = Field(None, max_length=4000)
    """What it is meant for, and what not."""


class Rollback(Model):
    """An alias that is to lead to where it led before."""

    alias: str = Field("champion", pattern=r"^[a-z][a-z0-9_-]{0,31}$")
    """The alias."""
    why: str = Field("", max_length=500)
    """Why, for those who look later."""


class ModelUses(Model):
    """What uses a version of a model."""

    aliases: tuple[str, ...]
    """Aliases that lead to it."""
    presets: tuple[str, ...]
    """Presets that name it, by number or by one of those aliases."""
    orders: int
    """Orders of renditions that it was used in."""
    followed: tuple[str, ...]
    """Datasets that follow their pictures and train the next versions of its model."""
    reproduced_by: tuple[str, ...]
    """Trainings that made it again."""


class Promotion(Model):
    """An alias that is to lead to another version."""

    number: int = Field(ge=1)
    """The version."""
    alias: str = Field("champion", pattern=r"^[a-z][a-z0-9_-]{0,31}$")
    """The alias."""
    force: bool = False
    """Also when the version is worse than the one that the alias leads to, or was judged by other pictures."""
    why: str = Field("", max_length=500)
    """Why, for those who look later."""
