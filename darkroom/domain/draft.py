"""What somebody says of pictures of a dataset before it becomes a version."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from darkroom.domain.annotation import Annotation
from darkroom.domain.base import SHA256_PATTERN, Document
from darkroom.domain.dataset import DatasetName

Queue = Literal["all", "unlabelled", "suspects", "wrong", "class"]
"""Which pictures: all, those that nothing is said of, those whose label is probably wrong, those that a model got wrong, those of a class."""

LabelKind = Literal["single", "several", "boxes", "outlines"]
"""What is said of a picture: one class, any number of them, boxes with a class each, or outlines too."""


class Draft(Document):
    """What one person says of one picture of a dataset; its id is `<dataset>/<person>/<picture>`, its revision begins at 1."""

    dataset: DatasetName
    """The dataset."""
    owner: str
    """Whose it is."""
    image: str = Field(pattern=SHA256_PATTERN)
    """The picture."""
    base: str
    """The version that was looked at, `name@number`."""
    before: tuple[Annotation, ...]
    """What that version says of the picture."""
    annotations: tuple[Annotation, ...] = Field(max_length=10_000)
    """What it is to say; the same when somebody has looked and left it as it is."""
    changed_at: datetime
    """When."""

    @property
    def changes(self) -> bool:
        """Whether it says something else than the version."""
        return self.annotations != self.before


def draft_id(dataset: str, owner: str, image: str) -> str:
    """Id of what somebody says of a picture of a dataset."""
    return f"{dataset}/{owner}/{image}"
