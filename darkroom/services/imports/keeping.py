"""Where archives and what is told of them lie, and for how long."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from darkroom.domain.base import now
from darkroom.domain.work import LongWork
from darkroom.services.work.keeping import KEPT, swept
from darkroom.settings import Settings


def archive_of(settings: Settings, work_id: str) -> Path:
    """The archive itself, once all of it came."""
    return settings.imports / f"{work_id}.archive"


def folder_of(settings: Settings, work_id: str) -> Path:
    """What was unpacked of it, once all of it was."""
    return settings.imports / f"{work_id}.files"


def report_of(settings: Settings, work_id: str) -> Path:
    """What is told of it."""
    return settings.imports / f"{work_id}.json"


def is_kept(work: LongWork) -> bool:
    """Whether what was unpacked stays, for whoever goes on with it: it was only looked at, and could be read."""
    return work.state == "done" and bool(json.loads(work.params)["given"]["dry_run"])


def is_told(work: LongWork) -> bool:
    """Whether it can be read what came of an import: it came to that, and is not long ago."""
    said = bool(work.result.get("examples") or work.result.get("problems"))
    return said and (work.finished_at is None or work.finished_at + KEPT > now())


def clear(settings: Settings, work_id: str) -> None:
    """Remove an archive, and what was unpacked of it."""
    archive_of(settings, work_id).unlink(missing_ok=True)
    for folder in (folder_of(settings, work_id), *settings.imports.glob(f"{work_id}-*.part")):
        if folder.is_dir():
            shutil.rmtree(folder, ignore_errors=True)
        else:
            folder.unlink(missing_ok=True)


def tidy(settings: Settings) -> int:
    """Remove what was told long ago, and what requests and runs that died have left; returns how many."""
    return swept(settings.imports)
