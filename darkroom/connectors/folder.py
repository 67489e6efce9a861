"""A folder of this machine as a source of pictures, and the rules by which a file in it counts as complete."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import stat
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from urllib.parse import quote_from_bytes, unquote_to_bytes

from darkroom import logs
from darkroom.connectors.base import Listed
from darkroom.errors import Error

_log = logs.get(__name__)

_LITTER = frozenset({"thumbs.db", "desktop.ini", "ehthumbs.db"})
"""Files that desktops leave in picture folders."""
_PARTIAL = (".part", ".partial", ".crdownload", ".download", ".filepart", ".tmp")
"""Endings that browsers and copy programs give to files that are not complete yet."""
_RAW_PATH = "bytes:"


class FolderConnector:
    """Lists a folder and everything below it.

    Hidden names, partial downloads, links and special files are left out, so nothing outside the folder is ever read.

    Args:
        root: the folder; one that does not exist has no files.
        name: the connector's name in sources.
    """

    def __init__(self, root: Path, name: str = "folder") -> None:
        self.root = root
        self.name = name

    def list(self, since: int | None = None) -> Iterator[Listed]:
        """The files below the root, folder by folder in order of their names."""
        folders = [(self.root, "")]
        while folders:
            folder, prefix = folders.pop()
            below = []
            for entry in _entries(folder):
                key = prefix + _readable(entry.name)
                if entry.is_dir(follow_symlinks=False):
                    below.append((Path(entry.path), key + "/"))
                elif (found := _regular(entry, key)) and (since is None or found.changed_ns >= since):
                    yield found
            folders.extend(reversed(below))

    def open(self, key: str) -> BinaryIO:
        """The bytes of one file."""
        try:
            return self.locate(key).open("rb")
        except FileNotFoundError as error:
            raise Error("source_missing", f"{key} is not in {self.root}.", key=key) from error
        except PermissionError as error:
            raise Error("source_unreadable", f"{key} in {self.root} cannot be opened for reading.", key=key) from error
        except OSError as error:
            raise Error("source_io", f"Reading {key} in {self.root} failed: {error.strerror}.", key=key) from error

    @contextmanager
    def write(self, key: str) -> Iterator[BinaryIO]:
        """A file that appears under `key` in one step when the block ends."""
        target = self.locate(key)
        name = None
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            # A hidden name, so that nobody lists it before it is complete.
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=".writing-")
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(target)
            name = None
        except OSError as error:
            raise storage_error(error, target) from error
        finally:
            if name is not None:
                Path(name).unlink(missing_ok=True)

    def locate(self, key: str) -> Path:
        """Where the file of that key lies.

        Raises:
            Error: `invalid_parameter` for anything but a plain relative path.
        """
        parts = PurePosixPath(key).parts
        if not parts or key.startswith("/") or ".." in parts or "\0" in key:
            raise Error("invalid_parameter", f"{key!r} is not a relative path inside the folder.", parameter="key")
        return self.root.joinpath(*parts)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return sorted((entry for entry in found if _wanted(entry.name)), key=lambda entry: entry.name)
    except FileNotFoundError:  # moved away since it was listed
        return []
    except OSError as error:
        _log.warning("folder_not_listed", folder=str(folder), cause=error.strerror)
        return []


def _wanted(name: str) -> bool:
    lower = name.lower()
    return not (name.startswith((".", "~$")) or lower in _LITTER or lower.endswith(_PARTIAL))


def _regular(entry: os.DirEntry[str], key: str) -> Listed | None:
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError:  # gone since it was listed
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return Listed(key, Path(entry.path), found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _readable(name: str) -> str:
    """The name as text that can be stored, also when its bytes are not UTF-8."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def path_to_text(path: Path) -> str:
    """The path as text that a database can hold and `text_to_path` brings back, whatever its bytes are."""
    raw = os.fsencode(path)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return _RAW_PATH + quote_from_bytes(raw)


def text_to_path(text: str) -> Path:
    """The path that `path_to_text` made the text from."""
    if text.startswith(_RAW_PATH):
        return Path(os.fsdecode(unquote_to_bytes(text.removeprefix(_RAW_PATH))))
    return Path(text)


def being_written(path: Path) -> bool:
    """Whether some program has the file open for writing, where the system can tell (Linux, own files)."""
    set_lease = getattr(fcntl, "F_SETLEASE", None)
    if set_lease is None:
        return False
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        # The kernel grants a read lease only when nobody has the file open for writing. Who opens it in the next
        # microseconds breaks the lease: tell us by a signal that is ignored by default (SIGIO would end the process).
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(handle, set_lease, fcntl.F_RDLCK)
        fcntl.fcntl(handle, set_lease, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno in (errno.EAGAIN, errno.EACCES) and os.fstat(handle).st_uid == os.geteuid()
    finally:
        with suppress(OSError):
            os.close(handle)
    return False


class Settling:
    """Decides which files have stopped growing, over several looks at the folder.

    A file counts as settled once it has not changed for `seconds` by its own times, or once two looks at least that far
    apart saw the same size and time (its clock may be ahead of ours, as on network drives), and nobody writes to it.

    Args:
        seconds: how long it must have been unchanged.
        seen: what `waiting` was after the last look: key -> (bytes, modified_ns, when it was first seen so).
    """

    MOST_WAITING = 5_000
    """Files remembered between looks; more than that settle by their own times only."""

    def __init__(self, seconds: float, seen: Mapping[str, tuple[int, int, float]] | None = None) -> None:
        self.seconds = seconds
        self._seen = dict(seen or {})
        self.waiting: dict[str, tuple[int, int, float]] = {}
        self.earliest_ns: int | None = None
        """Earliest change among the files that are not complete."""

    def settled(self, files: Iterable[Listed], now: float) -> Iterator[Listed]:
        """Those of the files that are complete; the others are in `waiting` afterwards."""
        for file in files:
            if self._quiet(file, now) and not being_written(file.path):
                yield file
                continue
            self.earliest_ns = min(file.changed_ns, self.earliest_ns or file.changed_ns)
            if len(self.waiting) < self.MOST_WAITING:
                size, modified, first = self._seen.get(file.key, (file.bytes, file.modified_ns, now))
                same = (size, modified) == (file.bytes, file.modified_ns)
                self.waiting[file.key] = (file.bytes, file.modified_ns, first if same else now)

    def _quiet(self, file: Listed, now: float) -> bool:
        if now - max(file.modified_ns, file.changed_ns) / 1e9 >= self.seconds:
            return True
        size, modified, first = self._seen.get(file.key, (-1, -1, now))
        return (size, modified) == (file.bytes, file.modified_ns) and now - first >= self.seconds


def storage_error(error: OSError, path: Path) -> Error:
    """The row of the error table for a failed write."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Error("storage_full", f"No space is left to write {path}.", path=str(path))
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return Error("storage_read_only", f"{path} cannot be written: {error.strerror}.", path=str(path))
    return Error("storage_io", f"Writing {path} failed: {error.strerror}.", path=str(path))
