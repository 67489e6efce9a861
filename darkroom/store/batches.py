"""Batches of files on their way into the library."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from darkroom.domain.ingest import Batch, BatchState, Manifest
from darkroom.store.database import Database, Session
from darkroom.store.paging import Page
from darkroom.store.repository import Repository


@dataclass(frozen=True)
class QueueStats:
    """How much waits."""

    batches: int
    """Batches queued or running."""
    files: int
    """Files in them."""
    files_left: int
    """Files in them that are not dealt with yet."""
    oldest_at: datetime | None
    """When the oldest of the waiting files arrived."""


class BatchRepository(Repository[Batch]):
    """Batches with their manifests. All times are those of the database's clock."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "batches", Batch)

    def create(self, session: Session, batch: Batch, manifest: Manifest) -> None:
        """Store a batch with its manifest."""
        raise NotImplementedError

    def manifest(self, batch_id: str) -> Manifest:
        """The files of a batch.

        Raises:
            Error: `not_found`.
        """
        raise NotImplementedError

    def list(
        self, *, states: Sequence[BatchState] | None = None, connector: str | None = None, limit: int = 100,
        cursor: str | None = None,
    ) -> Page[Batch]:  # fmt: skip
        """Batches, newest first."""
        raise NotImplementedError

    def claim(self, batch_id: str, run_id: str, stale_after: float) -> Batch | None:
        """Take a batch for a run; None when another run works on it, or it is finished.

        Taken is a batch that is queued, that this run has already (a retry within the run), or whose run has given no
        sign of life for `stale_after` seconds. Each success counts as an attempt.
        """
        raise NotImplementedError

    def progress(
        self, batch_id: str, run_id: str, *, done: int, added: int, duplicates: int, failed: int, bytes: int,  # noqa: A002
        failures_by_code: dict[str, int], session: Session | None = None,
    ) -> Batch:  # fmt: skip
        """Set the counters; also a heartbeat.

        Raises:
            Error: `conflict` when the batch no longer belongs to this run (cancelled, or taken over): stop then.
        """
        raise NotImplementedError

    def heartbeat(self, batch_id: str, run_id: str) -> bool:
        """Give a sign of life; False when the batch no longer belongs to this run."""
        raise NotImplementedError

    def finish(self, session: Session, batch_id: str, run_id: str) -> Batch:
        """Mark a batch done; doing it twice is the same as once.

        Raises:
            Error: `conflict` when the batch does not belong to this run.
        """
        raise NotImplementedError

    def cancel(self, session: Session, batch_id: str) -> Batch:
        """Stop a batch that is not finished; its run notices at its next progress.

        Raises:
            Error: `conflict` when it is finished, `not_found`.
        """
        raise NotImplementedError

    def pending(self, stale_after: float) -> builtins.list[Batch]:
        """Batches that need a run, oldest first: queued or abandoned, and not asked for in the last `stale_after` s."""
        raise NotImplementedError

    def mark_requested(self, batch_id: str) -> None:
        """Remember that a run was asked for just now."""
        raise NotImplementedError

    def open_keys(self, connector: str) -> dict[str, tuple[int, int]]:
        """Key -> (bytes, modified_ns) of every file in an unfinished batch of that connector."""
        raise NotImplementedError

    def queue(self) -> QueueStats:
        """How much waits."""
        raise NotImplementedError
