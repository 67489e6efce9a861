"""What a model of the registry makes of pictures: a row of numbers each, near each other for pictures that are alike to it."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from darkroom.domain.base import Document
from darkroom.domain.dataset import DatasetName, StoredFile


class EmbeddingSet(Document):
    """Rows of one version of a model; its id is the version's, `name@number`."""

    name: DatasetName
    """Name of the model."""
    number: int = Field(ge=1)
    """Number of the version."""
    checkpoint: str
    """Its weights; rows of others mean something else."""
    dims: int = Field(ge=1)
    """Numbers of a row."""
    count: int = Field(ge=0)
    """Rows in all parts."""
    parts: tuple[StoredFile, ...] = ()
    """Parquet files with `id` and `row`, half-precision numbers of length 1; an id stands in one of them."""
    created_at: datetime
    """When the first part was made."""
    updated_at: datetime
    """When the last part was."""
