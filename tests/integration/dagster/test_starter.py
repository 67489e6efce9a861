"""The process whose copies are runs, asked directly: whom it serves, and when it refuses."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from darkroom.settings import Settings
from darkroom.supervisor import run_socket
from resources import processes
from resources import starter as starter_module
from tests.stack import ROOT, TOOLS, environment_of, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not run_socket.SUPPORTED, reason="runs are forked on Linux only"),
]

COMMAND = [str(TOOLS / "dagster"), "api", "execute_run", "{}"]
"""Names Dagster; never told to go, it does nothing."""


class Asked:
    """A starter on a copy of the code, which a test may change."""

    def __init__(self, folder: Path) -> None:
        self.code = folder / "code"
        for name in ("assets", "darkroom", "jobs", "resources", "sensors"):
            shutil.copytree(ROOT / name, self.code / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("definitions.py", "pyproject.toml"):
            shutil.copy(ROOT / name, self.code / name)
        settings = Settings(home=folder / "home", samples=False)
        self.home = settings.dagster_home
        self.home.mkdir(parents=True)
        self._env = environment_of(settings) | {"PYTHONPATH": str(self.code)}
        self.log = folder / "starter.log"
        self.start()

    def start(self) -> None:
        """Start it and wait until it listens."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "resources.starter", str(self.home)],
                cwd=self.code, env=self._env, stdout=log, stderr=log,
            )  # fmt: skip
        self.wait()

    def wait(self) -> None:
        """Wait until it listens."""
        wait_until(self.listens, seconds=60, what="the starter listens")

    def listens(self) -> bool:
        """Whether it does."""
        try:
            run_socket.connected(self.home, seconds=5).close()
        except OSError:
            return False
        return True

    def ask(self, command: list[str]) -> tuple[dict[str, str], int | None]:
        """Its answer, and the process that then waits to be told to go, which it is not."""
        answers: list[tuple[dict[str, str], int | None]] = []

        def ask() -> bool:
            # It may be about to load everything anew, and forgets who waits.
            with contextlib.suppress(OSError):
                answers.extend(self._ask(command))
            return bool(answers)

        wait_until(ask, seconds=60, what="the starter answers")
        return answers[0]

    def _ask(self, command: list[str]) -> list[tuple[dict[str, str], int | None]]:
        with run_socket.connected(self.home, seconds=20) as connection:
            connection.send(json.dumps(command).encode())
            if not (words := run_socket.received(connection)):
                return []
            answer: dict[str, str] = json.loads(words)
            if "process" not in answer:
                return [(answer, None)]
            assert processes.is_alive(answer["process"])
            return [(answer, int(answer["process"].partition("@")[0]))]

    def threads(self) -> int:
        """How many it has."""
        return psutil.Process(self.process.pid).num_threads()


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """One for all tests here: each leaves it as it was."""
    asked = Asked(tmp_path_factory.mktemp("starter"))
    yield asked
    asked.process.kill()
    asked.process.wait()


def test_it_has_one_thread_and_copies_end_when_they_are_not_told_to_go(starter: Asked) -> None:
    assert starter.threads() == 1
    answer, pid = starter.ask(COMMAND)
    assert pid is not None
    wait_until(lambda: not processes.is_alive(answer["process"]), seconds=20, what="the copy ends")
    answer, other = starter.ask([sys.executable, "-m", "dagster", "api", "execute_run", "{}"])
    assert other not in {None, pid}
    wait_until(lambda: psutil.Process(starter.process.pid).children() == [], seconds=20, what="nothing is left")
    assert (starter.threads(), starter.process.poll()) == (1, None)


def test_a_copy_has_all_modules_and_signals_at_their_default(starter: Asked) -> None:
    with run_socket.connected(starter.home, seconds=20) as connection:
        connection.send(json.dumps(COMMAND).encode())
        pid = int(json.loads(run_socket.received(connection))["process"].partition("@")[0])
        status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        ignored, blocked = (int(status[name].strip(), 16) for name in ("SigIgn", "SigBlk"))
        assert blocked == 0
        assert not ignored & (1 << (signal.SIGINT - 1) | 1 << (signal.SIGTERM - 1) | 1 << (signal.SIGCHLD - 1))
        assert os.getpgid(pid) == os.getpgid(starter.process.pid)
        loaded = Path(f"/proc/{pid}/maps").read_text()
        assert all(name in loaded for name in ("cv2", "_sqlite3", "_cbson", "_imaging"))
        # It listens to nobody but whoever asked for it.
        sockets = [one for one in Path(f"/proc/{pid}/fd").iterdir() if str(one.readlink()).startswith("socket:")]
        assert len(sockets) == 1


@pytest.mark.parametrize("command", [["/bin/true"], ["dagster-of-another-place", "api"], [sys.executable, "-c", "1"]])
def test_other_programs_are_refused(starter: Asked, command: list[str]) -> None:
    answer, pid = starter.ask(command)
    assert pid is None
    assert answer["refused"].startswith("it cannot stand for [")


def test_nonsense_does_not_end_it(starter: Asked) -> None:
    for words in (b"", b"null", b"[]", b"5", b"{", b"\xff"):
        with run_socket.connected(starter.home, seconds=20) as connection:
            connection.send(words)
            assert run_socket.received(connection) == b""
    assert starter.ask(COMMAND)[1] is not None


def test_changed_code_is_never_run_from_memory(starter: Asked) -> None:
    module = starter.code / "darkroom" / "services" / "ingest.py"
    module.write_text(module.read_text() + "\n")
    answer, pid = starter.ask(COMMAND)
    assert (answer, pid) == ({"refused": "the code has changed"}, None)
    # The same process loads everything anew, once no copy of it is left.
    wait_until(lambda: starter.ask(COMMAND)[1], seconds=60, what="it serves again")
    assert starter.process.poll() is None


def test_broken_code_is_left_to_fresh_processes_until_it_is_mended(starter: Asked) -> None:
    module = starter.code / "definitions.py"
    sound = module.read_text()
    module.write_text(f"{sound}\nraise RuntimeError('not today')\n")
    assert starter.ask(COMMAND)[0] == {"refused": "the code has changed"}
    broken = {"refused": "RuntimeError: not today"}
    wait_until(lambda: starter.ask(COMMAND)[0] == broken, seconds=60, what="it says what is wrong")
    module.write_text(sound)
    # It may have read the broken file once more before.
    wait_until(lambda: starter.ask(COMMAND)[1], seconds=60, what="it serves again")


def test_a_file_that_changes_while_it_is_loaded_counts_as_changed() -> None:
    here = str(ROOT / "resources" / "starter.py")
    now = starter_module.on_disk()
    assert starter_module.sources(now)[here] == now[here]
    assert starter_module.sources({here: (1, 1)})[here] == (1, 1)


def test_a_second_one_for_the_same_home_does_not_start(starter: Asked) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "resources.starter", str(starter.home)], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 1
    assert b"Address already in use" in done.stderr
    assert starter.ask(COMMAND)[1] is not None
