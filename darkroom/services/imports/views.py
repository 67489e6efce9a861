"""How an archive of labelled pictures is read, and what is told of it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from darkroom.domain.base import Model
from darkroom.domain.dataset import DatasetName, ImportProblem

ImportLayout = Literal["auto", "imagefolder", "csv", "coco", "yolo", "voc", "pairs"]
"""How labels are written; `auto` finds out."""


class ImportGiven(Model):
    """What becomes of the pictures of an archive."""

    name: DatasetName
    """Name of the dataset; a new one is made where there is none of that name."""
    format: ImportLayout = "auto"
    """How labels are written; `auto` finds out."""
    seed: int = Field(0, ge=0, lt=2**31)
    """Another seed gives another division into splits."""
    message: str = Field("", max_length=2000)
    """What changed."""
    dry_run: bool = False
    """Only tell what would be made, and keep nothing but, for a day, what was sent."""
    archive: str | None = Field(None, min_length=1, max_length=80)
    """Id of an import of one's own that only looked (`dry_run`): what came for that is taken, and nothing is sent."""


class ImportedClass(Model):
    """How many pictures of an archive show a class, by the splits that its files name."""

    label: str
    """The class."""
    train: int = Field(0, ge=0)
    """To learn from."""
    validation: int = Field(0, ge=0)
    """To choose by."""
    test: int = Field(0, ge=0)
    """To judge by."""
    unplaced: int = Field(0, ge=0)
    """Those whose split stays as it was, or is drawn."""


class ImportReport(Model):
    """What an archive holds, and what of it cannot be read."""

    id: str
    """Id of the operation."""
    name: str
    """Name of the dataset."""
    dry_run: bool
    """Whether it was only looked at."""
    format: str
    """How its labels are written."""
    examples: int = Field(ge=0)
    """Pictures with what is said of them."""
    known: int = Field(ge=0)
    """Those of them that the library had before."""
    classes: tuple[ImportedClass, ...]
    """The classes, as far as there are no more than a thousand."""
    count: int = Field(ge=0)
    """Problems in all."""
    problems: tuple[ImportProblem, ...]
    """The first thousand of them."""
