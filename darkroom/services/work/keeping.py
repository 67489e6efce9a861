"""What operations left in a folder to be fetched, and for how long."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

KEPT = timedelta(hours=24)
"""How long it waits."""


def swept(folder: Path, *, now: Callable[[Path], bool] = lambda _: False) -> int:
    """Remove what has lain in a folder for long enough, and what requests and runs that died have left; returns how many.

    Args:
        folder: whose files and folders with an ending count.
        now: whether one goes that is not that old, too.
    """
    gone, oldest = 0, time.time() - KEPT.total_seconds()
    for one in folder.glob("*.*"):
        try:
            if one.stat().st_mtime >= oldest and not now(one):
                continue
            if one.is_dir():
                shutil.rmtree(one, ignore_errors=True)
            else:
                one.unlink(missing_ok=True)
            gone += 1
        except FileNotFoundError:
            continue
    return gone
