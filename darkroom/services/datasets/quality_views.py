"""What people see of the quality of datasets, and what they ask with."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from darkroom.domain.base import Model
from darkroom.domain.dataset import DatasetWarning
from darkroom.domain.dataset_quality import IssueKind, QualityDrift, QualityIssue, QualityLeak
from darkroom.services.datasets.views import ImageId


class QualityView(Model):
    """What is known of the quality of a version."""

    version: str
    """The version."""
    total: int = Field(ge=0)
    """Examples."""
    judged: int = Field(ge=0)
    """Pictures that figures are known of."""
    missing: int = Field(ge=0)
    """Pictures that are not in the library any more."""
    score: float = Field(ge=0, le=1)
    """All of it in one number: what its examples are worth on average, 1 where nothing is wrong with them."""
    clean: int = Field(ge=0)
    """Examples that nothing is wrong with."""
    passed: bool
    """Whether nothing is too much."""
    blocked: tuple[str, ...]
    """Why no training begins with it, in words; empty where one may."""
    issues: tuple[QualityIssue, ...]
    """What is wrong, and how much of it is too much; first what is."""
    leaks: tuple[QualityLeak, ...] = ()
    """What lies in more than one split, by what its pictures have in common."""
    warnings: tuple[DatasetWarning, ...]
    """What else to know before learning from it."""
    drift: QualityDrift | None = None
    """How it differs from another version, where one was named."""
    compared_by: str | None = None
    """The model by whose embeddings pictures were compared with their class; null where that was done by colours and edges."""
    created_at: datetime
    """When its pictures were judged."""


class IssuePicture(Model):
    """A picture that something is wrong with."""

    key: str
    """The picture."""
    issues: tuple[IssueKind, ...]
    """All that is wrong with it."""


class IssuePage(Model):
    """Pictures that something is wrong with."""

    version: str
    """The version."""
    issue: IssueKind
    """What."""
    total: int = Field(ge=0)
    """How many there are."""
    items: tuple[IssuePicture, ...]
    """One page of them."""
    next_cursor: str | None
    """Where the next page begins; null on the last one."""


class QualityGiven(Model):
    """How a version is judged."""

    anew: bool = False
    """Look at every picture again, also those whose figures are known."""


class LeaveOutGiven(Model):
    """What is left out of the next version."""

    issues: tuple[IssueKind, ...] = Field((), max_length=14)
    """Pictures with any of these; of duplicates the best one of each group stays."""
    images: tuple[ImageId, ...] = Field((), max_length=10_000)
    """Pictures by id."""
    keep: tuple[ImageId, ...] = Field((), max_length=10_000)
    """Pictures that stay whatever is wrong with them."""
    message: str = Field("", max_length=2000)
    """Why."""
