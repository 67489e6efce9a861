"""Asking the orchestrator for work: a small protocol, and Dagster behind it over GraphQL.

The library imports no Dagster: the web process and the command line talk to its web server, runs are processes of their own.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol

import httpx
from pydantic import Field

from darkroom import logs
from darkroom.domain.base import Model
from darkroom.domain.run import RunRecord, RunState
from darkroom.errors import Error
from darkroom.settings import Settings

INGEST_JOB = "ingest_images"
"""Name of the Dagster job that takes one batch in."""
INGEST_PARTITIONS = "ingest_batch"
"""Name of the dynamic partitions, one key for each batch."""
RENDITION_JOB = "make_renditions"
"""Name of the Dagster job that runs a recipe on the pictures of one order."""
RENDITION_PARTITIONS = "rendition_order"
"""Name of its dynamic partitions, one key for each order."""
TRAINING_JOB = "train_model"
"""Name of the Dagster job that trains a model and judges it."""
TRAINING_PARTITIONS = "training_run"
"""Name of its dynamic partitions, one key for each training."""
DATASET_PARTITIONS = "dataset_version"
"""Name of the dynamic partitions of dataset versions."""
MOVE_JOB = "move_storage"
"""Name of the Dagster job that does a move of pictures."""
MOVE_PARTITIONS = "storage_move"
"""Name of its dynamic partitions, one key for each move."""
WORK_JOB = "long_work"
"""Name of the Dagster job that does long work."""
WORK_PARTITIONS = "operation"
"""Name of its dynamic partitions, one key for each operation."""
INBOX_SENSOR = "new_files"
"""Name of the sensor that watches the inbox."""
BATCH_TAG = "darkroom/batch"
"""Run tag that names the batch."""
TRACE_TAG = "darkroom/trace_id"
"""Run tag that carries the trace of the request."""
PRIORITY_TAG = "dagster/priority"
"""Run tag by whose number Dagster's queue is sorted, the largest first."""
LOCATION = "darkroom"
"""Name of our code location."""
DAEMON_SILENCE_SECONDS = 120.0
"""Silence after which the daemon counts as dead; each of its parts beats every 30 s."""

_log = logs.get(__name__)
_PARTITIONS = {
    INGEST_JOB: INGEST_PARTITIONS,
    RENDITION_JOB: RENDITION_PARTITIONS,
    TRAINING_JOB: TRAINING_PARTITIONS,
    WORK_JOB: WORK_PARTITIONS,
    MOVE_JOB: MOVE_PARTITIONS,
}
_REPOSITORY = {"repositoryLocationName": LOCATION, "repositoryName": "__repository__"}

_LAUNCH = """
mutation Launch($repository: RepositorySelector!, $partitions: String!, $partition: String!, $params: ExecutionParams!) {
  addDynamicPartition(repositorySelector: $repository, partitionsDefName: $partitions, partitionKey: $partition) {
    __typename ... on Error { message }
  }
  launchRun(executionParams: $params) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on Error { message }
  }
}
"""

_RECENT = """
query Recent($limit: Int!) {
  runsOrError(limit: $limit) {
    __typename
    ... on Runs { results { runId jobName status startTime endTime tags { key value } } }
    ... on Error { message }
  }
}
"""

_TERMINATE = """
mutation Terminate($run: String!) {
  terminateRun(runId: $run, terminatePolicy: SAFE_TERMINATE) {
    __typename ... on TerminateRunFailure { message run { status } } ... on Error { message }
  }
}
"""

_HEALTH = """
query Health($location: String!, $sensor: SensorSelector!) {
  instance { daemonHealth { allDaemonStatuses { daemonType required lastHeartbeatTime } } }
  workspaceLocationEntryOrError(name: $location) {
    ... on WorkspaceLocationEntry { locationOrLoadError { __typename } }
  }
  sensorOrError(sensorSelector: $sensor) {
    ... on Sensor { sensorState { status ticks(limit: 1) { timestamp } } }
  }
  queued: runsOrError(filter: { statuses: [QUEUED] }, limit: 1) { ... on Runs { count } }
  running: runsOrError(filter: { statuses: [STARTING, STARTED] }, limit: 1) { ... on Runs { count } }
}
"""

