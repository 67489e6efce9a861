"""What happens to a file on disk once the database knows what became of it."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from darkroom import logs
from darkroom.connectors.folder import text_to_path
from darkroom.domain.ingest import BatchItem
from darkroom.services.sidecars import own_sidecars
from darkroom.settings import Settings

DONE = ".done"
"""Folder of the inbox for files that are in the library."""
FAILED = ".failed"
"""Folder for files that could not be taken in: they are replaced there and retried."""

_log = logs.get(__name__)


@dataclass(frozen=True)
class Seen:
    """What a file was when it was read: if it is another one now, it is not ours to move."""

    bytes: int
    modified_ns: int
    inode: int | None = None
    """None where only the manifest tells, after a run that died."""

    @classmethod
    def of(cls, path: Path) -> Seen | None:
        """The file as it is now, or None when it is not there."""
        try:
            found = path.stat(follow_symlinks=False)
        except OSError:
            return None
        return cls(found.st_size, found.st_mtime_ns, found.st_ino)

    def same(self, other: Seen | None) -> bool:
        """Whether both are the same version of the same file."""
        if other is None or (self.bytes, self.modified_ns) != (other.bytes, other.modified_ns):
            return False
        return self.inode is None or other.inode is None or self.inode == other.inode


class Landing:
    """Moves files after their transaction. Every step can be repeated: after a crash the next run does the rest.

    Args:
        settings: where inbox and uploads are, and whether inbox files are moved.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._moves = settings.inbox_mode == "move"

    def done(self, item: BatchItem, seen: Seen | None, batch: str) -> bool:
        """The file is in the library: put it where it does not count as new. False when it had to stay there.

        Args:
            item: of the manifest.
            seen: what was read; a file that differs now stays, it is taken as a new one.
            batch: tells apart files of the same name.
        """
        path = text_to_path(item.path)
        inside = _below(path, self._settings.inbox)
        if inside is not None and (self._moves or inside.parts[0] == FAILED):
            if inside.parts[0] == FAILED:
                inside = inside.relative_to(FAILED)
            target = _free(self._settings.inbox / DONE / inside, batch)
            return self._move_all(path, target, seen)
        if _below(path, self._settings.uploads) is not None:
            return self._discard(path, seen)
        return inside is None

    def aside(self, item: BatchItem, batch: str) -> Path:
        """Where a file that could not be taken in is going to lie: decided before the ledger names it."""
        path = text_to_path(item.path)
        for root, moved in ((self._settings.inbox, self._moves), (self._settings.uploads, True)):
            inside = _below(path, root)
            if inside is None or not moved or inside.parts[0] == FAILED:
                continue
            return _free(root / FAILED / inside, batch)
        return path

    def failed(self, item: BatchItem, target: Path, seen: Seen | None) -> bool:
        """The ledger has the file: put it where the ledger says. False when it had to stay."""
        path = text_to_path(item.path)
        return path == target or self._move_all(path, target, seen)

    def sweep(self, batch: str) -> None:
        """Remove the folder in which an upload was staged, once it is empty."""
        folder = self._settings.uploads / batch
        if folder.is_dir():
            for below, _, _ in os.walk(folder, topdown=False):
                with suppress(OSError):
                    Path(below).rmdir()

    def _move(self, path: Path, target: Path, seen: Seen | None) -> bool:
        there = Seen.of(path)
        if there is None:
            return True  # moved by the run that died, or taken away
        if seen is not None and not seen.same(there):
            _log.info("file_changed_after_reading", path=str(path))
            return True
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            _rename(path, target)
        except OSError as error:
            _log.warning("file_not_moved", path=str(path), target=str(target), cause=error.strerror)
            return False
        return True

    def _move_all(self, path: Path, target: Path, seen: Seen | None) -> bool:
        """Move a picture, and its sidecars behind it: one that has to stay does so alone."""
        if not self._move(path, target, seen):
            return False
        if not path.exists():  # else it is another file by now, and they are that one's
            for one in own_sidecars(path):
                name = target.stem if one.stem == path.stem else target.name
                self._move(one, _free(target.with_name(name + one.suffix), "again"), None)
        return True

    def _discard(self, path: Path, seen: Seen | None) -> bool:
        there = Seen.of(path)
        if there is None or (seen is not None and not seen.same(there)):
            return True
        try:
            path.unlink()
        except OSError as error:
            _log.warning("file_not_removed", path=str(path), cause=error.strerror)
            return False
        for one in own_sidecars(path):
            with suppress(OSError):
                one.unlink()
        return True


def _below(path: Path, root: Path) -> Path | None:
    """The path relative to the root, or None when it is not below it."""
    try:
        inside = path.relative_to(root)
    except ValueError:
        return None
    return inside if inside.parts else None


def _free(target: Path, batch: str) -> Path:
    """The target, or one beside it when an earlier file of that name lies there."""
    if not target.exists():
        return target
    beside = target.with_name(f"{target.stem}~{batch}{target.suffix}")
    number = 1
    while beside.exists():
        number += 1
        beside = target.with_name(f"{target.stem}~{batch}~{number}{target.suffix}")
    return beside


def _rename(path: Path, target: Path) -> None:
    try:
        path.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        # A folder of the inbox may be a disk of its own.
        shutil.move(path, target)
