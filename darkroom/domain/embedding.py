"""What a model of the registry makes of pictures: a row of numbers each, near each other for pictures that are alike to it."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from darkroom.domain.base import Document
from darkroom.domain.dataset import DatasetName, StoredFile

PICTURES, WORDS, TOKENIZER = "pictures.onnx", "words.onnx", "tokenizer.json"
"""Files of a model for searching."""


class SearchModel(Document):
    """A model with two towers, which make rows near each other of pictures and of words that say what they show."""

    id: DatasetName
    """Its name."""
    files: tuple[StoredFile, ...]
    """`pictures.onnx`, `words.onnx` and `tokenizer.json`."""
    weights: str
    """What it was made of: a folder of weights, or `hub:OWNER/NAME`."""
    kind: str
    """Architecture, as `clip` or `siglip`."""
    licence: str
    """Of its weights."""
    dims: int = Field(ge=1)
    """Numbers of a row."""
    image_size: int = Field(ge=1)
    """Side of the square that it sees a picture as."""
    tokens: int = Field(ge=1)
    """Tokens that it reads of a text."""
    padding: int = Field(ge=0)
    """Token that stands behind a text."""
    used: bool = False
    """Whether it answers `like:`, and new pictures are looked at by it; one at most does."""
    created_at: datetime
    """When it was made."""
    created_by: str
    """Id of who had it made."""

    def file(self, name: str) -> StoredFile:
        """One of its files."""
        return next(one for one in self.files if one.name == name)


class EmbeddingSet(Document):
    """Rows of one version of a model; its id is the version's, `name@number`."""

    name: DatasetName
    """Name of the model."""
    number: int = Field(ge=0)
    """Number of the version; 0 for a model for searching, which is one of a kind under its name."""
    checkpoint: str
    """Its weights; rows of others mean something else."""
    dims: int = Field(ge=1)
    """Numbers of a row."""
    count: int = Field(ge=0)
    """Rows in all parts."""
    parts: tuple[StoredFile, ...] = ()
    """Parquet files with `id` and `row`, half-precision numbers of length 1; an id stands in one of them."""
    seen: int = Field(0, ge=0)
    """Number of the event up to which every picture that can have a row has one."""
    created_at: datetime
    """When the first part was made."""
    updated_at: datetime
    """When the last part was."""
