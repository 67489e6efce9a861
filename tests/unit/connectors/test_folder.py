"""What the folder connector lists, and when a file counts as complete."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from darkroom.connectors.base import Connector, Listed
from darkroom.connectors.folder import FolderConnector, Settling, being_written, path_to_text, text_to_path
from darkroom.errors import Error


def keys(root: Path) -> list[str]:
    return [one.key for one in FolderConnector(root).list()]


def put(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


def test_lists_below_sub_folders_in_order_of_names(tmp_path: Path) -> None:
    put(tmp_path, "b.jpg", "a.jpg", "z/1.jpg", "y/x/2.jpg", "y/0.jpg")
    assert keys(tmp_path) == ["a.jpg", "b.jpg", "y/0.jpg", "y/x/2.jpg", "z/1.jpg"]
    (first, *_) = FolderConnector(tmp_path).list()
    found = (tmp_path / "a.jpg").stat()
    assert first == Listed("a.jpg", tmp_path / "a.jpg", 5, found.st_mtime_ns, found.st_ctime_ns)


def test_leaves_out_hidden_partial_and_littered_names(tmp_path: Path) -> None:
    put(tmp_path, ".hidden.jpg", ".done/a.jpg", "x/.failed/b.jpg", "c.jpg.part", "d.CRDOWNLOAD", "Thumbs.db", "~$e.jpg")
    put(tmp_path, "kept.jpg")
    assert keys(tmp_path) == ["kept.jpg"]


def test_follows_no_link_and_reads_no_special_file(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    put(outside, "secret.jpg")
    root = tmp_path / "root"
    root.mkdir()
    (root / "file.jpg").symlink_to(outside / "secret.jpg")
    (root / "folder").symlink_to(outside)
    os.mkfifo(root / "pipe.jpg")
    assert keys(root) == []


def test_a_missing_root_is_empty(tmp_path: Path) -> None:
    assert keys(tmp_path / "nowhere") == []


def test_since_looks_at_changes_not_at_modification(tmp_path: Path) -> None:
    put(tmp_path, "a.jpg")
    before = time.time_ns()
    time.sleep(0.02)
    put(tmp_path, "old.jpg")
    os.utime(tmp_path / "old.jpg", (1_000_000_000, 1_000_000_000))
    assert [one.key for one in FolderConnector(tmp_path).list(before)] == ["old.jpg"]


def test_names_that_are_not_utf8_become_text_and_come_back(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.jpg"))
    path.write_bytes(b"x")
    (found,) = FolderConnector(tmp_path).list()
    assert found.key == "caf\\xe9.jpg"
    text = path_to_text(found.path)
    assert text.encode()  # can be stored
    assert text_to_path(text).read_bytes() == b"x"
    assert path_to_text(tmp_path) == str(tmp_path)


def test_open_and_write_one_file(tmp_path: Path) -> None:
    folder: Connector = FolderConnector(tmp_path)
    with folder.write("a/b.jpg") as file:
        file.write(b"pixels")
        assert keys(tmp_path) == []  # not before it is complete
    with folder.open("a/b.jpg") as file:
        assert file.read() == b"pixels"


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        with FolderConnector(tmp_path).write("a.jpg") as file:
            file.write(b"half")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("key", ["", "/etc/passwd", "../x", "a/../../x", "a\0b"])
def test_keys_that_leave_the_folder_are_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(Error) as caught:
        FolderConnector(tmp_path).open(key)
    assert caught.value.code == "invalid_parameter"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Error, match=r"a\.jpg is not in") as caught:
        FolderConnector(tmp_path).open("a.jpg")
    assert caught.value.code == "source_missing"


def listed(*, size: int = 10, modified: float, changed: float | None = None) -> Listed:
    times = int(modified * 1e9), int((modified if changed is None else changed) * 1e9)
    return Listed("a.jpg", Path("/nowhere/a.jpg"), size, *times)


def test_a_file_settles_once_its_times_are_old_enough() -> None:
    settling = Settling(1.0)
    assert list(settling.settled([listed(modified=100)], now=100.5)) == []
    assert settling.earliest_ns == 100_000_000_000
    assert len(list(Settling(1.0).settled([listed(modified=100)], now=101.0))) == 1
    assert list(Settling(1.0).settled([listed(modified=50, changed=100)], now=100.5)) == []


def test_a_file_of_a_clock_ahead_settles_by_two_looks() -> None:
    file = listed(modified=500)
    first = Settling(1.0)
    assert list(first.settled([file], now=100.0)) == []
    second = Settling(1.0, first.waiting)
    assert list(second.settled([listed(modified=501)], now=101.5)) == []  # it grew
    third = Settling(1.0, second.waiting)
    assert list(third.settled([listed(modified=501)], now=102.0)) == []
    assert len(list(Settling(1.0, third.waiting).settled([listed(modified=501)], now=102.6))) == 1


def test_sees_who_writes_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    with path.open("wb") as file:
        file.write(b"x")
        assert being_written(path) is hasattr(__import__("fcntl"), "F_SETLEASE")
    assert being_written(path) is False
    assert being_written(tmp_path / "nowhere") is False


def test_asking_who_writes_survives_writers_that_come_meanwhile(tmp_path: Path) -> None:
    """Breaking a lease sends a signal that would end the process if it were the default one."""
    path = tmp_path / "a.jpg"
    path.write_bytes(b"x")
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            with path.open("r+b") as file:
                file.write(b"y")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        answers = {being_written(path) for _ in range(2000)}
    finally:
        stop.set()
        writer.join()
    assert answers <= {True, False}
