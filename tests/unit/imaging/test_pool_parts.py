from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from darkroom.errors import Error
from darkroom.imaging.limits import Limits
from darkroom.imaging.memory import MemoryGate
from darkroom.imaging.source import opened


def test_what_fits_goes_in_together_and_a_giant_alone():
    gate = MemoryGate(100)
    inside: list[float] = []
    most: list[list[float]] = []
    lock = threading.Lock()

    def work(need: float) -> None:
        with gate.admit(need):
            with lock:
                inside.append(need)
                most.append(list(inside))
            time.sleep(0.02)
            with lock:
                inside.remove(need)

    threads = [threading.Thread(target=work, args=(need,)) for need in (40, 40, 500, 40, 90, 10, 500, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) == 8
    assert all(sum(group) <= 100 or len(group) == 1 for group in most)
    assert max(len(group) for group in most) >= 2


def admitted(gate: MemoryGate, need: float, entered: threading.Event, leave: threading.Event) -> threading.Thread:
    def work() -> None:
        with gate.admit(need):
            entered.set()
            leave.wait(10)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_what_the_machine_has_not_got_is_waited_for():
    free = [500.0]
    gate = MemoryGate(10_000, free_mb=lambda: free[0])
    events = [threading.Event() for _ in range(4)]
    leave = threading.Event()
    threads = [admitted(gate, 400, events[0], leave)]
    assert events[0].wait(5)
    threads.append(admitted(gate, 400, events[1], leave))
    assert not events[1].wait(0.8), "the limit allows it, the machine does not"
    free[0] = 900.0
    assert events[1].wait(5), "others have given memory back"
    free[0] = 0.0
    threads.append(admitted(gate, 5, events[2], leave))
    assert events[2].wait(5), "thumbnails need not ask"
    leave.set()
    for thread in threads:
        thread.join()
    with gate.admit(9_000):  # however little there is, one is always let in
        pass


def code(path: Path, *, max_bytes: int = 10**6) -> str:
    with pytest.raises(Error) as caught, opened(path, path.name, Limits(max_file_bytes=max_bytes)) as source:
        source.rest()
    return caught.value.code


def test_files_that_cannot_be_read_have_their_own_codes(tmp_path):
    (tmp_path / "empty").touch()
    (tmp_path / "large").write_bytes(b"x" * 100)
    os.mkfifo(tmp_path / "pipe")
    assert code(tmp_path / "absent") == "source_missing"
    assert code(tmp_path) == "source_unreadable"
    assert code(tmp_path / "pipe") == "source_unreadable"
    assert code(tmp_path / "empty") == "image_empty"
    assert code(tmp_path / "large", max_bytes=10) == "image_too_many_bytes"


def test_a_file_is_read_whole(tmp_path):
    path = tmp_path / "file"
    data = os.urandom(300_000)
    path.write_bytes(data)
    with opened(path, "file", Limits()) as source:
        assert source.rest() == data


@pytest.mark.parametrize("change", [b"x" * 400_000, b"x" * 100])
def test_a_file_that_changes_meanwhile_is_refused(tmp_path, change):
    path = tmp_path / "file"
    path.write_bytes(b"y" * 300_000)
    with opened(path, "file", Limits()) as source:
        path.write_bytes(change)
        with pytest.raises(Error) as caught:
            source.rest()
    assert caught.value.code == "source_changed"
    assert caught.value.retryable
