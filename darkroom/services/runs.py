"""Asking the orchestrator for work: a small protocol, and Dagster behind it over GraphQL.

The library imports no Dagster: the web process and the command line talk to its web server, runs are processes of their own.
"""

from __future__ import annotations

from typing import Protocol

from pydantic import Field

from darkroom.domain.base import Model
from darkroom.domain.run import RunRecord
from darkroom.settings import Settings

INGEST_JOB = "ingest_images"
"""Name of the Dagster job that takes one batch in."""
INGEST_PARTITIONS = "ingest_batch"
"""Name of the dynamic partitions, one key for each batch."""
INBOX_SENSOR = "new_files"
"""Name of the sensor that watches the inbox."""
BATCH_TAG = "darkroom/batch"
"""Run tag that names the batch."""
TRACE_TAG = "darkroom/trace_id"
"""Run tag that carries the trace of the request."""


class OrchestratorHealth(Model):
    """How the orchestrator is; never an exception, so that a page about health can always be shown."""

    reachable: bool
    """Whether its web server answers."""
    location_ok: bool = False
    """Whether our code is loaded."""
    daemon_ok: bool = False
    """Whether the daemon gives signs of life."""
    daemon_lag_seconds: float | None = None
    """Time since the daemon's oldest sign of life."""
    sensor_running: bool = False
    """Whether the inbox sensor is switched on."""
    sensor_lag_seconds: float | None = None
    """Time since the inbox sensor last looked."""
    queued_runs: int = Field(0, ge=0)
    """Runs that wait."""
    running_runs: int = Field(0, ge=0)
    """Runs at work."""
    cause: str | None = None
    """What is wrong, in words."""

    @property
    def ok(self) -> bool:
        """Whether files in the inbox will be taken in."""
        return self.reachable and self.location_ok and self.daemon_ok and self.sensor_running


class RunLauncher(Protocol):
    """Whoever can start, list and stop runs."""

    def launch(self, batch_id: str, *, trace_id: str | None = None) -> str:
        """Ask for a run that takes the batch in, and return the run's id.

        Raises:
            Error: `orchestrator_unavailable` or `orchestrator_refused`.
        """
        ...

    def recent(self, limit: int = 20) -> list[RunRecord]:
        """The newest runs, newest first.

        Raises:
            Error: `orchestrator_unavailable`.
        """
        ...

    def cancel(self, run_id: str) -> bool:
        """Ask a run to stop; False when it is over already.

        Raises:
            Error: `orchestrator_unavailable`, `orchestrator_refused` or `not_found`.
        """
        ...

    def health(self) -> OrchestratorHealth:
        """How the orchestrator is."""
        ...


def run_url(settings: Settings, run_id: str) -> str:
    """Address of a run in Dagster's web app."""
    return f"{settings.dagster_url}/runs/{run_id}"


class DagsterLauncher:
    """Runs through the GraphQL API of Dagster's web server.

    Args:
        settings: names the web server's address.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def launch(self, batch_id: str, *, trace_id: str | None = None) -> str:
        """Ask for a run of `ingest_images` on the batch's partition."""
        raise NotImplementedError

    def recent(self, limit: int = 20) -> list[RunRecord]:
        """The newest runs of all jobs."""
        raise NotImplementedError

    def cancel(self, run_id: str) -> bool:
        """Terminate a run safely."""
        raise NotImplementedError

    def health(self) -> OrchestratorHealth:
        """Daemons, code location and inbox sensor in one query."""
        raise NotImplementedError
