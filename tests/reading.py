"""Reads files at their full depth in a process that may crash: `python -m tests.reading` answers one line a file."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

MEMORY = 3_000_000_000
"""Bytes of private memory the process may take."""
MOST_PIXELS = 60_000_000


def outcomes(paths: Sequence[Path], *, seconds: float) -> Iterator[tuple[Path, str, float]]:
    """Each file with what became of it (`ok`, an error's code, `crash`, `late`) and the seconds that took."""
    waiting = list(paths)
    while waiting:
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.reading"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert child.stdin
        assert child.stdout
        while waiting:
            path = waiting.pop(0)
            begun = time.monotonic()
            child.stdin.write(f"{path}\n")
            child.stdin.flush()
            line = child.stdout.readline().strip()
            spent = time.monotonic() - begun
            yield path, line or "crash", spent
            if not line or spent > seconds:
                break
        child.stdin.close()
        child.kill()
        child.wait()
        child.stdout.close()


def main() -> None:
    """Answer for each path on standard input."""
    from darkroom.errors import Error
    from darkroom.imaging.formats.load import LoadOptions, load
    from darkroom.imaging.limits import Limits

    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    limits = Limits(max_pixels=MOST_PIXELS)
    for line in sys.stdin:
        path = Path(line.rstrip("\n"))
        try:
            loaded = load(path.read_bytes(), path.name, LoadOptions(), limits=limits)
            frames = loaded.frames
            answer = f"ok {frames.width}x{frames.height}x{frames.channels} {frames.depth}"
        except Error as error:
            answer = error.code
        except Exception as error:  # noqa: BLE001 - what is not mapped must be seen by its name
            answer = f"unmapped {type(error).__name__} {error}"
        answers.write(answer.replace("\n", " ") + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
