"""One run of one batch: files in, transactions of results out, then the files moved.

What makes it safe to kill at any moment: a picture, its source in the batch, its failure and the batch's counters are
written in one transaction; files move only after it; and a run that follows asks images and ledger what is done.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from darkroom import logs
from darkroom.domain.access import Principal
from darkroom.domain.ingest import Batch, BatchItem
from darkroom.services.heartbeat import Heartbeat
from darkroom.services.reading import Reading, Result, open_pool
from darkroom.services.writing import BatchWriter, Lost
from darkroom.settings import Settings
from darkroom.store import Stores

if TYPE_CHECKING:
    from darkroom.imaging.pool import IngestPool

CHUNK = 256
"""Most files in one transaction."""
CHUNK_SECONDS = 0.5
"""Longest time that a result waits for its transaction; also how often progress shows."""
SYSTEMIC = frozenset(
    {
        "storage_full", "storage_read_only", "storage_denied", "storage_missing", "storage_unavailable",
        "database_unavailable",
    }
)  # fmt: skip
"""Failures of the house, not of a file: the run stops and is taken up again, nothing goes to the ledger."""

_log = logs.get(__name__)


class BatchRun:
    """Takes in the files of a batch that was claimed.

    Args:
        settings: limits, retries, folders.
        stores: where pictures and failures go.
        principal: who the events name.
        batch: as claimed by this run.
        run_id: of the orchestrator.
        on_progress: told after every transaction.
        arriving: files what came in, before the batch is done.
    """

    def __init__(
        self,
        settings: Settings,
        stores: Stores,
        principal: Principal,
        batch: Batch,
        run_id: str,
        *,
        on_progress: Callable[[Batch], None] | None = None,
        arriving: Callable[[], None] | None = None,
    ) -> None:
        self._settings = settings
        self._stores = stores
        self._batch = batch
        self._run_id = run_id
        self._tell = on_progress or (lambda _: None)
        self._arriving = arriving
        self._writer = BatchWriter(settings, stores, principal, batch, run_id)

    @property
    def rendition_bytes(self) -> int:
        """Size of the renditions made."""
        return self._writer.rendition_bytes

    def work(self) -> Batch:
        """Deal with every file that is not dealt with yet, and finish the batch.

        Raises:
            Error: of `SYSTEMIC`, when going on makes no sense; another run does the rest.
        """
        batches = self._stores.batches
        try:
            with Heartbeat(batches, self._batch.id, self._run_id, self._settings.heartbeat_seconds) as beat:
                self._writer.announce()
                if left := self._writer.resume():
                    self._take_in(left, beat)
                if self._arriving is not None:
                    self._arriving()
                return self._writer.finish()
        except Lost:
            found = batches.get(self._batch.id)
            _log.info("batch_lost", batch=found.id, run=self._run_id, state=found.state, to=found.run_id)
            return found

    def _take_in(self, items: Sequence[BatchItem], beat: Heartbeat) -> None:
        # A run that died may have died of one of the pictures.
        with open_pool(self._settings, self._stores.blobs, isolate_all=self._batch.attempt > 1) as pool:
            most = self._settings.retry_attempts
            for tries in range(1, most + 2):
                items = self._pass(pool, items, tries, beat, last=tries > most)
                if not items:
                    return
                # Full jitter: runs that failed together do not come back together.
                time.sleep(random.uniform(0, self._settings.retry_base_seconds * 2 ** (tries - 1)))  # noqa: S311

    def _pass(
        self, pool: IngestPool, items: Sequence[BatchItem], tries: int, beat: Heartbeat, *, last: bool
    ) -> list[BatchItem]:
        """Take the files in once; returns those to try again."""
        again: list[BatchItem] = []
        chunk: list[Result] = []
        since = time.monotonic()
        with closing(Reading(pool, items, tries).results(CHUNK_SECONDS / 2)) as results:
            for result in results:
                if result is not None and _worth_another_try(result) and not last:
                    again.append(result.item)
                elif result is not None:
                    chunk.append(result)
                if len(chunk) >= CHUNK or (chunk and time.monotonic() - since >= CHUNK_SECONDS):
                    self._commit(chunk)
                    chunk, since = [], time.monotonic()
                if beat.lost:
                    raise Lost
        if chunk:
            self._commit(chunk)
        return again

    def _commit(self, chunk: Sequence[Result]) -> None:
        self._writer.commit(chunk)
        self._tell(self._writer.batch)


def _worth_another_try(result: Result) -> bool:
    """Whether to try the file again.

    Raises:
        Error: when it failed for a reason that has nothing to do with it.
    """
    if result.error is None:
        return False
    if result.error.code in SYSTEMIC:
        raise result.error
    return result.error.retryable
