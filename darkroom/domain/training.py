"""Training runs, the checkpoints they leave, and the models people choose from them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from darkroom.domain.base import SHA256_PATTERN, Document, Model
from darkroom.domain.claim import Claimable
from darkroom.domain.dataset import DatasetName, Split, StoredFile
from darkroom.domain.proposal import Proposal
from darkroom.domain.search import Search, SearchGiven
from darkroom.domain.train_config import TaskName
from darkroom.domain.turns import Priority

TrainingState = Literal["queued", "running", "paused", "done", "failed", "cancelled"]
"""`queued` until a run takes it up; a training whose run died goes on being `running` with an old heartbeat; one that is `paused` waits for
a person."""


class TrainingChoices(Model):
    """How long to learn, and how; everything has good defaults."""

    budget_seconds: float | None = Field(480.0, gt=0, le=30 * 86_400)
    """Wall time for training and validation; null for as long as the epochs take."""
    seed: int = Field(0, ge=0, lt=2**31)
    """Everything random follows from it."""
    options: dict[str, Any] = Field(default_factory=dict)
    """Any other field of the configuration: model, image_size, epochs, learning_rate, ..."""
    workers: int = Field(1, ge=1, le=256)
    """Processes that share each batch."""
    name: DatasetName | None = None
    """Name of the model that the result becomes a version of; that of the dataset when not given."""
    promote: bool = False
    """Make the result champion by itself when it is better than the champion of now."""
    strict: bool = False
    """Refuse a version in which near duplicates lie in several splits: what it is judged by was partly learnt from."""
    search: SearchGiven | None = None
    """Look for better options first, in short trials; the training then takes those of the best one."""


class TrainingWanted(TrainingChoices):
    """What to learn and how long; everything else has good defaults."""

    task: TaskName = "classification"
    """What is learnt."""


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


SliceDimension = Literal[
    "label",
    "camera",
    "lens",
    "format",
    "shape",
    "year",
    "tag",
    "megapixels",
    "iso",
    "brightness",
    "sharpness",
    "contrast",
]
"""What pictures that a model was judged by can be divided by."""


class ReportSlice(Model):
    """Some of the pictures that a model was judged by, and how it does on them."""

    dimension: SliceDimension
    """What the pictures were divided by."""
    value: str
    """What these have in common, in words."""
    low: float | None = None
    """Least value of a number; null for what is no number."""
    high: float | None = None
    """Largest value of a number."""
    share: Interval
    """Share of them that were called right."""
    apart: float = Field(ge=-1, le=1)
    """By how much that is more than of all the others; less than zero where the model is worse."""
    apart_low: float
    """Lower end of the interval that holds the true difference in 95 of 100 cases."""
    apart_high: float
    """Its upper end."""
    telling: bool
    """Whether the difference is more than chance: its interval does not hold zero."""
    wrong: tuple[str, ...] = ()
    """Ids of pictures called wrong, those first of which it was surest; a dozen at most."""


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


class CurvePoint(Model):
    """A moment of a training."""

    step: int = Field(ge=0)
    """Steps taken by then."""
    loss: float
    """Mean loss of the last steps."""
    rate: float
    """Learning rate."""


class ReproducedFigure(Model):
    """A figure of a model beside that of the one it makes again."""

    name: str
    """`accuracy`, `macro_f1`, ..."""
    before: float
    """Of the first."""
    after: float
    """Of this one."""


class Reproduction(Model):
    """How near a training came to a version of a model that it made again."""

    of: str
    """The version, `name@number`."""
    apart: float | None
    """The largest difference between two of their weights, 0 where all are equal; null where they have other shapes."""
    figures: tuple[ReproducedFigure, ...]
    """What both are worth."""


class TrainingRun(Claimable):
    """One training, from its configuration to its checkpoint and report."""

    owner: str
    """Whose it is: the account that the principal acts for, or the principal itself."""
    priority: Priority = "normal"
    """How urgent it is."""
    dataset: str
    """The version that it learns from, `name@number`."""
    dataset_hash: str = Field(pattern=SHA256_PATTERN)
    """Content hash of that version."""
    model_line: DatasetName
    """Name of the model that its result becomes a version of."""
    task: str
    """What is learnt."""
    config: dict[str, Any]
    """The whole configuration, defaults included."""
    workers: int = Field(1, ge=1)
    """Processes that share each batch."""
    promote: bool = False
    """Whether the result becomes champion by itself when it is better."""
    search: Search | None = None
    """The search for better options that comes first; null where none was asked for."""
    reproduces: str | None = None
    """The version of a model that it makes again, `name@number`."""
    reproduction: Reproduction | None = None
    """How near it came to that."""
    state: TrainingState = "queued"
    """Where it is."""
    waits_since: datetime
    """When it began to wait: when it was asked for, or let rest last."""
    pauses: int = Field(0, ge=0)
    """How often somebody let it rest."""
    gave_way: int = Field(0, ge=0)
    """How often it rested for one that is more urgent."""
    resumes: bool = False
    """Whether it goes on by itself when its turn comes, where it is paused."""
    step: int = Field(0, ge=0)
    """Steps taken."""
    steps: int = Field(0, ge=0)
    """Steps that it will be, by what is known now."""
    epoch: int = Field(0, ge=0)
    """How often every picture was shown."""
    loss: float | None = None
    """Mean loss of the last steps."""
    rate: float | None = None
    """Learning rate."""
    pictures_per_second: float | None = None
    """Speed."""
    seconds_left: float | None = None
    """Time until the training ends, as measured."""
    history: tuple[dict[str, float], ...] = ()
    """What each validation said, with its step; lists tell the last one."""
    curve: tuple[CurvePoint, ...] = ()
    """Loss and learning rate over the steps, thinned as it grows; left out in lists."""
    panel: tuple[StoredFile, ...] = ()
    """What each validation said of a few pictures, a file each; left out in lists."""
    left_out: int = Field(0, ge=0)
    """Pictures that could not be decoded."""
    stopping: bool = False
    """Whether somebody asked it to end now with what it has come to."""
    stopped: str | None = None
    """Why it ended: `finished`, `budget`, `patience`, or `stopped` by somebody."""
    checkpoint: str | None = None
    """Id of its checkpoint."""
    report: str | None = None
    """Id of its report."""
    model: str | None = None
    """The model version that came of it."""
    code: str | None = None
    """Code of the error that ended it."""
    cause: str | None = None
    """Why it failed, in words."""


class StoredCheckpoint(Document):
    """A checkpoint in the library."""

    training: str
    """The training that made it."""
    dataset: str
    """The version that it learnt from."""
    about: Checkpoint
    """What it says of itself."""
    config: dict[str, Any]
    """The whole configuration that made it."""
    files: tuple[StoredFile, ...]
    """Its folder, file by file."""
    seconds: float = Field(ge=0)
    """Wall time of the training."""
    not_exported: str | None = None
    """Why its folder holds no `model.onnx`; null where it does."""
    created_at: datetime
    """When it was made."""

    @property
    def has_onnx(self) -> bool:
        """Whether it can be used without PyTorch: exported, and answering alike."""
        return any(one.name == "model.onnx" for one in self.files)


class Metric(Model):
    """A figure of a report."""

    name: str
    """`accuracy`, `macro_f1`, ..."""
    value: float
    """What was measured."""
    low: float | None = None
    """Lower end of the interval that holds the true value in 95 of 100 cases; null where none is known."""
    high: float | None = None
    """Its upper end."""


class StoredReport(Document):
    """What a checkpoint is worth on one split of a dataset version."""

    training: str | None = None
    """The training that it belongs to."""
    checkpoint: str
    """What was judged."""
    dataset: str
    """By which version."""
    split: Split
    """By which part of it."""
    count: int = Field(ge=1)
    """Examples that it was judged by."""
    metrics: tuple[Metric, ...]
    """The figures, the one that decides first."""
    details: StoredFile
    """The whole evaluation as JSON: each class, confusion, mistakes."""
    predictions: StoredFile | None = None
    """What was said of each picture, with what was known of it then, as Parquet; null where there is no such thing."""
    created_at: datetime
    """When it was made."""


class ModelVersion(Document):
    """One version of a model; its id is `name@number`, and nothing but its tags and what it is meant for ever changes."""

    name: DatasetName
    """Name of the model."""
    number: int = Field(ge=1)
    """Counted from 1."""
    training: str
    """The training that made it."""
    checkpoint: str
    """Its weights."""
    report: str
    """What they are worth."""
    dataset: str
    """The version that it learnt from."""
    task: str
    """What it does."""
    metrics: tuple[Metric, ...]
    """The figures of its report."""
    tags: tuple[str, ...] = ()
    """What people call it beside its name, sorted."""
    intended_use: str = Field("", max_length=4000)
    """What it is meant for, and what not, by people."""
    created_at: datetime
    """When it was registered."""


class Gate(Model):
    """What a version must be worth to become champion of its line."""

    least_score: float | None = None
    """Least value of the figure that decides; null for any."""
    least_gain: float = 0.0
    """By how much it must be above that of the champion; below zero where a little worse will do."""
    approval: bool = False
    """Whether it takes somebody with `models:approve`; then nothing becomes champion by itself."""
    another: bool = False
    """With `approval`: whether that must be somebody else than who proposed the version, and than who trained it."""


class AliasMove(Model):
    """An alias that was moved to another version."""

    alias: str
    """`candidate`, `champion`, ..."""
    number: int = Field(ge=1)
    """The version that it leads to since."""
    before: int | None = None
    """The version that it led to."""
    at: datetime
    """When."""
    by: str
    """Id of who moved it."""
    why: str = ""
    """In words."""


class ModelLine(Document):
    """A named line of versions of a model; its id is its name."""

    id: DatasetName
    task: str
    """What its versions do."""
    latest: int = Field(ge=1)
    """Number of the newest version."""
    aliases: dict[str, int]
    """Where each alias leads."""
    moves: tuple[AliasMove, ...] = ()
    """The last hundred moves of aliases, oldest first."""
    gate: Gate = Gate()
    """What a champion must be worth."""
    proposal: Proposal | None = None
    """The version that waits for approval, or was declined last."""
    created_at: datetime
    """When its first version was registered."""
