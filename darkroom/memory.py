"""How much memory a process has had."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")


def peak_bytes() -> int:
    """Most memory that this process has had in RAM, in bytes.

    Linux's `ru_maxrss` would begin with what the process had that started this one.
    """
    if _STATUS.exists():
        found = next((line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:")), None)
        if found is not None:
            return int(found.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
