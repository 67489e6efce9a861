"""A process is known by its number and the moment it began, so that no other is ever taken for it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from resources import processes


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield process
    process.kill()
    process.wait()


def test_a_process_keeps_its_identity_as_long_as_it_lives(sleeper: subprocess.Popen[bytes]) -> None:
    known = processes.identity(sleeper.pid)
    assert known is not None
    assert known.startswith(f"{sleeper.pid}@")
    assert processes.identity(sleeper.pid) == known
    assert processes.identity(os.getpid()) != known
    assert processes.is_alive(known)


def test_a_process_nobody_has_fetched_yet_counts_as_dead(sleeper: subprocess.Popen[bytes]) -> None:
    known = processes.identity(sleeper.pid) or ""
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    assert not processes.is_alive(known)
    assert processes.interrupt(known) is False
    sleeper.wait()
    assert processes.identity(sleeper.pid) is None


def test_another_process_with_the_same_number_is_left_alone(sleeper: subprocess.Popen[bytes]) -> None:
    earlier = f"{sleeper.pid}@1"
    assert not processes.is_alive(earlier)
    assert processes.interrupt(earlier) is False
    time.sleep(0.1)
    assert sleeper.poll() is None


@pytest.mark.parametrize("words", ["", "@", "no process", "12345678901234567890@1", "-1@1", "0@0"])
def test_nonsense_names_no_process(words: str) -> None:
    assert not processes.is_alive(words)
    assert processes.interrupt(words) is False


def test_an_interrupted_process_gets_what_ctrl_c_sends(sleeper: subprocess.Popen[bytes]) -> None:
    assert processes.interrupt(processes.identity(sleeper.pid) or "") is True
    assert sleeper.wait(timeout=20) == -signal.SIGINT
