"""Datasets that follow their pictures: a new version when pictures came or changed, and a training of it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self

from pydantic import Field, model_validator

from darkroom.domain.base import Document, Model
from darkroom.domain.dataset import DatasetName, SplitRatios
from darkroom.domain.query import ImageQuery
from darkroom.domain.training import TrainingWanted

LabelSource = Literal["labels", "tags", "folders"]
"""Where classes come from: what was said about pictures, their tags, or the folder that each came in."""


class Follow(Model):
    """What a dataset is made of, and when it is made anew."""

    query: ImageQuery = ImageQuery()
    """Its pictures: the filters of `GET /images`; all of them when nothing is said."""
    labels_from: LabelSource = "labels"
    """Where classes come from."""
    classes: tuple[str, ...] | None = Field(None, min_length=2, max_length=10_000)
    """Classes to take; all of them when not given. Needed for tags, of which a picture has many."""
    ratios: SplitRatios = SplitRatios()
    """Shares of the splits, for pictures that no earlier version has placed."""
    seed: int = Field(0, ge=0, lt=2**31)
    """Another seed gives another division."""
    at_least: int = Field(1, ge=1, le=1_000_000)
    """New pictures that make a new version; fewer wait for more."""
    quiet_seconds: float = Field(30.0, ge=0, le=86_400)
    """Nothing happens until no picture has come or changed for so long."""
    training: TrainingWanted | None = None
    """Train with every new version; null: make versions only."""
    every_days: int | None = Field(None, ge=1, le=3650)
    """Train again with the newest version when nothing was learnt for so many days; null: with new versions only."""
    enabled: bool = True
    """Whether it is followed now."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.labels_from == "tags" and self.classes is None:
            raise ValueError("classes must be named where they come from tags")
        if self.every_days is not None and self.training is None:
            raise ValueError("every_days needs training: what is it that is to be trained?")
        return self


class FollowedDataset(Document):
    """A dataset that follows its pictures; its id is the dataset's name, which need not have a version yet."""

    id: DatasetName
    follow: Follow
    """How."""
    changed_at: datetime
    """When somebody last said so."""
    changed_by: str
    """Id of who did."""
    seen: int = Field(0, ge=0)
    """Number of the last event that was looked at."""
    looked_at: datetime | None = None
    """When its pictures were last looked at."""
    version: str | None = None
    """The version that came of it last."""
    training: str | None = None
    """Id of the training that was begun last."""
    told: str = ""
    """What came of looking, in words: why there is no new version, or what failed."""
