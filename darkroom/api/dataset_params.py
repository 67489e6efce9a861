"""Query parameters of the routes about what datasets are like."""

from __future__ import annotations

from pydantic import Field

from darkroom.api.params import ListParams, Params
from darkroom.domain.dataset import DatasetName
from darkroom.domain.dataset_quality import IssueKind
from darkroom.services.imports.views import ImportGiven, ImportLayout


class QualityParams(Params):
    """What a dataset version is compared with."""

    against: str | None = Field(None, min_length=1, max_length=100)
    """Another version that was judged, `name@number`, of which it is told how this one differs."""


class QualityPicturesParams(ListParams):
    """What is wrong with the pictures to list."""

    issue: IssueKind
    """What."""


class ImportParams(Params):
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
    """Only tell what would be made, and keep nothing."""

    @property
    def given(self) -> ImportGiven:
        """As the service takes it."""
        return ImportGiven(**dict(self))