_STATES: dict[str, RunState] = {
    "QUEUED": "queued",
    "NOT_STARTED": "queued",
    "STARTING": "queued",
    "STARTED": "running",
    "CANCELING": "running",
    "SUCCESS": "succeeded",
    "FAILURE": "failed",
    "CANCELED": "cancelled",
}
_STATES_OVER = frozenset({"SUCCESS", "FAILURE", "CANCELED"})


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

    def launch(
        self, batch_id: str, *, trace_id: str | None = None, job: str = INGEST_JOB, priority: str | None = None
    ) -> str:
        """Ask for a run that takes the batch in, or for one of another job on that key; returns the run's id.

        Args:
            batch_id: the key.
            trace_id: of the request that led to it.
            job: which job.
            priority: Dagster's tag of priority; that of pictures that come in when not given.

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


def asked_for(
    kind: str, key: str, launch: Callable[[], str], mark: Callable[[str], object] | None = None
) -> str | None:
    """Ask for a run of what waits; None where the orchestrator gives none: a sensor asks again later.

    Args:
        kind: what waits, as logs call it.
        key: its id.
        launch: asks; returns the id of the run.
        mark: remembers that a run of that id was asked for; not called where it was not.
    """
    try:
        run_id = launch()
    except Error as error:
        _log.warning("launch_failed", **{kind: key}, code=error.code, cause=error.cause)
        return None
    if mark is not None:
        mark(key)
    return run_id


def run_url(settings: Settings, run_id: str) -> str:
    """Address of a run in Dagster's web app."""
    return f"{settings.dagster_address}/runs/{run_id}"


class DagsterLauncher:
    """Runs through the GraphQL API of Dagster's web server.

    Args:
        settings: names the web server's address.
        timeout: seconds to wait for an answer.
    """

    def __init__(self, settings: Settings, *, timeout: float = 10.0) -> None:
        # Not the name: `localhost` may mean ::1 first, where nobody listens.
        self._client = GraphQLClient(f"http://127.0.0.1:{settings.dagster_port}/graphql", timeout=timeout)

    def launch(
        self, batch_id: str, *, trace_id: str | None = None, job: str = INGEST_JOB, priority: str | None = None
    ) -> str:
        """Ask for a run of a job on its partition of that key."""
        tags = {BATCH_TAG: batch_id, "dagster/partition": batch_id}
        if trace_id:
            tags[TRACE_TAG] = trace_id
        if priority:
            tags[PRIORITY_TAG] = priority
        params = {
            "selector": {**_REPOSITORY, "jobName": job},
            "runConfigData": {},
            "mode": "default",
            "executionMetadata": {"tags": [{"key": key, "value": value} for key, value in tags.items()]},
        }
        names = {"repository": _REPOSITORY, "partitions": _PARTITIONS[job], "partition": batch_id, "params": params}
        found = self._client.ask(_LAUNCH, names)
        _expect(found["addDynamicPartition"], "AddDynamicPartitionSuccess", "DuplicateDynamicPartitionError")
        _expect(found["launchRun"], "LaunchRunSuccess")
        return str(found["launchRun"]["run"]["runId"])

    def recent(self, limit: int = 20) -> list[RunRecord]:
        """The newest runs of all jobs."""
        found = self._client.ask(_RECENT, {"limit": limit})["runsOrError"]
        _expect(found, "Runs")
        return [_run_record(one) for one in found["results"]]

    def cancel(self, run_id: str) -> bool:
        """Terminate a run safely."""
        found = self._client.ask(_TERMINATE, {"run": run_id})["terminateRun"]
        if found["__typename"] == "RunNotFoundError":
            raise Error("not_found", f"Dagster knows no run {run_id!r}.", id=run_id)
        if found["__typename"] == "TerminateRunFailure" and found["run"]["status"] in _STATES_OVER:
            return False
        _expect(found, "TerminateRunSuccess")
        return True

    def health(self) -> OrchestratorHealth:
        """Daemons, code location, inbox sensor and queue in one query."""
        selector = {**_REPOSITORY, "sensorName": INBOX_SENSOR}
        try:
            found = self._client.ask(_HEALTH, {"location": LOCATION, "sensor": selector})
        except Error as error:
            return OrchestratorHealth(reachable=error.code != "orchestrator_unavailable", cause=error.cause)
        return _health(found, time.time())


