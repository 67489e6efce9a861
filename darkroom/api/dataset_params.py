"""Query parameters of the routes about what datasets are like."""

from __future__ import annotations

from pydantic import Field

from darkroom.api.params import ListParams, Params
from darkroom.domain.dataset_quality import IssueKind


class QualityParams(Params):
    """What a dataset version is compared with."""

    against: str | None = Field(None, min_length=1, max_length=100)
    """Another version that was judged, `name@number`, of which it is told how this one differs."""


class QualityPicturesParams(ListParams):
    """What is wrong with the pictures to list."""

    issue: IssueKind
    """What."""
