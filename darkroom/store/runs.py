"""Dagster runs as the library knows them."""

from __future__ import annotations

from darkroom.domain.run import RunRecord
from darkroom.store.database import Database, Session
from darkroom.store.paging import Page
from darkroom.store.repository import Repository


class RunRepository(Repository[RunRecord]):
    """Runs, newest first."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "runs", RunRecord)

    def upsert(self, run: RunRecord, *, session: Session | None = None) -> RunRecord:
        """Store what is known of a run, whether or not it was known before."""
        raise NotImplementedError

    def list(self, *, limit: int = 50, cursor: str | None = None) -> Page[RunRecord]:
        """Runs, newest first."""
        raise NotImplementedError
