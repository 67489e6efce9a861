"""What services are told, what they wrote, and what supervisors report."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pydantic import SecretStr

from darkroom.settings import Settings
from darkroom.supervisor import probes
from darkroom.supervisor.logfiles import last_words, open_log, rotate, tail
from darkroom.supervisor.plan import environment, make_dagster_home, settings_variables
from darkroom.supervisor.ports import free_port
from darkroom.supervisor.process import MARK, describe_exit
from darkroom.supervisor.report import PipeReporter, Report, from_line, to_line


def test_every_process_sees_the_same_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    uri = SecretStr("mongodb://me:secret@host/?replicaSet=rs0")
    original = Settings(
        home=tmp_path, web_port=8123, samples=False, mongo_uri=uri, settle_seconds=2.5, mongod=Path("/m")
    )
    for name, value in settings_variables(original).items():
        monkeypatch.setenv(name, value)
    assert Settings() == original.model_copy(update={"dagster_port": 3000})


def test_the_environment_marks_processes_and_keeps_proxies_out(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_PROXY", "intranet")
    env = environment(settings)
    assert env[MARK] == str(settings.home_path)
    assert env["NO_PROXY"] == "intranet,localhost,127.0.0.1,::1"
    assert env["DAGSTER_HOME"] == str(settings.dagster_home)
    assert env["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)


def test_dagster_is_pointed_at_our_code_server(settings: Settings):
    settings.dagster_home.mkdir(parents=True)
    workspace = make_dagster_home(settings, 4711)
    assert "port: 4711" in workspace.read_text()
    assert "127.0.0.1" in workspace.read_text()
    assert "telemetry" in (settings.dagster_home / "dagster.yaml").read_text()


def test_a_large_log_is_moved_aside_while_it_is_being_written(tmp_path: Path):
    path = tmp_path / "web.log"
    with open_log(path) as log:
        for number in range(5):
            log.write(f"{number}".encode() * 100)
            assert rotate(path, max_bytes=50, keep=3)
        assert not rotate(path, max_bytes=50, keep=3)
        log.write(b"after")
    assert path.read_text() == "after"
    kept = [path.with_name(f"web.log.{number}").read_text()[0] for number in (1, 2, 3)]
    assert kept == ["4", "3", "2"]
    assert not path.with_name("web.log.4").exists()
    assert not rotate(tmp_path / "none.log")


def test_the_end_of_a_log_is_read_without_the_rest(tmp_path: Path):
    path = tmp_path / "a.log"
    path.write_text("".join(f"line {number} {'x' * (number % 700)}\n" for number in range(3000)))
    assert [line.split()[1] for line in tail(path, 3)] == ["2997", "2998", "2999"]
    assert len(tail(path, 10_000)) == 3000
    assert tail(path, 0) == []
    assert tail(tmp_path / "none.log", 5) == []


def test_last_words_are_those_of_the_present_life(tmp_path: Path):
    path = tmp_path / "a.log"
    path.write_text("an old failure\n")
    before = path.stat().st_size
    assert last_words(path, before) == ""
    with path.open("a") as log:
        log.write("starting\nError: no such option\n\n  ====\n")
    assert last_words(path, before) == "Error: no such option"
    assert last_words(tmp_path / "none.log") == ""


def test_exits_have_words():
    assert describe_exit(3) == "ended with exit code 3"
    assert describe_exit(-9) == "was ended by SIGKILL"
    assert describe_exit(-250) == "was ended by signal 250"


def test_reports_travel_through_a_pipe_and_survive_its_end():
    reading, writing = os.pipe()
    report = Report("service", "web", "restarting", "was ended by SIGKILL", 1.5)
    assert from_line(to_line(report)) == report
    reporter = PipeReporter(writing)
    reporter(report)
    with os.fdopen(reading, "rb") as pipe:
        assert from_line(pipe.readline()) == report
    reporter(report)  # nobody reads any more
    reporter(report)
    os.close(writing)


class Handler(BaseHTTPRequestHandler):
    """Answers as Dagster's web server would."""

    answer = b"{}"

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/server_info" else 503)
        self.end_headers()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def dagster():
    """A server whose GraphQL answer the test sets."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def test_probes_tell_what_answers(dagster: int):
    assert asyncio.run(probes.listens(dagster))
    assert asyncio.run(probes.answers(dagster, "/server_info"))
    assert not asyncio.run(probes.answers(dagster, "/health"))
    nobody = free_port()
    assert not asyncio.run(probes.listens(nobody))
    assert not asyncio.run(probes.answers(nobody, "/"))


LOADED = b'{"data":{"workspaceOrError":{"locationEntries":[{"name":"darkroom","loadStatus":"LOADED","locationOrLoadError":%s}]}}}'
FAILED = b'{"__typename":"PythonError","message":"NameError: name x\\n  at line 3"}'


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (LOADED % b'{"__typename":"RepositoryLocation"}', ""),
        (LOADED % FAILED, "NameError: name x"),
        (LOADED.replace(b"LOADED", b"LOADING") % b"null", None),
        (b'{"data":{"workspaceOrError":{}}}', None),
        (b'{"errors":[]}', None),
        (b"<html>", None),
    ],
)
def test_the_state_of_the_definitions_is_read(
    dagster: int, monkeypatch: pytest.MonkeyPatch, answer: bytes, expected: str | None
):
    monkeypatch.setattr(Handler, "answer", answer)
    assert asyncio.run(probes.code_problem(dagster)) == expected


@pytest.mark.parametrize(("beats", "expected"), [(b"150.5", True), (b"99.0", False), (b"null", False)])
def test_only_a_sign_of_life_after_the_start_counts(
    dagster: int, monkeypatch: pytest.MonkeyPatch, beats: bytes, expected: bool
):
    statuses = b'[{"daemonType":"SENSOR","required":true,"lastHeartbeatTime":%s},{"daemonType":"ASSET","required":false,"lastHeartbeatTime":null}]'
    monkeypatch.setattr(
        Handler, "answer", b'{"data":{"instance":{"daemonHealth":{"allDaemonStatuses":%s}}}}' % (statuses % beats)
    )
    ticks = partial(probes.daemon_ticks, dagster, 100.0)
    assert asyncio.run(ticks()) is expected
