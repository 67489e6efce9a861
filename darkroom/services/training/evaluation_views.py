"""What people see of models on datasets, and what they ask with."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from darkroom.domain.base import Model
from darkroom.domain.training import Metric

CellState = Literal["judged", "stale", "missing", "unfit"]
"""`stale`: judged by an earlier version of the dataset; `unfit`: it can't be, for the dataset has other classes or nothing to judge by."""


class EvaluationGiven(Model):
    """A model that is to be judged by a dataset."""

    model: str = Field(min_length=1, max_length=100)
    """A version of a model (`name@number`), or the newest of `name`."""
    dataset: str = Field(min_length=1, max_length=100)
    """A dataset (`name`, its newest version) or one version of it (`name@number`)."""


class MatrixModel(Model):
    """A row: a version of a model."""

    id: str
    """The version, `name@number`."""
    task: str
    """What it does."""
    aliases: tuple[str, ...]
    """What leads to it."""


class MatrixDataset(Model):
    """A column: a version of a dataset."""

    id: str
    """The version, `name@number`."""
    judged_by: str | None
    """The split that models are judged by: `test`, else `validation`; null where there is neither."""
    newest: bool
    """Whether there is no later one."""


class MatrixCell(Model):
    """A model on a dataset."""

    model: str
    """The version of the model."""
    dataset: str
    """The version of the dataset."""
    state: CellState
    """What is known."""
    report: str | None = None
    """The newest report; of an earlier version of the dataset where the cell is stale."""
    judged_on: str | None = None
    """The version that the report is about."""
    metric: Metric | None = None
    """Its figure that decides."""
    operation: str | None = None
    """The operation that judges, or failed to."""


class EvaluationMatrix(Model):
    """Models on datasets."""

    models: tuple[MatrixModel, ...]
    """Rows, the newest first, at most 40 of them: where aliases lead, and the newest version of each model."""
    datasets: tuple[MatrixDataset, ...]
    """Columns, at most 24 of them: the two newest versions of each dataset, the newest datasets first."""
    cells: tuple[MatrixCell, ...]
    """Row by row."""
    row: int = Field(0, ge=0)
    """Place of the first of these models among all."""
    column: int = Field(0, ge=0)
    """Place of the first of these datasets among all."""
    total_models: int = Field(0, ge=0)
    """How many rows there are."""
    total_datasets: int = Field(0, ge=0)
    """How many columns there are."""
