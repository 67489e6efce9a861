"""Dagster's three processes for tests, each of which may be killed and started again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from darkroom.services.runs import DagsterLauncher
from darkroom.settings import Settings
from darkroom.supervisor import run_socket
from darkroom.supervisor.plan import environment, make_dagster_home
from darkroom.supervisor.ports import free_port

ROOT = Path(__file__).parents[1]
TOOLS = Path(sys.executable).parent


def wait_until(condition: Callable[[], object], *, seconds: float, what: str) -> float:
    """Wait for something to become true; returns how long that took."""
    begun = time.monotonic()
    while not condition():
        took = time.monotonic() - begun
        assert took < seconds, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.05)
    return time.monotonic() - begun


def environment_of(settings: Settings) -> dict[str, str]:
    """That of a home's processes, as a shell starts them: without what other tests made this process set for libraries."""
    return {name: value for name, value in environment(settings).items() if not name.endswith("_NUM_THREADS")}


class DagsterStack:
    """Code server, daemon and web server on one home.

    Args:
        settings: with the address of a MongoDB; `dagster_port` must be free.
    """

    NAMES = ("code", *(("starter",) if run_socket.SUPPORTED else ()), "daemon", "web")
    MONITORING_SECONDS = 20
    """How often the daemon looks after runs."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.launcher = DagsterLauncher(settings)
        self._code_port = free_port()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._env = environment_of(settings)
        home = settings.dagster_home
        home.mkdir(parents=True)
        settings.inbox.mkdir(parents=True, exist_ok=True)
        self._workspace = make_dagster_home(settings, self._code_port)

    def start(self, *names: str) -> None:
        """Start processes: all, or the ones named; the others only once the code server answers, as the supervisor does."""
        for name in names or self.NAMES:
            log = (self.settings.home_path / f"{name}.log").open("ab")
            # A session of its own: whatever it starts can be ended with it.
            self._processes[name] = subprocess.Popen(
                self._command(name), cwd=ROOT, env=self._env, stdout=log, stderr=log, start_new_session=True
            )
            if name == "code":
                wait_until(self._code_answers, seconds=90, what="the code server listens")

    def _code_answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self._code_port), timeout=1).close()
        except OSError:
            return False
        return True

    def _starter_listens(self) -> bool:
        return not run_socket.SUPPORTED or asyncio.run(run_socket.listens(self.settings.dagster_home)())

    def _command(self, name: str) -> list[str]:
        workspace = str(self._workspace)
        commands = {
            "code": [
                "dagster", "code-server", "start", "-m", "definitions", "-d", str(ROOT), "-h", "127.0.0.1",
                "-p", str(self._code_port), "--location-name", "darkroom", "--log-level", "warning",
            ],
            "starter": ["python", "-m", "resources.starter", str(self.settings.dagster_home)],
            "daemon": ["dagster-daemon", "run", "-w", workspace],
            "web": ["dagster-webserver", "-w", workspace, "-h", "127.0.0.1", "-p", str(self.settings.dagster_port)],
        }  # fmt: skip
        program, *arguments = commands[name]
        return [str(TOOLS / program), *arguments]

    def wait(self, seconds: float = 120) -> None:
        """Wait until files in the inbox would be taken in, without a wait for the imports of a run."""
        try:
            wait_until(lambda: self.launcher.health().ok, seconds=seconds, what="Dagster is well")
            wait_until(self._starter_listens, seconds=seconds, what="the starter of runs is ready")
        except AssertionError as error:
            error.add_note(str(self.launcher.health()))
            raise

    def kill(self, name: str) -> None:
        """End one process with kill -9; what it started lives on, as after a crash."""
        process = self._processes[name]
        process.kill()
        process.wait()

    def suspend(self, name: str) -> None:
        """Let one process stand still."""
        self._processes[name].send_signal(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Let it go on."""
        self._processes[name].send_signal(signal.SIGCONT)

    def pid(self, name: str) -> int:
        """Number of a process."""
        return self._processes[name].pid

    def log(self, name: str) -> str:
        """What it has written."""
        return (self.settings.home_path / f"{name}.log").read_text()

    def kill_runs(self) -> int:
        """End the processes of runs with kill -9; returns how many there were."""
        runs = self.runs()
        for one in runs:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        return len(runs)

    def runs(self) -> list[psutil.Process]:
        """The processes of runs: copies of the starter, or fresh ones of the daemon."""
        found = []
        for name in {"starter", "daemon"} & self._processes.keys():
            with contextlib.suppress(psutil.NoSuchProcess):
                for one in psutil.Process(self.pid(name)).children():
                    with contextlib.suppress(psutil.Error):
                        if name == "starter" or "execute_run" in one.cmdline():
                            found.append(one)
        return found

    def stop(self) -> None:
        """End everything, whatever state it is in."""
        for process in self._processes.values():
            for one in psutil.process_iter(["pid"]):
                try:
                    if os.getsid(one.pid) == process.pid:
                        one.send_signal(signal.SIGKILL)
                except (psutil.Error, OSError):
                    continue
            process.wait()
