"""Processes of `python -m training` that tell line by line what they do, so that neither their memory nor their end is ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any


def told(words: Sequence[str]) -> Iterator[dict[str, Any]]:
    """What such a process says, line by line; whoever reads no further ends it.

    Args:
        words: a command of `python -m training` with its options.
    """
    # Threads that wait must not keep the cores busy that others work on.
    environment = {"OMP_WAIT_POLICY": "PASSIVE"} | os.environ
    environment |= {"PYTHONPATH": os.pathsep.join(one for one in sys.path if one)}
    with subprocess.Popen(
        [sys.executable, "-m", "training", *words], env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        try:
            yield from map(json.loads, process.stdout or ())
        finally:
            process.kill()
