"""Datasets: named lines of immutable versions, each a manifest of examples."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from darkroom.domain.annotation import Annotation
from darkroom.domain.base import SHA256_PATTERN, Document, Model

Split = Literal["train", "validation", "test"]
"""What an example is for: to learn from, to choose by, to judge by."""

SPLITS: tuple[Split, ...] = ("train", "validation", "test")
"""All of them, in the order in which people name them."""

DatasetName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
"""Name of a dataset or of a model: small letters, digits, `-` and `_`."""


VersionTag = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
"""Name of a version: as that of a dataset, but it begins with a letter."""


class Example(Model):
    """One picture with what is said about it."""

    key: str = Field(pattern=SHA256_PATTERN)
    """Content hash of the picture: its identity here as everywhere."""
    path: str
    """Where its bytes lie: a path, relative ones below the folder that the manifest names."""
    annotations: tuple[Annotation, ...] = ()
    """What is said about it."""
    split: Split | None = None
    """What it is for; nothing before the dataset was split."""
    weight: float = Field(1.0, gt=0)
    """How much it counts in training."""
    group: str | None = None
    """Examples of one group (near duplicates, a burst, one source) never part."""


class ImportProblem(Model):
    """A label or a picture that was left out of an import, with the place to mend."""

    file: str
    """The file that holds it."""
    line: int | None = None
    """Line in that file, from 1."""
    cause: str
    """What is wrong with it."""


class SplitRatios(Model):
    """Shares of the three splits."""

    train: float = Field(0.7, gt=0, le=1)
    """To learn from."""
    validation: float = Field(0.15, ge=0, lt=1)
    """To choose by."""
    test: float = Field(0.15, ge=0, lt=1)
    """To judge by."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if abs(self.train + self.validation + self.test - 1) > 1e-6:
            raise ValueError("the three shares must come to 1")
        return self


class StoredFile(Model):
    """A file in the blob store, among the originals: named by the hash of its bytes, never made again from anything."""

    name: str
    """Name that it has in a folder."""
    key: str = Field(pattern=SHA256_PATTERN)
    """Hash of its bytes: its key."""
    bytes: int = Field(ge=0)
    """Its size."""


class Dataset(Document):
    """A named line of versions; its id is its name."""

    id: DatasetName
    description: str = Field("", max_length=2000)
    """What it is for."""
    latest: int = Field(ge=1)
    """Number of the newest version."""
    numbered: int = Field(0, ge=0)
    """The highest number that a version ever had: one that was deleted is never given again."""
    tags: dict[VersionTag, int] = Field(default_factory=dict)
    """Names of versions -> their number; `name@tag` is that version."""
    created_at: datetime
    """When its first version was committed."""
    created_by: str
    """Id of who did it."""


class DatasetVersion(Model):
    """An immutable manifest; equal content has an equal hash."""

    hash: str = Field(pattern=SHA256_PATTERN)
    """Content hash over all examples, whatever their order."""
    parent: str | None = Field(None, pattern=SHA256_PATTERN)
    """The version that it was made from."""
    labels: tuple[str, ...]
    """Classes, sorted."""
    counts: dict[str, int]
    """Examples in each split."""


class CommittedVersion(Document):
    """A version of a dataset as it is kept; its id is `name@number`, and it never changes."""

    dataset: DatasetName
    """Name of the dataset."""
    number: int = Field(ge=1)
    """Counted from 1."""
    hash: str = Field(pattern=SHA256_PATTERN)
    """Content hash over all examples: equal for versions that say the same."""
    parent: str | None = None
    """The version that it was made from; of another dataset where it began as a branch of that."""
    merged: str | None = None
    """The version of another line that was merged into it."""
    labels: tuple[str, ...]
    """Classes, sorted."""
    label_counts: tuple[int, ...] = ()
    """Examples of each class, in the order of `labels`; nothing in versions of before this was counted."""
    counts: dict[str, int]
    """Examples in each split."""
    total: int = Field(ge=1)
    """Examples."""
    unlabelled: int = Field(0, ge=0)
    """Examples that nothing is said of."""
    leaks: int = Field(0, ge=0)
    """Groups that lie in more than one split: what is judged was partly learnt from."""
    origin: str
    """Where it came from, in words."""
    message: str = Field("", max_length=2000)
    """What changed, by whoever committed it."""
    manifest: StoredFile
    """Its examples, a Parquet file."""
    created_at: datetime
    """When."""
    created_by: str
    """Id of who committed it."""


class DatasetWarning(Model):
    """Something to know before learning from a version."""

    code: str
    """`leaks`, `suspects`, `no_test`, `few_examples`, `untested`, `unbalanced`, `unlabelled`."""
    words: str
    """What it is."""
    remedy: str
    """What to do about it."""
