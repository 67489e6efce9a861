"""The supervisor over stand-in services: what it starts, it ends, however either of them dies."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from darkroom.runtime import RuntimeInfo, read_runtime
from darkroom.settings import Settings
from darkroom.supervisor.home import HomeLock
from darkroom.supervisor.ports import is_free
from darkroom.supervisor.process import marked, sweep
from darkroom.supervisor.report import Report, from_line

ROOT = Path(__file__).parents[2]


class StandIn:
    """A supervisor in a process of its own."""

    def __init__(self, home: Path, case: str) -> None:
        self.settings = Settings(home=home)
        self.home = home
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.stand_in", str(home), case], cwd=ROOT, stdout=subprocess.PIPE
        )
        self.reports: list[Report] = []

    def read_until(self, kind: str, name: str = "", state: str = "") -> Report:
        """Read reports up to the wanted one."""
        assert self.process.stdout
        for line in self.process.stdout:
            report = from_line(line)
            self.reports.append(report)
            if report.kind == kind and name in ("", report.name) and state in ("", report.state):
                return report
        raise AssertionError(f"no {kind} {name} {state} in {self.reports}")

    def runtime(self) -> RuntimeInfo:
        """The state file."""
        info = read_runtime(self.settings)
        assert info
        return info

    def guardian(self) -> psutil.Process:
        """Its guardian."""
        children = psutil.Process(self.process.pid).children()
        return next(child for child in children if "darkroom.supervisor.guardian" in child.cmdline())

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, read what is left and return the exit code."""
        self.process.send_signal(number)
        assert self.process.stdout
        self.reports += [from_line(line) for line in self.process.stdout]
        return self.process.wait(30)


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> float:
    """Wait for a condition and return how long that took."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < seconds, "it did not come true"
        time.sleep(0.05)
    return time.monotonic() - begun


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], StandIn]]:
    """Starts a case; whatever the test leaves is ended."""
    started: list[StandIn] = []

    def begin(case: str) -> StandIn:
        started.append(StandIn(tmp_path / "home", case))
        return started[-1]

    yield begin
    for stand_in in started:
        stand_in.process.kill()
        stand_in.process.wait()
        sweep(stand_in.home, grace=0)


def test_services_start_when_what_they_need_is_there_and_stop_in_reverse(start: Callable[[str], StandIn]):
    stand_in = start("stray")
    stand_in.read_until("ready")
    info = stand_in.runtime()
    assert info.ready
    assert [(service.name, service.state, service.restarts) for service in info.services] == [
        ("one", "ready", 0),
        ("two", "ready", 0),
    ]
    assert len(marked(stand_in.home)) == 3  # both services and the stray
    assert stand_in.end(signal.SIGINT) == 0
    told = [(report.name, report.state) for report in stand_in.reports if report.kind in ("service", "task")]
    assert [entry for entry in told if entry[0] != "note"] == [
        ("one", "starting"), ("one", "ready"), ("two", "starting"), ("two", "ready"), ("two", "stopped"), ("one", "stopped"),
    ]  # fmt: skip
    assert told.index(("note", "done")) < told.index(("two", "starting"))
    assert marked(stand_in.home) == []
    assert not (stand_in.home / "run" / "runtime.json").exists()
    assert not HomeLock(stand_in.settings).is_held()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_polite_signals_stop_it_too(start: Callable[[str], StandIn], number: signal.Signals):
    stand_in = start("stray")
    stand_in.read_until("service", "one", "starting")
    assert stand_in.end(number) == 0
    assert marked(stand_in.home) == []


@pytest.mark.kill
def test_nothing_outlives_a_killed_supervisor(start: Callable[[str], StandIn]):
    stand_in = start("stray")
    stand_in.read_until("ready")
    guardian = stand_in.guardian()
    assert stand_in.end(signal.SIGKILL) == -signal.SIGKILL
    wait_until(lambda: not marked(stand_in.home), 20)
    guardian.wait(20)
    assert read_runtime(stand_in.settings) is None
    assert not HomeLock(stand_in.settings).is_held()


@pytest.mark.kill
def test_a_stubborn_service_does_not_outlive_a_killed_supervisor_either(start: Callable[[str], StandIn]):
    stand_in = start("stubborn")
    stand_in.read_until("ready")
    guardian = stand_in.guardian()
    stand_in.end(signal.SIGKILL)
    assert HomeLock(stand_in.settings).is_held()  # by the guardian: nobody may start in between
    guardian.wait(30)
    assert marked(stand_in.home) == []


@pytest.mark.kill
def test_a_killed_guardian_is_replaced(start: Callable[[str], StandIn]):
    stand_in = start("stray")
    stand_in.read_until("ready")
    first = stand_in.guardian()
    first.kill()
    wait_until(lambda: any("darkroom.supervisor.guardian" in " ".join(child.cmdline()) and child.pid != first.pid
                           for child in psutil.Process(stand_in.process.pid).children()
                           if child.status() != psutil.STATUS_ZOMBIE))  # fmt: skip
    stand_in.end(signal.SIGKILL)
    wait_until(lambda: not marked(stand_in.home), 20)


@pytest.mark.kill
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_services_end_even_when_the_guardian_is_killed_as_well(start: Callable[[str], StandIn]):
    stand_in = start("hanging")
    stand_in.read_until("ready")
    guardian = stand_in.guardian()
    guardian.suspend()
    stand_in.end(signal.SIGKILL)
    guardian.kill()
    wait_until(lambda: not marked(stand_in.home), 10)


@pytest.mark.kill
def test_a_service_that_dies_is_started_again(start: Callable[[str], StandIn]):
    stand_in = start("stray")
    stand_in.read_until("ready")
    victim = stand_in.runtime().services[0]
    assert victim.pid
    os.kill(victim.pid, signal.SIGKILL)
    told = stand_in.read_until("service", "one", "restarting")
    assert told.words == "was ended by SIGKILL; starts again after 0.5 s"
    stand_in.read_until("service", "one", "ready")
    now = stand_in.runtime().services[0]
    assert (now.state, now.restarts, now.port) == ("ready", 1, victim.port)
    assert now.pid != victim.pid
    assert stand_in.runtime().ready


@pytest.mark.kill
def test_a_port_that_somebody_takes_meanwhile_ends_nothing(start: Callable[[str], StandIn]):
    stand_in = start("stray")
    stand_in.read_until("ready")
    victim = stand_in.runtime().services[1]
    assert victim.pid
    assert victim.port
    with socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        os.kill(victim.pid, signal.SIGKILL)
        wait_until(lambda: is_free(victim.port))
        thief.bind(("127.0.0.1", victim.port))
        thief.listen()
        while "is taken by" not in (told := stand_in.read_until("service", "two", "restarting")).words:
            pass
        assert told.words.startswith(f"Port {victim.port} for two is taken by ")
    stand_in.read_until("service", "two", "ready")
    assert stand_in.runtime().ready


@pytest.mark.kill
def test_a_service_that_hangs_is_started_again(start: Callable[[str], StandIn]):
    stand_in = start("hanging")
    stand_in.read_until("ready")
    victim = stand_in.runtime().services[0].pid
    assert victim
    os.kill(victim, signal.SIGSTOP)
    told = stand_in.read_until("service", "web", "restarting")
    assert told.words.startswith("did not answer for 1 s")
    stand_in.read_until("service", "web", "ready")
    assert not psutil.pid_exists(victim)


def test_a_service_that_never_comes_up_ends_the_start_with_its_last_words(start: Callable[[str], StandIn]):
    stand_in = start("dying")
    error = stand_in.read_until("error")
    assert error.code == "service_failed"
    assert error.words == "broken ended with exit code 1. Its last words: I cannot find my configuration"
    assert "darkroom logs broken" in error.remedy
    assert stand_in.process.wait(10) == 1
    assert marked(stand_in.home) == []
    assert [report.state for report in stand_in.reports if report.name == "fine"][-1] == "stopped"


def test_a_task_that_is_not_needed_may_fail_and_one_that_is_ends_the_start(start: Callable[[str], StandIn]):
    stand_in = start("failing_task")
    error = stand_in.read_until("error")
    assert error.words == "Doing something vital failed: I cannot find my configuration"
    assert ("extra", "failed") in [(report.name, report.state) for report in stand_in.reports]
    assert stand_in.process.wait(10) == 1
    assert marked(stand_in.home) == []


def test_a_second_signal_does_not_wait_for_a_stubborn_service(start: Callable[[str], StandIn]):
    stand_in = start("stubborn")
    stand_in.read_until("ready")
    stand_in.process.send_signal(signal.SIGINT)
    stand_in.read_until("stopping")
    time.sleep(0.3)
    assert stand_in.process.poll() is None
    begun = time.monotonic()
    assert stand_in.end(signal.SIGINT) == 0
    assert time.monotonic() - begun < 40
    assert marked(stand_in.home) == []
