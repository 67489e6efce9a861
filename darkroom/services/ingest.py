"""Bringing files in: batches with manifests written first, one run each, failures in a ledger, retries of chosen ones."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import islice

from pydantic import Field

from darkroom import logs
from darkroom.access import require
from darkroom.domain.access import UNPLACED, Principal
from darkroom.domain.base import Model, new_id, now
from darkroom.domain.image import ImageRecord
from darkroom.domain.ingest import Batch, BatchItem, FailureState, Manifest
from darkroom.domain.run import RunRecord
from darkroom.errors import Error
from darkroom.services.batch_run import BatchRun
from darkroom.services.derive import DerivedReport, batch_images, derive_again
from darkroom.services.inbox import INBOX, Cursor, Inbox, oldest_arrival
from darkroom.services.ledger import open_failures, retry_items
from darkroom.services.runs import RunLauncher, asked_for
from darkroom.services.sidecars import without_sidecars
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.arrivals import ArrivalRepository
from darkroom.store.database import Session

RETRY = "retry"
"""Connector of batches that replay entries of the ledger."""
LAUNCH_GRACE_SECONDS = 3.0
"""How long whoever made a batch has to ask for its run before the sensor does."""
MOST_BACKOFF_SECONDS = 600.0
"""Longest wait between runs of a batch whose runs keep dying."""
_SAMPLE = 64


class BatchReport(Model):
    """What a run did with its batch."""

    batch: Batch
    """The batch as it is now, with its counters."""
    claimed: bool
    """False when another live run works on the batch, or the batch was over already: this run did nothing."""
    seconds: float = Field(0.0, ge=0)
    """Time this run worked."""
    images: tuple[str, ...] = ()
    """Ids of (at most 64 of) the images the batch brought in, for a contact sheet."""
    rendition_bytes: int = Field(0, ge=0)
    """Size of the renditions made by this run."""


class IngestService:
    """Use cases of ingest. Every method takes who acts first and checks their permission.

    Args:
        settings: folders, limits and times.
        stores: repositories and blobs.
        launcher: asks for runs.
        arriving: applies rules to what a batch brought in.
    """

    def __init__(
        self, settings: Settings, stores: Stores, launcher: RunLauncher,
        arriving: Callable[[Principal, str], None] | None = None,
    ) -> None:  # fmt: skip
        self.settings = settings
        self.stores = stores
        self.launcher = launcher
        self._arriving = arriving
        self._inbox = Inbox(settings, stores)
        self._arrivals = ArrivalRepository(stores.database)

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
            principal: who brings the files.
            items: files to take in; paths under `settings.uploads` are removed once they are in the library.
            connector: name kept in the sources of the pictures.
            launch: do not wait for the sensor.
            batch_id: an id from `new_id("b")` when the caller needs it before (to stage files under it).

        Raises:
            Error: `invalid_parameter` without items, or with more than `settings.batch_max_files`: see `submit_all`.
        """
        require(principal, "images:write", UNPLACED)
        most = self.settings.batch_max_files
        if not 0 < len(items) <= most:
            raise Error("invalid_parameter", f"A batch has 1 to {most} files, not {len(items)}.", parameter="items")
        batch = self._create(principal, items, connector=connector, batch_id=batch_id)
        if launch:
            self.launch(principal, batch.id)
        return batch

    def submit_all(
        self, principal: Principal, items: Sequence[BatchItem], *, connector: str, launch: bool = True
    ) -> list[Batch]:
        """Like `submit` for any number of files: as many batches as needed."""
        require(principal, "images:write", UNPLACED)
        most = self.settings.batch_max_files
        return [
            self.submit(principal, items[start : start + most], connector=connector, launch=launch)
            for start in range(0, len(items), most)
        ]

    def launch(self, principal: Principal, batch_id: str) -> str | None:
        """Ask for a run of the batch; None when the orchestrator is down and the sensor will do it later."""
        require(principal, "images:write", UNPLACED)
        batch = self.stores.batches.get(batch_id)

        def launch() -> str:
            return self.launcher.launch(batch_id, trace_id=batch.trace_id)

        return asked_for("batch", batch_id, launch, self.stores.batches.mark_requested)

    def cancel(self, principal: Principal, batch_id: str) -> Batch:
        """Stop a batch: files dealt with stay, the others are left where they are.

        Raises:
            Error: `not_found`, or `conflict` when it is over already.
        """
        require(principal, "batches:write")
        items = self.stores.batches.manifest(batch_id).items

        def work(session: Session) -> Batch:
            batch = self.stores.batches.cancel(session, batch_id)
            if batch.connector == INBOX:
                # Otherwise the next look at the inbox would bring the same files again.
                self._arrivals.record(items, connector=INBOX, batch=batch_id, session=session)
            self._reopen(session, principal, [item.failure for item in items if item.failure])
            data = {"state": batch.state, "total": batch.total, "added": batch.added, "failed": batch.failed}
            self.stores.events.append(
                session, type="batch.finished", principal=principal, ids=[batch_id], data=data, trace_id=batch.trace_id
            )
            return batch

        return self.stores.database.run(work)

    def collect_inbox(
        self, principal: Principal, cursor: str | None = None, *, patience: float = 0.0
    ) -> tuple[list[Batch], str]:
        """Turn new files of the inbox that have settled into batches; the cursor goes into the next call.

        Args:
            principal: who watches.
            cursor: what the call before returned.
            patience: seconds to wait for files that are about to settle, so that a drop becomes one batch.
        """
        require(principal, "images:write")
        return self._collect(principal, Cursor.parse(cursor), everything=False, patience=patience)

    def reconcile(self, principal: Principal) -> list[Batch]:
        """Compare the whole inbox with what is known and batch what a watcher missed."""
        require(principal, "images:write")
        return self._collect(principal, Cursor(), everything=True, patience=0.0)[0]

    def pending(self, principal: Principal) -> list[Batch]:
        """Batches that need a run, oldest first: queued ones nobody asked a run for, and ones whose run died."""
        require(principal, "batches:read")
        moment = now()
        return [
            one
            for one in self.stores.batches.pending(self.settings.heartbeat_seconds)
            if _due(one, moment, self.settings.heartbeat_seconds)
        ]

    def mark_requested(self, principal: Principal, batch_id: str) -> None:
        """Remember that a run of the batch was asked for just now, so that nobody asks again at once."""
        require(principal, "batches:write")
        self.stores.batches.mark_requested(batch_id)

    def note_run(self, principal: Principal, run: RunRecord) -> None:
        """Keep what is known of a run, and tell readers."""
        require(principal, "batches:write")

        def work(session: Session) -> None:
            self.stores.runs.upsert(run, session=session)
            data = {"state": run.state, "job": run.job, "batch": run.batch}
            self.stores.events.append(
                session, type="run.changed", principal=principal, ids=[run.id], data=data, trace_id=run.trace_id
            )

        self.stores.database.run(work)

    def run_batch(
        self,
        principal: Principal,
        batch_id: str,
        run_id: str,
        *,
        on_progress: Callable[[Batch], None] | None = None,
    ) -> BatchReport:
        """Take a batch in: the engine behind the assets, safe to repeat after being killed at any moment.

        Args:
            principal: who the events name.
            batch_id: which batch.
            run_id: of the orchestrator; a second call with the same one goes on, another one is refused while it lives.
            on_progress: told the batch with its counters, about twice a second.

        Raises:
            Error: `not_found`; `database_unavailable`, `storage_full`, ... when the whole run cannot go on.
        """
        require(principal, "images:write")
        begun = time.perf_counter()
        claimed = self.stores.batches.claim(batch_id, run_id, self.settings.heartbeat_seconds)
        if claimed is None:
            return BatchReport(batch=self.stores.batches.get(batch_id), claimed=False, images=self._sample(batch_id))
        run = BatchRun(
            self.settings, self.stores, principal, claimed, run_id, on_progress=on_progress,
            arriving=partial(self._arriving, principal, batch_id) if self._arriving else None,
        )  # fmt: skip
        batch = run.work()
        return BatchReport(
            batch=batch,
            claimed=batch.run_id == run_id,
            seconds=time.perf_counter() - begun,
            images=self._sample(batch_id),
            rendition_bytes=run.rendition_bytes,
        )

    def derive_again(
        self, principal: Principal, batch_id: str, *, quality: bool = True
    ) -> DerivedReport:  # fmt: skip
        """Make the renditions (and with `quality` the measures) of a batch's images again from their originals.

        Raises:
            Error: `not_found`.
        """
        require(principal, "images:write")
        self.stores.batches.get(batch_id)
        return derive_again(self.settings, self.stores, principal, batch_id, quality=quality)

    def images_of(self, principal: Principal, batch_id: str) -> Iterator[ImageRecord]:
        """Every image that a batch brought in, oldest first, without `metadata`."""
        require(principal, "images:read")
        return batch_images(self.stores, batch_id)

    def retry_failures(
        self,
        principal: Principal,
        ids: Sequence[str] | None = None,
        *,
        code: str | None = None,
        launch: bool = True,
    ) -> Batch:
        """Replay entries of the ledger: the ones named, or all open ones (of one code); returns the first batch.

        Raises:
            Error: `not_found` when there is nothing to retry, `conflict` when somebody else retries the same ones.
        """
        require(principal, "failures:write")
        found = open_failures(self.stores, ids, code)
        if not found:
            raise Error("not_found", "None of these failures is open, or their batch is still being taken in.")
        items, most = retry_items(found), self.settings.batch_max_files
        batches = [
            self._create(principal, items[start : start + most], connector=RETRY)
            for start in range(0, len(items), most)
        ]
        if launch:
            for batch in batches:
                self.launch(principal, batch.id)
        return batches[0]

    def dismiss(self, principal: Principal, ids: Sequence[str]) -> tuple[str, ...]:
        """Close open entries of the ledger without bringing the files in; returns which."""
        require(principal, "failures:write")
        return self._mark(principal, [one.id for one in open_failures(self.stores, ids, None)], "dismissed")

    def reopen(self, principal: Principal, ids: Sequence[str]) -> tuple[str, ...]:
        """Open entries of the ledger again that were dismissed; returns which."""
        require(principal, "failures:write")
        found = [one.id for one in self.stores.failures.many(list(dict.fromkeys(ids))) if one.state == "dismissed"]
        return self._mark(principal, found, "open")

    def _mark(self, principal: Principal, ids: Sequence[str], state: FailureState) -> tuple[str, ...]:
        def work(session: Session) -> None:
            if self.stores.failures.mark(session, ids, state):
                self.stores.events.append(session, type="failures.updated", principal=principal, ids=ids)

        if ids:
            self.stores.database.run(work)
        return tuple(ids)

    def _collect(
        self, principal: Principal, cursor: Cursor, *, everything: bool, patience: float
    ) -> tuple[list[Batch], str]:
        with self._inbox.lock() as mine:
            if not mine:
                return [], cursor.dump()
            groups, after = self._inbox.groups(cursor, everything=everything, patience=patience)
            # The manifests are written before the cursor moves: a crash in between repeats the look, which then finds
            # the files in open batches.
            return [self._create(principal, group, connector=INBOX) for group in groups], after.dump()

    def _create(
        self, principal: Principal, items: Sequence[BatchItem], *, connector: str, batch_id: str | None = None
    ) -> Batch:
        named = tuple(_distinct(without_sidecars(items)))
        oldest = oldest_arrival(named)
        batch = Batch(
            id=batch_id or new_id("b"),
            connector=connector,
            principal=principal.id,
            created_at=now(),
            oldest_at=None if oldest is None else min(now(), datetime.fromtimestamp(oldest, UTC)),
            total=len(named),
            total_bytes=sum(item.bytes for item in named),
            trace_id=logs.trace_id() or logs.new_trace_id(),
        )
        retried = [item.failure for item in named if item.failure]

        def work(session: Session) -> None:
            self.stores.batches.create(session, batch, Manifest(id=batch.id, items=named))
            if retried and self.stores.failures.mark(session, retried, "retrying") < len(retried):
                raise Error("conflict", "Some of these failures are being retried already.")
            if connector == INBOX and self.settings.inbox_mode == "keep":
                self._arrivals.record(named, connector=INBOX, batch=batch.id, session=session)
            data = {"connector": connector, "total": batch.total}
            self.stores.events.append(
                session, type="batch.queued", principal=principal, ids=[batch.id], data=data, trace_id=batch.trace_id
            )
            if retried:
                self.stores.events.append(session, type="failures.updated", principal=principal, ids=retried)

        self.stores.database.run(work)
        return batch

    def _reopen(self, session: Session, principal: Principal, ids: Sequence[str]) -> None:
        found = (self.stores.failures.find(one, session=session) for one in ids)
        if retrying := [one.id for one in found if one is not None and one.state == "retrying"]:
            self.stores.failures.mark(session, retrying, "open")
            self.stores.events.append(session, type="failures.updated", principal=principal, ids=retrying)

    def _sample(self, batch_id: str) -> tuple[str, ...]:
        return tuple(one.id for one in islice(batch_images(self.stores, batch_id), _SAMPLE))


def _due(batch: Batch, moment: datetime, stale: float) -> bool:
    """Whether it is time to ask for a run."""
    if batch.state == "queued" and batch.connector != INBOX and batch.requested_at is None:
        return (moment - batch.created_at).total_seconds() >= LAUNCH_GRACE_SECONDS
    if batch.attempt < 3 or batch.requested_at is None:
        return True
    # Its runs keep dying (a full disk, too little memory): ask less and less often.
    wait = min(MOST_BACKOFF_SECONDS, stale * 2.0 ** (batch.attempt - 2))
    return (moment - batch.requested_at).total_seconds() >= wait


def _distinct(items: Sequence[BatchItem]) -> Iterator[BatchItem]:
    """The items with keys that differ: within a batch, a file is known by its key."""
    used = {item.key for item in items}
    seen: set[str] = set()
    for item in items:
        key, number = item.key, 1
        while key in seen or (number > 1 and key in used):
            number += 1
            folder, slash, name = item.key.rpartition("/")
            stem, dot, suffix = name.rpartition(".")
            key = f"{folder}{slash}{stem or suffix} ({number}){dot}{suffix if stem else ''}"
        seen.add(key)
        yield item if key == item.key else item.model_copy(update={"key": key})