class GraphQLClient:
    """Asks one GraphQL endpoint; its errors become ours.

    Args:
        url: of the endpoint.
        timeout: seconds to wait for an answer.
    """

    def __init__(self, url: str, *, timeout: float) -> None:
        self._url = url
        # Never through a proxy of the environment: it is on this machine.
        self._http = httpx.Client(timeout=timeout, trust_env=False)

    def ask(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        """The data of the answer.

        Raises:
            Error: `orchestrator_unavailable` when nobody answers, `orchestrator_refused` for an error in the answer.
        """
        try:
            response = self._http.post(self._url, json={"query": query, "variables": variables})
            answer = response.json()
        except httpx.HTTPError as error:
            raise Error("orchestrator_unavailable", f"{self._url}: {error}", url=self._url) from error
        except ValueError as error:
            raise Error("orchestrator_unavailable", f"{self._url} answers no JSON.", url=self._url) from error
        if not isinstance(answer, dict) or answer.get("errors") or not isinstance(answer.get("data"), dict):
            words = json.dumps(answer.get("errors") if isinstance(answer, dict) else answer)[:500]
            raise Error("orchestrator_refused", f"Dagster answers: {words}")
        data: dict[str, Any] = answer["data"]
        return data


def _expect(found: dict[str, Any], *types: str) -> None:
    """Return if the answer is of one of the types."""
    kind = found.get("__typename")
    if kind not in types:
        raise Error("orchestrator_refused", f"{kind}: {found.get('message') or 'no reason given'}"[:500], kind=kind)


def _run_record(run: dict[str, Any]) -> RunRecord:
    tags = {tag["key"]: tag["value"] for tag in run["tags"]}
    return RunRecord(
        id=run["runId"],
        job=run["jobName"],
        state=_STATES.get(run["status"], "running"),
        batch=tags.get(BATCH_TAG) or tags.get("dagster/partition"),
        started_at=_moment(run["startTime"]),
        finished_at=_moment(run["endTime"]),
        trace_id=tags.get(TRACE_TAG),
    )


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _health(found: dict[str, Any], present: float) -> OrchestratorHealth:
    daemons = [one for one in found["instance"]["daemonHealth"]["allDaemonStatuses"] if one["required"]]
    beats = [one["lastHeartbeatTime"] for one in daemons]
    # Dagster itself calls a daemon healthy for half an hour after its last sign of life.
    lag = None if not beats or None in beats else max(0.0, present - min(beats))
    sensor = found["sensorOrError"]
    state = sensor.get("sensorState") or {}
    ticks = state.get("ticks") or []
    entry = found["workspaceLocationEntryOrError"] or {}
    location_ok = (entry.get("locationOrLoadError") or {}).get("__typename") == "RepositoryLocation"
    facts = {
        "Dagster could not load the definitions.": location_ok,
        "Dagster's daemon gives no sign of life.": lag is not None and lag < DAEMON_SILENCE_SECONDS,
        "The sensor of the inbox is switched off.": state.get("status") == "RUNNING",
    }
    return OrchestratorHealth(
        reachable=True,
        location_ok=location_ok,
        daemon_ok=lag is not None and lag < DAEMON_SILENCE_SECONDS,
        daemon_lag_seconds=lag,
        sensor_running=state.get("status") == "RUNNING",
        sensor_lag_seconds=max(0.0, present - ticks[0]["timestamp"]) if ticks else None,
        queued_runs=found["queued"].get("count") or 0,
        running_runs=found["running"].get("count") or 0,
        cause=next((words for words, well in facts.items() if not well), None),
    )
