"""The failure ledger."""

from __future__ import annotations

from collections.abc import Sequence

from darkroom.domain.ingest import Failure, FailureState
from darkroom.store.database import Database, Session
from darkroom.store.paging import Page
from darkroom.store.repository import Repository


def failure_id(connector: str, key: str) -> str:
    """The one entry that a file has in the ledger, however often it fails."""
    raise NotImplementedError


class FailureRepository(Repository[Failure]):
    """Files that could not be taken in."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "failures", Failure)

    def record(self, session: Session, failure: Failure) -> bool:
        """Open an entry, or count one more attempt of the one there is; returns whether it is new."""
        raise NotImplementedError

    def resolve(self, session: Session, failure_id: str, image: str) -> bool:
        """Mark an entry resolved by an image; False when there is no such entry."""
        raise NotImplementedError

    def mark(self, session: Session, ids: Sequence[str], state: FailureState) -> int:
        """Set the state of entries; returns how many changed."""
        raise NotImplementedError

    def list(
        self, *, state: FailureState | None = "open", code: str | None = None, batch: str | None = None,
        limit: int = 100, cursor: str | None = None,
    ) -> Page[Failure]:  # fmt: skip
        """Entries, latest failure first."""
        raise NotImplementedError

    def counts(self) -> dict[str, int]:
        """Open entries by code."""
        raise NotImplementedError

    def of_batch(self, batch: str) -> dict[str, Failure]:
        """Entries that a batch made, by key."""
        raise NotImplementedError
