"""How much memory a process has had."""

from __future__ import annotations

from pathlib import Path


def peak_mb() -> float:
    """Most memory that this process has had. `ru_maxrss` would begin with what the process had that started it."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise OSError("/proc/self/status names no VmHWM")
