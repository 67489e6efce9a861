"""Labels of a dataset version that are probably wrong, as models that never saw the pictures judge them."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from darkroom.domain.base import SHA256_PATTERN, Document, Model
from darkroom.domain.dataset import DatasetName, StoredFile


class ClassTrust(Model):
    """What was found of one class."""

    label: str
    """The class."""
    count: int = Field(ge=0)
    """Examples that are said to show it."""
    suspects: int = Field(ge=0)
    """Those of them whose label is probably wrong."""


class SuspectFindings(Document):
    """What was found of a version; its id is the version's, `name@number`."""

    dataset: DatasetName
    """Name of the dataset."""
    number: int = Field(ge=1)
    """Number of the version."""
    hash: str = Field(pattern=SHA256_PATTERN)
    """Content hash of the version."""
    examined: int = Field(ge=0)
    """Examples that were judged by models that never saw them."""
    suspects: int = Field(ge=0)
    """Those whose label is probably wrong."""
    left_out: int = Field(0, ge=0)
    """Examples that could not be decoded, or of which nothing is said."""
    agreement: float = Field(ge=0, le=1)
    """Share of examples of which the models say what the label says: how much their word is worth."""
    classes: tuple[ClassTrust, ...]
    """Each class."""
    settled: tuple[str, ...] = Field((), max_length=100_000)
    """Pictures that somebody has looked at since, and committed."""
    details: StoredFile
    """What was found of each example, a Parquet file."""
    seconds: float = Field(ge=0)
    """Wall time that it took."""
    created_at: datetime
    """When."""
    created_by: str
    """Id of who asked for it."""

    @property
    def share(self) -> float:
        """Share of suspects among what was examined."""
        return self.suspects / self.examined if self.examined else 0.0


class Suspect(Model):
    """One example, what is said of it, and what models say that never saw it."""

    key: str
    """The picture."""
    said: str
    """The class that its label names; empty where a class is missing."""
    guess: str
    """The class that the models see; empty where one is too much."""
    confidence: float = Field(ge=0, le=1)
    """How sure they are of that."""
    own: float = Field(ge=0, le=1)
    """How likely the label is to them."""
