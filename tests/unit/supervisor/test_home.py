"""The home folder: made, checked, locked."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from darkroom.domain.base import now
from darkroom.errors import Error
from darkroom.runtime import RuntimeInfo, write_runtime
from darkroom.settings import Settings
from darkroom.supervisor.home import HomeLock, _explain, check_space, live_supervisor, make_home


def info(pid: int, age: float = 0.0) -> RuntimeInfo:
    """A state file as a supervisor with that process would write it."""
    return RuntimeInfo(
        pid=pid,
        started_at=now() - timedelta(seconds=age),
        ready=True,
        mongo_uri="mongodb://x",
        web_url="http://x",
        dagster_url="http://y",
    )


@contextmanager
def without_privileges(folder: Path) -> Iterator[None]:
    """As a user who may read `folder` but not write to it."""
    folder.chmod(0o555)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        folder.chmod(0o755)


def test_all_folders_are_made(settings: Settings):
    make_home(settings)
    assert {path.name for path in settings.home_path.iterdir()} == {
        "inbox",
        "uploads",
        "blobs",
        "dagster",
        "logs",
        "run",
    }
    assert settings.run_dir.stat().st_mode & 0o777 == 0o700
    make_home(settings)  # once more changes nothing and raises nothing


def test_a_home_that_may_not_be_written_to_is_refused_with_a_remedy(tmp_path: Path):
    folder = tmp_path / "shelf"
    folder.mkdir()
    with without_privileges(folder), pytest.raises(Error) as caught:
        make_home(Settings(home=folder / "home"))
    assert caught.value.code == "storage_read_only"
    assert caught.value.remedy == "Choose another --home, or make the disk writable."
    assert not (folder / "home").exists()


def test_a_home_that_is_a_file_is_refused(tmp_path: Path):
    (tmp_path / "home").write_text("I am a file")
    with pytest.raises(Error) as caught:
        make_home(Settings(home=tmp_path / "home"))
    assert caught.value.code == "invalid_setting"
    assert "is a file" in caught.value.cause


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [
        (errno.ENOSPC, "storage_full", "is on a disk without any free space"),
        (errno.EROFS, "storage_read_only", "is on a read-only disk"),
        (errno.EACCES, "storage_read_only", "may not be written to by you"),
        (errno.EIO, "storage_io", "cannot be used"),
    ],
)
def test_each_kind_of_bad_disk_has_words(number: int, code: str, words: str):
    error = _explain(OSError(number, os.strerror(number)), Path("/home/me/data"))
    assert error.code == code
    assert error.cause.startswith("The home folder /home/me/data ")
    assert words in error.cause


def test_a_disk_that_is_nearly_full_is_refused():
    check_space(Path("/data"), 1_000_000_000)
    with pytest.raises(Error) as caught:
        check_space(Path("/data"), 12_000_000)
    assert caught.value.code == "storage_full"
    assert caught.value.cause == "Only 0.01 GB are free on the disk of /data; Darkroom needs 1 GB to start."


def test_the_lock_is_held_by_one(settings: Settings):
    make_home(settings)
    first, second = HomeLock(settings), HomeLock(settings)
    assert not second.is_held()
    first.acquire()
    assert second.is_held()
    with pytest.raises(Error) as caught:
        second.acquire()
    assert caught.value.code == "already_running"
    first.release()
    assert not second.is_held()
    second.acquire()
    second.release()


def test_a_lock_on_a_home_that_is_not_there_is_not_held(settings: Settings):
    assert not HomeLock(settings).is_held()


def test_a_state_file_counts_only_while_its_writer_lives(settings: Settings):
    assert live_supervisor(settings) is None
    write_runtime(settings, info(os.getpid()))
    assert live_supervisor(settings) is not None
    # The number of the writer went to a younger process.
    write_runtime(settings, info(os.getpid(), age=365 * 86400))
    assert live_supervisor(settings) is None
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    write_runtime(settings, info(child))
    try:
        assert live_supervisor(settings) is None  # a zombie
    finally:
        os.waitpid(child, 0)
    assert live_supervisor(settings) is None
