"""How long exported files are kept."""

from __future__ import annotations

import time
from datetime import timedelta

from darkroom.domain.base import now
from darkroom.domain.work import LongWork
from darkroom.settings import Settings

KEPT = timedelta(hours=24)
"""How long a file waits to be fetched."""


def is_kept(work: LongWork) -> bool:
    """Whether the file of an export may be there still."""
    return work.state == "done" and work.finished_at is not None and work.finished_at + KEPT > now()


def tidy(settings: Settings, *, all_of_them: bool = False) -> int:
    """Remove files that were kept long enough, and what runs that died have left; returns how many.

    Args:
        settings: the folder.
        all_of_them: those that are kept too, for a picture in them may be gone for good.
    """
    gone, oldest = 0, time.time() - KEPT.total_seconds()
    for one in settings.exports.glob("*.*"):
        if (all_of_them and one.suffix == ".zip") or one.stat().st_mtime < oldest:
            one.unlink(missing_ok=True)
            gone += 1
    return gone
