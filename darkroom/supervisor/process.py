"""Child processes that cannot outlive their supervisor, and the search for any that did.

Three nets, one under the other: every service has a session of its own, so that a signal reaches it with all its
children; on Linux the kernel ends it when the supervisor dies; and every process of a home carries a mark in its
environment, by which the guardian (or the next start) finds what is left, however it was started.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import psutil

from darkroom.errors import Error
from darkroom.supervisor.logfiles import open_log

MARK = "DARKROOM_SUPERVISED"
"""Environment variable that every process of a home carries; its value is the home folder."""

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent() -> Callable[[], None] | None:
    """What a child does before it becomes its program, so that it ends when this process dies; None outside Linux."""
    if _LIBC is None:
        return None
    prctl, parent = _LIBC.prctl, os.getpid()

    def prepare() -> None:
        # Nothing here may allocate locks or import: the child is a copy of one thread of the supervisor.
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return prepare


class Child:
    """A running service: a process that leads its own session, and everything it starts.

    Args:
        name: of the service.
        argv: program and arguments.
        env: the whole environment.
        cwd: working folder.
        log: file that gets both its outputs.
    """

    def __init__(self, name: str, argv: Sequence[str], *, env: Mapping[str, str], cwd: Path, log: Path) -> None:
        self.name = name
        self.log = log
        self.log_start = log.stat().st_size if log.exists() else 0
        self.started = time.monotonic()
        try:
            with open_log(log) as output:
                # SIGINT is at its default in the child: the supervisor handles it, and exec resets handlers.
                # Dagster would ignore SIGTERM otherwise.
                self._process = subprocess.Popen(
                    list(argv),
                    env=dict(env),
                    cwd=cwd,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    # Only the loop of the supervisor starts children, and what runs in the child takes no lock.
                    preexec_fn=die_with_parent(),  # noqa: PLW1509
                )
        except OSError as error:
            raise Error("service_failed", f"{name} could not be started: {error}.", service=name) from error

    @property
    def pid(self) -> int:
        """Its process, also the number of its session."""
        return self._process.pid

    def poll(self) -> int | None:
        """Its exit code (negative: the signal that ended it), or None while it runs."""
        return self._process.poll()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to it and everything in its session's group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def is_gone(self) -> bool:
        """Whether it and everything it started in its group have ended."""
        return self.poll() is not None and not group_members(self.pid)


def group_members(group: int) -> list[int]:
    """Living processes of a process group."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, ProcessLookupError, PermissionError):
            # A zombie that its parent has not fetched yet is no longer a process to wait for.
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
    return found


def describe_exit(code: int) -> str:
    """An exit code in words."""
    if code >= 0:
        return f"ended with exit code {code}"
    with contextlib.suppress(ValueError):
        return f"was ended by {signal.Signals(-code).name}"
    return f"was ended by signal {-code}"


def marked(home: Path) -> list[psutil.Process]:
    """All living processes that carry the mark of a home, this one excepted."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(MARK) == str(home):
                found.append(process)
    return found


def _send(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.send_signal(number)


def sweep(home: Path, *, grace: float = 10.0) -> int:
    """End every process that carries the mark of a home, politely first, and return how many there were.

    Args:
        home: the home folder.
        grace: seconds they get before they are killed.
    """
    count = 0
    left = marked(home)
    deadline = time.monotonic() + grace
    while left:
        count = max(count, len(left))
        # Killed only after the grace; what starts meanwhile is found in the next round.
        _send(left, signal.SIGTERM if time.monotonic() < deadline else signal.SIGKILL)
        psutil.wait_procs(left, timeout=1.0)
        left = marked(home)
    return count
