"""The home folder: made, checked and locked before anything starts."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import tempfile
from pathlib import Path

import psutil

from darkroom.errors import Error
from darkroom.runtime import RuntimeInfo, read_runtime
from darkroom.settings import Settings

NEEDED_BYTES = 1_000_000_000
"""Free space below which nothing is started: a database that fills its disk may not come up again."""


def make_home(settings: Settings) -> None:
    """Create the folders of the home and check that it can be used.

    Raises:
        Error: `storage_read_only`, `storage_full` or `invalid_setting`.
    """
    home = settings.home_path
    try:
        for folder in (settings.inbox, settings.uploads, settings.blobs, settings.dagster_home, settings.logs):
            folder.mkdir(parents=True, exist_ok=True)
        # Addresses of services and the lock are nobody else's business.
        settings.run_dir.mkdir(mode=0o700, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.run_dir) as file:
            file.write(b"\0" * 4096)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise _explain(error, home) from error
    check_space(home, shutil.disk_usage(home).free)


def _explain(error: OSError, home: Path) -> Error:
    where = f"The home folder {home}"
    if error.errno == errno.ENOSPC:
        return Error("storage_full", f"{where} is on a disk without any free space.")
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        kind = "is on a read-only disk" if error.errno == errno.EROFS else "may not be written to by you"
        return Error("storage_read_only", f"{where} {kind}.")
    remedy = "Choose a folder on a disk of this machine with --home (or DARKROOM_HOME)."
    if error.errno in (errno.EEXIST, errno.ENOTDIR):
        return Error("invalid_setting", f"{where} is not a folder: {error.filename} is a file.", remedy=remedy)
    return Error("storage_io", f"{where} cannot be used: {error.strerror or error}.", remedy=remedy)


def check_space(home: Path, free: int) -> None:
    """Return if `free` bytes are enough to start.

    Raises:
        Error: `storage_full`.
    """
    if free < NEEDED_BYTES:
        raise Error(
            "storage_full",
            f"Only {free / 1e9:.2f} GB are free on the disk of {home}; Darkroom needs {NEEDED_BYTES / 1e9:.0f} GB to start.",
            remedy="Free some space, or choose a home on another disk with --home (or DARKROOM_HOME).",
            free=free,
        )


def live_supervisor(settings: Settings) -> RuntimeInfo | None:
    """What the supervisor of a home last wrote, if that very process is alive."""
    info = read_runtime(settings)
    if info is None:
        return None
    try:
        process = psutil.Process(info.pid)
        # Killed and not yet fetched by its parent, or a younger process that got the same number: not ours.
        ours = process.status() != psutil.STATUS_ZOMBIE and process.create_time() <= info.started_at.timestamp() + 1
    except psutil.NoSuchProcess:
        return None
    except psutil.AccessDenied:
        return info
    return info if ours else None


class HomeLock:
    """Held by the one supervisor of a home; the kernel gives it back however its holders end."""

    def __init__(self, settings: Settings) -> None:
        self.path = settings.run_dir / "supervisor.lock"
        self._home = settings.home_path
        self._file: int | None = None

    def acquire(self) -> int:
        """Take it and return its file descriptor.

        Raises:
            Error: `already_running`.
        """
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(file)
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise _explain(error, self._home) from error
            raise Error("already_running", f"A Darkroom is running on {self._home} already.") from error
        self._file = file
        return file

    def release(self) -> None:
        """Give it back."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def is_held(self) -> bool:
        """Whether a supervisor (or the guardian of one that died) holds it."""
        try:
            file = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(file)
        return False
