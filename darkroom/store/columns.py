"""A columnar copy of the images' query columns, for counts and facets over a million pictures."""

from __future__ import annotations

from pathlib import Path

from darkroom.domain.query import Facets, ImageQuery
from darkroom.store.database import Database


class ColumnarReplica:
    """A DuckDB copy kept fresh from the event log; only one process (the web app) has it on disk."""

    def __init__(self, database: Database, path: Path | None) -> None:
        self.database = database
        self.path = path

    def facets(self, query: ImageQuery) -> Facets:
        """Live counts for the filters, without `failed`."""
        raise NotImplementedError

    def count(self, query: ImageQuery) -> int:
        """How many images fit."""
        raise NotImplementedError

    def anchors(self, query: ImageQuery, every: int) -> list[str | None]:
        """Cursors for `ImageRepository.page`, one before each `every` items; the first is None, the start."""
        raise NotImplementedError

    def seq(self) -> int:
        """The event up to which the copy is fresh, after catching up."""
        raise NotImplementedError

    def close(self) -> None:
        """Close the copy."""
