"""Run the test suite; the few that fail among all the others are tried once more, alone.

Hundreds of tests start databases, daemons, browsers and clusters beside each other, and kill them. On a busy machine one of
them may wait in vain for what comes a moment later. A test that fails alone too has found something: that is what counts in
the end. One that passes alone is named on the last lines, to be made steady.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

MOST = 8
"""More failures than this are no accident: nothing is tried again."""
SLOWEST = 40
"""So many of the slowest tests are told at the end: a suite that is run often has to stay short."""
FAILED = 1
"""What pytest ends with when tests have failed; other codes tell of a broken run."""


def pytest(cache: str, *arguments: str) -> int:
    """Run pytest with a memory of its own for what has failed."""
    # Tests start hundreds of processes: each would compile our code anew where none may keep what it compiled.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-o", f"cache_dir={cache}", *arguments], check=False, env=env
    ).returncode


def failures(cache: str) -> list[str]:
    """The tests that the last run with this memory ended with."""
    kept = Path(cache) / "v" / "cache" / "lastfailed"
    return sorted(json.loads(kept.read_text())) if kept.exists() else []


def tell(line: str) -> None:
    """Say something between the runs of pytest."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """Run the suite with these arguments of pytest; answer what the process shall end with."""
    with tempfile.TemporaryDirectory(prefix="darkroom-suite-") as cache:
        code = pytest(cache, f"--durations={SLOWEST}", *arguments)
        first = failures(cache)
        if code != FAILED or not 0 < len(first) <= MOST:
            return code
        tell(f"\n{len(first)} failed among the others. Tried once more, alone:")
        code = pytest(cache, *arguments, "--last-failed", "-n", "0")
        for one in sorted(set(first) - set(failures(cache))):
            tell(f"UNSTEADY {one}: failed among the others, passed alone")
        return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
