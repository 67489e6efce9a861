"""How much memory a process has had, and how much is left."""

from __future__ import annotations

import resource
import sys
from contextlib import suppress
from pathlib import Path

_STATUS = Path("/proc/self/status")
_GROUP = Path("/sys/fs/cgroup")


def peak_bytes() -> int:
    """Most memory that this process has had in RAM, in bytes.

    Linux's `ru_maxrss` would begin with what the process had that started this one.
    """
    if _STATUS.exists():
        found = next((line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:")), None)
        if found is not None:
            return int(found.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def free_bytes(group: Path = _GROUP) -> int:
    """Memory that may be taken without swapping, in bytes: of the machine, or of the container where that allows less.

    Args:
        group: where Linux tells of the control group (version 2) of this process.
    """
    import psutil

    free = int(psutil.virtual_memory().available)
    with suppress(OSError, ValueError):  # `max` where the group sets no limit, no file on other systems
        left = int((group / "memory.max").read_text()) - int((group / "memory.current").read_text())
        # What files were read into memory for is given back when it is needed.
        free = min(free, left + _number(group / "memory.stat", "inactive_file"))
    return max(0, free)


def _number(path: Path, name: str) -> int:
    """A number of a file that names one a line; 0 where there is none."""
    with suppress(OSError, ValueError):
        return next((int(line.split()[1]) for line in path.read_text().splitlines() if line.split()[0] == name), 0)
    return 0
