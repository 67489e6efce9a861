"""Tables for people and JSON for machines, and the percentiles both show."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from darkroom.memory import peak_bytes

REPORTS = Path(__file__).parents[1] / "reports" / "benchmarks"
HISTORY = REPORTS / "history"


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of `values` lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def milliseconds(call: Callable[[], object], repeat: int) -> list[float]:
    """Wall time of `repeat` calls, each in milliseconds."""
    times = []
    for _ in range(repeat):
        begin = time.perf_counter()
        call()
        times.append((time.perf_counter() - begin) * 1e3)
    return times


def peak_mb() -> float:
    """Most memory that this process has had in RAM, in MiB."""
    return peak_bytes() / 2**20


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a table; the first column is words, the others numbers."""
    shown = [[cell if isinstance(cell, str) else f"{cell:,.1f}" for cell in row] for row in rows]
    widths = [max(len(line[at]) for line in [list(columns), *shown]) for at in range(len(columns))]
    print(f"\n{title}")
    for line in [list(columns), ["-" * width for width in widths], *shown]:
        print("  ".join(cell.ljust(widths[at]) if at == 0 else cell.rjust(widths[at]) for at, cell in enumerate(line)))


def save(name: str, figures: dict[str, Any]) -> Path:
    """Write the figures of one benchmark with the machine they were taken on to `reports/benchmarks/<name>.json`.

    A copy is kept under the commit, for `benchmarks.history`.
    """
    REPORTS.mkdir(parents=True, exist_ok=True)
    machine = {"python": platform.python_version(), "system": platform.platform(), "cores": os.cpu_count()}
    path = REPORTS / f"{name}.json"
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    taken = {"benchmark": name, "taken": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "load": load}
    path.write_text(json.dumps({**taken, "machine": machine, "figures": figures}, indent=2) + "\n")
    kept = HISTORY / commit() / path.name
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(path.read_text())
    return path


def commit() -> str:
    """The commit that runs, with `-changed` where the tree differs from it; `unknown` outside a repository."""
    command = ["git", "describe", "--always", "--abbrev=12", "--exclude=*", "--dirty=-changed"]
    done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
