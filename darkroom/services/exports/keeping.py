"""How long exported files are kept."""

from __future__ import annotations

from darkroom.domain.base import now
from darkroom.domain.work import LongWork
from darkroom.services.work.keeping import KEPT, swept
from darkroom.settings import Settings


def is_kept(work: LongWork) -> bool:
    """Whether the file of an export may be there still."""
    return work.state == "done" and work.finished_at is not None and work.finished_at + KEPT > now()


def tidy(settings: Settings, *, all_of_them: bool = False) -> int:
    """Remove files that were kept long enough, and what runs that died have left; returns how many.

    Args:
        settings: the folder.
        all_of_them: those that are kept too, for a picture in them may be gone for good.
    """
    return swept(settings.exports, now=lambda one: all_of_them and one.suffix == ".zip")
