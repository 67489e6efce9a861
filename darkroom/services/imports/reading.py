"""From an archive to what its files say of pictures."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from darkroom.domain.dataset import ImportProblem
from darkroom.errors import Error
from darkroom.services.imports.keeping import archive_of, folder_of
from darkroom.services.uploads.files import check_room, mapped
from darkroom.settings import Settings

if TYPE_CHECKING:
    from darkroom.datasets.importers import Import

_FILES = "files"
_LEFT_OUT = "left-out.jsonl"
"""Beside the files: what was not unpacked."""


def read(settings: Settings, work_id: str, layout: str, on_file: Callable[[], None]) -> tuple[Import, str]:
    """What the archive of an import says, and in which layout.

    Args:
        settings: folder and limits.
        work_id: of the import.
        layout: its layout, or `auto`.
        on_file: told before each file is unpacked; it may raise.

    Raises:
        Error: `dataset_invalid`, `payload_too_large`; `storage_full` or another storage error.
    """
    from darkroom.datasets.layouts import IMPORTERS, at, detect, inner

    folder = folder_of(settings, work_id)
    if not folder.is_dir():
        _unpack(settings, work_id, folder, on_file)
    files = folder / _FILES
    try:
        layout, path = detect(files) if layout == "auto" else (layout, at(layout, inner(files)))
        found = IMPORTERS[layout](path)
    except Error as error:
        raise _plain(error, files) from error
    left_out = (folder / _LEFT_OUT).read_text().splitlines()
    found.problems[:0] = [ImportProblem.model_validate_json(line) for line in left_out]
    return found, layout


def _unpack(settings: Settings, work_id: str, folder: Path, on_file: Callable[[], None]) -> None:
    """Whole or not at all: a run that goes on takes what is there for all of it."""
    from darkroom.datasets.unpacking import unpack

    archive = archive_of(settings, work_id)
    if not archive.is_file():
        raise Error("not_found", "The archive is gone.", remedy="Send it again.")
    part = settings.imports / f"{work_id}-{secrets.token_hex(4)}.part"

    def told(size: int) -> None:
        on_file()
        check_room(settings.imports, size)

    try:
        with mapped():
            part.mkdir(mode=0o700)
            (part / _FILES).mkdir()
            left_out = unpack(archive, part / _FILES, most_bytes=settings.import_max_bytes, on_file=told)
            (part / _LEFT_OUT).write_text("".join(f"{one.model_dump_json()}\n" for one in left_out))
            part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _plain(error: Error, folder: Path) -> Error:
    """An error without our own path in it, which means nothing to who sent the archive."""
    cause = error.cause.replace(f"{folder}/", "").replace(str(folder), "The archive")
    return Error(error.code, cause, remedy=error.remedy, **error.context)
