"""Processes of `python -m training` that tell line by line what they do, so that neither their memory nor their end is ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from darkroom.errors import Error


def surroundings() -> dict[str, str]:
    """Variables of a process that finds the packages that this one does."""
    return os.environ | {"PYTHONPATH": os.pathsep.join(one for one in sys.path if one)}


def told(words: Sequence[str]) -> Iterator[dict[str, Any]]:
    """What such a process says, line by line; whoever reads no further ends it.

    Args:
        words: a command of `python -m training` with its options.
    """
    with subprocess.Popen(
        [sys.executable, "-m", "training", *words], env=surroundings(), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        try:
            yield from map(json.loads, process.stdout or ())
        finally:
            process.kill()


def ended(what: str) -> Error:
    """Why a process said nothing more.

    Args:
        what: it did.
    """
    remedy = "Close what needs much memory, and begin again; on a machine with more memory it goes on its way."
    return Error("training_out_of_memory", f"The process that {what} was ended from outside.", remedy=remedy)
