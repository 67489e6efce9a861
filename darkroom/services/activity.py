"""What goes on: the queue, batches, the failure ledger and runs."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from darkroom import __version__
from darkroom.access import reach_of, require
from darkroom.domain.access import Principal
from darkroom.domain.base import now
from darkroom.domain.ingest import BatchState, FailureState
from darkroom.errors import Error
from darkroom.runtime import read_runtime
from darkroom.services.activity_views import (
    Accepted,
    BatchPage,
    BatchView,
    Dismissed,
    FailureDismissal,
    FailurePage,
    FailureSelection,
    Queue,
    RunPage,
    RunView,
)
from darkroom.services.health import Health, Probe, database_health, orchestrator_health
from darkroom.services.ingest import IngestService
from darkroom.services.ledger import open_failures
from darkroom.services.runs import RunLauncher, run_url
from darkroom.services.waiting import WaitingReader
from darkroom.services.work.adapters import view_of
from darkroom.services.work.views import WorkView
from darkroom.settings import Settings
from darkroom.store import Stores

if TYPE_CHECKING:
    from darkroom.services.work.service import WorkService

AT_ONCE = 1000
"""Entries of the ledger that a request acts on; the others are for a run."""
_PATIENCE = 2.0
_ID = re.compile(r"[A-Za-z0-9_-]{1,80}\Z")


class ActivityService:
    """What goes on, and acting on it.

    Args:
        settings: for links into Dagster.
        stores: repositories.
        ingest: retries and cancels.
        launcher: knows how the orchestrator does.
        work: does what is more than a request should take.
    """

    def __init__(
        self, settings: Settings, stores: Stores, ingest: IngestService, launcher: RunLauncher, *,
        work: Callable[[], WorkService],
    ) -> None:  # fmt: skip
        self._settings = settings
        self._stores = stores
        self._ingest = ingest
        self._work = work
        self._waiting = WaitingReader(settings, stores)
        self._database = Probe(self._ping, max_age=1.0)
        self._orchestrator = Probe(launcher.health, max_age=3.0)

    def batches(
        self,
        principal: Principal,
        *,
        states: Sequence[BatchState] | None = None,
        connector: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> BatchPage:
        """Batches, newest first."""
        require(principal, "batches:read")
        found = self._stores.batches.list(states=states or None, connector=connector, limit=limit, cursor=cursor)
        views = tuple(BatchView.of(batch, self._settings) for batch in found.items)
        return BatchPage(items=views, next_cursor=found.next_cursor)

    def batch(self, principal: Principal, batch_id: str) -> BatchView:
        """One batch.

        Raises:
            Error: `not_found`.
        """
        require(principal, "batches:read")
        return BatchView.of(self._stores.batches.get(_known_id(batch_id)), self._settings)

    def cancel(self, principal: Principal, batch_id: str) -> BatchView:
        """Stop a batch.

        Raises:
            Error: `not_found`, or `conflict` when it is over already.
        """
        return BatchView.of(self._ingest.cancel(principal, _known_id(batch_id)), self._settings)

    def failures(
        self,
        principal: Principal,
        *,
        state: FailureState | None = "open",
        code: str | None = None,
        batch: str | None = None,
        limit: int = 100,
        cursor: str | None = None,
    ) -> FailurePage:
        """Entries of the failure ledger, newest first; for whoever sees a part of the pictures, those about files alone."""
        require(principal, "failures:read")
        ledger, of_pictures = self._stores.failures, reach_of(principal).is_everything
        found = ledger.list(
            state=state, code=code, batch=batch, of_pictures=of_pictures, limit=limit, cursor=cursor
        )  # fmt: skip
        counts = ledger.counts(of_pictures=of_pictures)
        return FailurePage(items=tuple(found.items), next_cursor=found.next_cursor, open_by_code=counts)

    def retry(self, principal: Principal, chosen: FailureSelection, *, work_id: str | None = None) -> Accepted:
        """Replay entries of the ledger as a new batch, and as further ones by an operation where they are many.

        Raises:
            Error: `not_found` when there is nothing to retry.
        """
        require(principal, "failures:write")
        ids, more = self._some(chosen)
        batch = self._ingest.retry_failures(principal, ids)
        rest = self._begin(principal, "retry", "Try the files of failures again", chosen, work_id) if more else None
        return Accepted(batch=BatchView.of(batch, self._settings), operation=rest)

    def dismiss(self, principal: Principal, chosen: FailureDismissal, *, work_id: str | None = None) -> Dismissed:
        """Close entries of the ledger without bringing the files in, or open some again; the rest of many by an operation."""
        require(principal, "failures:write")
        ids, more = self._some(chosen)
        done = (self._ingest.reopen if chosen.back else self._ingest.dismiss)(principal, ids) if ids else ()
        rest = self._begin(principal, "dismiss", "Dismiss failures", chosen, work_id) if more else None
        return Dismissed(dismissed=len(done), ids=done, operation=rest)

    def _some(self, chosen: FailureSelection) -> tuple[Sequence[str], bool]:
        """The entries that are acted on at once, and whether there are more."""
        if chosen.ids is not None:
            return chosen.ids, False
        found = [one.id for one in open_failures(self._stores, None, chosen.code, AT_ONCE + 1)]
        return found[:AT_ONCE], len(found) > AT_ONCE

    def _begin(
        self, principal: Principal, kind: str, title: str, chosen: FailureSelection, work_id: str | None
    ) -> WorkView:
        params = {"code": chosen.code}
        work = self._work().begin_whole(principal, kind, title=title, params=params, work_id=work_id)
        return view_of(work, self._settings)

    def queue(self, principal: Principal) -> Queue:
        """Work that waits or is being done."""
        require(principal, "batches:read")
        stats = self._stores.batches.queue()
        running = self._stores.batches.list(states=["running"], connector=None, limit=50, cursor=None).items
        rates = [batch.rate for batch in running if batch.rate]
        rate = sum(rates) if rates else None
        oldest = (now() - stats.oldest_at).total_seconds() if stats.oldest_at else None
        orchestrator = orchestrator_health(self._orchestrator.get(_PATIENCE), _PATIENCE)
        return Queue(
            inbox=str(self._settings.inbox),
            batches=stats.batches,
            files=stats.files,
            files_left=stats.files_left,
            oldest_seconds=max(oldest, 0.0) if oldest is not None else None,
            rate=rate,
            seconds_left=0.0 if stats.files_left == 0 else stats.files_left / rate if rate else None,
            sensor_lag_seconds=orchestrator.sensor_lag_seconds,
            daemon_lag_seconds=orchestrator.daemon_lag_seconds,
            waiting=self._waiting.told(principal),
        )

    def runs(self, principal: Principal, *, limit: int = 20, cursor: str | None = None) -> RunPage:
        """Dagster runs, newest first."""
        require(principal, "batches:read")
        found = self._stores.runs.list(limit=limit, cursor=cursor)
        views = tuple(
            RunView.model_construct(**dict(run), dagster_url=run_url(self._settings, run.id)) for run in found.items
        )
        return RunPage(items=views, next_cursor=found.next_cursor)

    def health(self, principal: Principal) -> Health:
        """How the services, the database and Dagster do; answers within seconds even when they do not."""
        require(principal, "system:read")
        info = read_runtime(self._settings)
        database = database_health(self._database.get(_PATIENCE), _PATIENCE)
        orchestrator = orchestrator_health(self._orchestrator.get(_PATIENCE), _PATIENCE)
        services = info.services if info else ()
        well = database.ok and orchestrator.ok and all(service.state == "ready" for service in services)
        return Health(
            status="ok" if well else "degraded",
            version=__version__,
            services=services,
            database=database,
            orchestrator=orchestrator,
        )

    def _ping(self) -> float:
        begin = time.perf_counter()
        if not self._stores.database.ping(_PATIENCE):
            raise Error("database_unavailable", f"MongoDB did not answer within {_PATIENCE:g} seconds.")
        return (time.perf_counter() - begin) * 1000


def _known_id(value: str) -> str:
    if not _ID.match(value):
        raise Error("not_found", "There is no batch with that id.")
    return value
