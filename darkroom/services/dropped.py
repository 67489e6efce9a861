"""Files that were dropped into the inbox and lie in `inbox/.done`: they go with their picture when it is removed for good."""

from __future__ import annotations

import glob
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from darkroom import logs
from darkroom.connectors.folder import text_to_path
from darkroom.services.landing import DONE
from darkroom.services.sidecars import is_sidecar, sidecars_of
from darkroom.settings import Settings

_PIECE = 1 << 20
_log = logs.get(__name__)


def erase_dropped(settings: Settings, image: str, keys: Iterable[str]) -> bool:
    """Remove the files that a picture was taken in from, with their sidecars; of other content nothing is touched.

    Args:
        settings: name the inbox.
        image: sha256 of the picture.
        keys: names of its files in the inbox, as its sources tell.

    Returns:
        Whether nothing of it is left there; a file that cannot be removed is named in the log.
    """
    root, clean = settings.inbox / DONE, True
    for path in (found for key in set(keys) for found in _candidates(root, key)):
        try:
            if _sha256(path) != image:
                continue
            for one in (*_sidecars(path), path):
                one.unlink(missing_ok=True)
        except OSError as error:
            _log.warning("dropped_file_not_removed", path=str(path), cause=error.strerror)
            clean = False
            continue
        _leave_no_empty_folder(path.parent, root)
    return clean


def _candidates(root: Path, key: str) -> Iterator[Path]:
    """The file of that name, and those that were put beside it because there was one."""
    inside = text_to_path(key)
    if inside.is_absolute() or ".." in inside.parts:
        return
    path = root / inside
    beside = path.parent.glob(f"{glob.escape(path.stem)}~*{glob.escape(path.suffix)}")
    yield from (one for one in (path, *beside) if one.is_file() and not one.is_symlink())


def _sidecars(path: Path) -> list[Path]:
    """The sidecars beside a file, but for one that another picture of the same name needs too."""
    same = path.parent.glob(f"{glob.escape(path.stem)}.*")
    shared = any(one != path and not is_sidecar(one.name) for one in same)
    return [one for one in sidecars_of(path) if one.name.startswith(path.name) or not shared]


def _sha256(path: Path) -> str:
    seen = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            seen.update(piece)
    return seen.hexdigest()


def _leave_no_empty_folder(folder: Path, root: Path) -> None:
    with suppress(OSError):  # it is not empty
        while folder != root and folder.is_relative_to(root):
            folder.rmdir()
            folder = folder.parent
