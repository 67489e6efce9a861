"""Bringing files in: batches with manifests written first, one run each, failures in a ledger, retries of chosen ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pydantic import Field

from darkroom.domain.access import Principal
from darkroom.domain.base import Model
from darkroom.domain.ingest import Batch, BatchItem
from darkroom.services.runs import RunLauncher
from darkroom.settings import Settings
from darkroom.store import Stores


class BatchReport(Model):
    """What a run did with its batch."""

    batch: Batch
    """The batch as it is now, with its counters."""
    claimed: bool
    """False when another live run works on the batch, or the batch was over already: this run did nothing."""
    seconds: float = Field(0.0, ge=0)
    """Time this run worked."""
    images: tuple[str, ...] = ()
    """Ids of (at most 1,000 of) the images the batch brought in, for a contact sheet."""
    rendition_bytes: int = Field(0, ge=0)
    """Size of the renditions made by this run."""


class IngestService:
    """Use cases of ingest. Every method takes who acts first and checks their permission.

    Args:
        settings: folders, limits and times.
        stores: repositories and blobs.
        launcher: asks for runs.
    """

    def __init__(self, settings: Settings, stores: Stores, launcher: RunLauncher) -> None:
        self.settings = settings
        self.stores = stores
        self.launcher = launcher

    def submit(
        self,
        principal: Principal,
        items: Sequence[BatchItem],
        *,
        connector: str,
        launch: bool = True,
        batch_id: str | None = None,
    ) -> Batch:
        """Write a batch with its manifest and, with `launch`, ask for its run at once.

        Args:
            items: files to take in; paths under `settings.uploads` are removed once they are in the library.
            batch_id: an id from `new_id("b")` when the caller needs it before (to stage files under it).

        Raises:
            Error: `invalid_parameter` without items, or with more than `settings.batch_max_files`: see `submit_all`.
        """
        raise NotImplementedError

    def submit_all(
        self, principal: Principal, items: Sequence[BatchItem], *, connector: str, launch: bool = True
    ) -> list[Batch]:
        """Like `submit` for any number of files: as many batches as needed."""
        raise NotImplementedError

    def launch(self, principal: Principal, batch_id: str) -> str | None:
        """Ask for a run of the batch; None when the orchestrator is down and the sensor will do it later."""
        raise NotImplementedError

    def cancel(self, principal: Principal, batch_id: str) -> Batch:
        """Stop a batch: files dealt with stay, the others are left where they are.

        Raises:
            Error: `not_found`, or `conflict` when it is over already.
        """
        raise NotImplementedError

    def collect_inbox(self, principal: Principal, cursor: str | None = None) -> tuple[list[Batch], str]:
        """Turn new files of the inbox that have settled into batches; the cursor goes into the next call."""
        raise NotImplementedError

    def reconcile(self, principal: Principal) -> list[Batch]:
        """Compare the whole inbox with what is known and batch what a watcher missed."""
        raise NotImplementedError

    def pending(self, principal: Principal) -> list[Batch]:
        """Batches that need a run: queued ones nobody asked a run for, and ones whose run died."""
        raise NotImplementedError

    def run_batch(
        self,
        principal: Principal,
        batch_id: str,
        run_id: str,
        *,
        on_progress: Callable[[Batch], None] | None = None,
    ) -> BatchReport:
        """Take a batch in: the engine behind the assets, safe to repeat after being killed at any moment.

        Raises:
            Error: `not_found`; `database_unavailable`, `storage_full`, ... when the whole run cannot go on.
        """
        raise NotImplementedError

    def retry_failures(
        self,
        principal: Principal,
        ids: Sequence[str] | None = None,
        *,
        code: str | None = None,
        launch: bool = True,
    ) -> Batch:
        """Replay entries of the ledger: the ones named, or all open ones (of one code); returns the (first) batch.

        Raises:
            Error: `not_found` when there is nothing to retry.
        """
        raise NotImplementedError

    def dismiss(self, principal: Principal, ids: Sequence[str]) -> int:
        """Close open entries of the ledger without bringing the files in; returns how many."""
        raise NotImplementedError
