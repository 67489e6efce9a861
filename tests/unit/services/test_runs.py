"""The launcher against a small GraphQL server that answers what it is told."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from darkroom.errors import Error
from darkroom.services.runs import DagsterLauncher, asked_for, run_url
from darkroom.settings import Settings
from tests.fakes import RecordingLauncher


class FakeDagster(ThreadingHTTPServer):
    """Answers every request with `answer` and keeps what was asked."""

    answer: Any = None
    asked: list[dict[str, Any]]


class _Handler(BaseHTTPRequestHandler):
    server: FakeDagster

    def do_POST(self) -> None:
        self.server.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        body = self.server.answer if isinstance(self.server.answer, bytes) else json.dumps(self.server.answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture
def dagster() -> Iterator[FakeDagster]:
    server = FakeDagster(("127.0.0.1", 0), _Handler)
    server.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def launcher(settings: Settings, dagster: FakeDagster) -> DagsterLauncher:
    return DagsterLauncher(settings.model_copy(update={"dagster_port": dagster.server_address[1]}))


def test_launch_adds_the_partition_and_tags_the_run(launcher: DagsterLauncher, dagster: FakeDagster) -> None:
    dagster.answer = {
        "data": {
            "addDynamicPartition": {"__typename": "DuplicateDynamicPartitionError", "message": "known"},
            "launchRun": {"__typename": "LaunchRunSuccess", "run": {"runId": "r-1"}},
        }
    }
    assert launcher.launch("b-1", trace_id="t-1") == "r-1"
    (asked,) = dagster.asked
    assert asked["variables"]["partition"] == "b-1"
    assert {tag["key"]: tag["value"] for tag in asked["variables"]["params"]["executionMetadata"]["tags"]} == {
        "darkroom/batch": "b-1", "dagster/partition": "b-1", "darkroom/trace_id": "t-1",
    }  # fmt: skip


def test_a_refused_run_says_why(launcher: DagsterLauncher, dagster: FakeDagster) -> None:
    dagster.answer = {
        "data": {
            "addDynamicPartition": {"__typename": "AddDynamicPartitionSuccess"},
            "launchRun": {"__typename": "PipelineNotFoundError", "message": "no such job"},
        }
    }
    with pytest.raises(Error, match="no such job") as caught:
        launcher.launch("b-1")
    assert caught.value.code == "orchestrator_refused"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"errors": [{"message": "bad query"}]}, "orchestrator_refused"),
        ([1, 2], "orchestrator_refused"),
        (b"<html>starting</html>", "orchestrator_unavailable"),
    ],
)
def test_strange_answers_are_errors_of_ours(
    launcher: DagsterLauncher, dagster: FakeDagster, answer: object, code: str
) -> None:
    dagster.answer = answer
    with pytest.raises(Error) as caught:
        launcher.recent()
    assert caught.value.code == code


def test_nobody_there_is_unavailable_and_health_says_so(settings: Settings) -> None:
    launcher = DagsterLauncher(settings.model_copy(update={"dagster_port": 1}))
    with pytest.raises(Error) as caught:
        launcher.launch("b-1")
    assert caught.value.code == "orchestrator_unavailable"
    health = launcher.health()
    assert (health.reachable, health.ok) == (False, False)


def test_recent_runs_become_records(launcher: DagsterLauncher, dagster: FakeDagster) -> None:
    run = {
        "runId": "r-1", "jobName": "ingest_images", "status": "FAILURE", "startTime": 10.0, "endTime": None,
        "tags": [{"key": "dagster/partition", "value": "b-1"}],
    }  # fmt: skip
    dagster.answer = {"data": {"runsOrError": {"__typename": "Runs", "results": [run]}}}
    (found,) = launcher.recent(5)
    assert (found.id, found.state, found.batch, found.finished_at) == ("r-1", "failed", "b-1", None)
    assert found.started_at is not None
    assert found.started_at.timestamp() == 10.0
    assert dagster.asked[0]["variables"] == {"limit": 5}


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ({"__typename": "TerminateRunSuccess"}, True),
        ({"__typename": "TerminateRunFailure", "message": "over", "run": {"status": "SUCCESS"}}, False),
    ],
)
def test_cancel(launcher: DagsterLauncher, dagster: FakeDagster, answer: dict[str, Any], result: bool) -> None:
    dagster.answer = {"data": {"terminateRun": answer}}
    assert launcher.cancel("r-1") is result


def test_cancel_of_an_unknown_run(launcher: DagsterLauncher, dagster: FakeDagster) -> None:
    dagster.answer = {"data": {"terminateRun": {"__typename": "RunNotFoundError", "message": "no"}}}
    with pytest.raises(Error) as caught:
        launcher.cancel("r-1")
    assert caught.value.code == "not_found"


def health_answer(
    *, beat: float | None, status: str = "RUNNING", location: str = "RepositoryLocation"
) -> dict[str, Any]:
    daemon = {"daemonType": "SENSOR", "required": True, "lastHeartbeatTime": beat}
    return {
        "data": {
            "instance": {"daemonHealth": {"allDaemonStatuses": [daemon, {**daemon, "required": False}]}},
            "workspaceLocationEntryOrError": {"locationOrLoadError": {"__typename": location}},
            "sensorOrError": {"sensorState": {"status": status, "ticks": [{"timestamp": time.time() - 3}]}},
            "queued": {"count": 2},
            "running": {"count": 1},
        }
    }


def test_health(launcher: DagsterLauncher, dagster: FakeDagster) -> None:
    dagster.answer = health_answer(beat=time.time() - 10)
    found = launcher.health()
    assert found.ok
    assert found.cause is None
    assert found.daemon_lag_seconds == pytest.approx(10, abs=1)
    assert found.sensor_lag_seconds == pytest.approx(3, abs=1)
    assert (found.queued_runs, found.running_runs) == (2, 1)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (health_answer(beat=None), "no sign of life"),
        (health_answer(beat=0.0), "no sign of life"),
        (health_answer(beat=time.time() + 3600, status="STOPPED"), "switched off"),
        (health_answer(beat=time.time() + 3600, location="PythonError"), "could not load"),
    ],
)
def test_health_says_what_is_wrong(
    launcher: DagsterLauncher, dagster: FakeDagster, answer: dict[str, Any], words: str
) -> None:
    dagster.answer = answer
    found = launcher.health()
    assert not found.ok
    assert words in (found.cause or "")


def test_the_address_of_a_run(settings: Settings) -> None:
    assert run_url(settings, "r-1") == "http://localhost:3000/runs/r-1"


def test_a_run_is_asked_for_and_remembered_and_where_nobody_answers_neither():
    launcher, marked = RecordingLauncher(), []
    assert asked_for("order", "r-1", lambda: launcher.launch("r-1"), marked.append) == "run-1"
    assert (launcher.launched, marked) == (["r-1"], ["r-1"])
    launcher.down = True
    assert asked_for("order", "r-2", lambda: launcher.launch("r-2"), marked.append) is None
    assert marked == ["r-1"], "the sensor asks for it later"
