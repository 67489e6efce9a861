"""Processes of runs, known so that another process which got the same number later is never taken for one."""

from __future__ import annotations

import contextlib
import signal
import sys
from pathlib import Path

import psutil


def identity(pid: int) -> str | None:
    """Number and moment of the start of a living process, or None when there is none."""
    started = _started(pid)
    return None if started is None else f"{pid}@{started}"


def is_alive(known: str) -> bool:
    """Whether the process of that identity lives."""
    return identity(_pid(known)) == known


def interrupt(known: str) -> bool:
    """Ask the process of that identity to end as Ctrl-C would; False when it has ended."""
    with contextlib.suppress(psutil.Error, OSError):
        process = psutil.Process(_pid(known))
        if is_alive(known):
            process.send_signal(signal.SIGINT)
            return True
    return False


def _pid(known: str) -> int:
    with contextlib.suppress(ValueError):
        return max(0, int(known.partition("@")[0]))
    return 0


def _started(pid: int) -> str | None:
    with contextlib.suppress(psutil.Error, OSError, IndexError):
        if sys.platform != "linux":
            process = psutil.Process(pid)
            return None if process.status() == psutil.STATUS_ZOMBIE else repr(process.create_time())
        # In ticks since boot: a time of day would change with the clock. The name before it may hold anything.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return None if fields[0] in {"Z", "X"} else fields[19]
    return None
