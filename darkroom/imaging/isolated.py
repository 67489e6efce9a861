"""Decoder processes seen from the pool: started when needed, stopped at a time limit, replaced after a crash."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import darkroom
from darkroom.errors import Error
from darkroom.imaging import native
from darkroom.imaging.memory import MemoryGate
from darkroom.imaging.worker import GO, LATER, Postponed, Setup, Task

START_SECONDS = 60.0
_STARTS = 3
# Native libraries leak a little; a fresh process costs half a second.
PICTURES_PER_PROCESS = 2_000


class DecoderProcess:
    """One decoder process."""

    def __init__(self, setup: Setup) -> None:
        native.prepare_environment()
        ours, theirs = Pipe()
        root = str(Path(darkroom.__file__).parent.parent)
        path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH", "")) if part)
        self.connection: Connection[Any, Any] = ours
        self.pictures = 0
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "darkroom.imaging.worker", str(theirs.fileno())],
            pass_fds=(theirs.fileno(),),
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        theirs.close()
        # The sink's module may only be importable with this process's path.
        ours.send(sys.path)
        ours.send(setup)
        try:
            if not ours.poll(START_SECONDS):
                raise EOFError
            ours.recv()
        except (EOFError, OSError):
            self.kill()
            raise

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def lives(self) -> bool:
        """Whether nobody has ended it while it waited."""
        return self._process.poll() is None

    def kill(self) -> str:
        """End it at once; what it died of, in words."""
        self._process.kill()
        status = self._process.wait()
        self.connection.close()
        return _cause_of_death(status)

    def death(self) -> str:
        """What it died of by itself."""
        try:
            status = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return self.kill()
        self.connection.close()
        return _cause_of_death(status)

    def close(self) -> None:
        """Let it end; kill it if it does not."""
        self.connection.close()
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _cause_of_death(status: int) -> str:
    if status >= 0:
        return f"exit status {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"


class IsolatedLane:
    """Has tasks done by decoder processes, as many as there are callers at the same time."""

    def __init__(self, setup: Setup, *, timeout: float, gate: MemoryGate) -> None:
        self._setup = setup
        self._timeout = timeout
        self._gate = gate
        self._idle: list[DecoderProcess] = []
        self._lock = threading.Lock()
        # The kernel ends a process with the thread that started it: one thread that lives as long as the lane.
        self._spawner = ThreadPoolExecutor(1, thread_name_prefix="decoder-spawner")

    def do(self, work: Task, size: int, *, most_mb: float | None = None) -> Any:
        """Have one task done; returns what it returns.

        Args:
            size: of the file, in bytes.
            most_mb: memory that it may need; None: any.

        Raises:
            Error: an `image_*`, `source_*` or `storage_*` code; `image_timeout` and `decoder_crashed` among them.
            Postponed: it would need more than `most_mb`, as its header says.
        """
        process = self._take()
        try:
            result = self._converse(process, work, size, most_mb)
        except Postponed:
            self._give_back(process)
            raise
        except (EOFError, OSError) as error:
            raise Error("decoder_crashed", f"{work.name} ended its decoder: {process.death()}.") from error
        except BaseException:
            process.kill()
            raise
        self._give_back(process)
        if isinstance(result, Error):
            raise result
        return result

    def _converse(self, process: DecoderProcess, work: Task, size: int, most_mb: float | None) -> Any:
        alone = size / 1e6 > self._setup.memory_mb / 8
        # What a file of that size needs is not known before it is read: it goes in alone.
        with self._gate.admit(self._setup.memory_mb if alone else 0):
            process.connection.send(work)
            kind, value = self._receive(process, work)
            if kind == "done":
                return value
            if most_mb is not None and value > most_mb:
                process.connection.send(LATER)
                self._receive(process, work)
                raise Postponed
            if alone:
                return self._go(process, work)
        with self._gate.admit(value):
            return self._go(process, work)

    def _go(self, process: DecoderProcess, work: Task) -> Any:
        process.connection.send(GO)
        return self._receive(process, work)[1]

    def _receive(self, process: DecoderProcess, work: Task) -> tuple[str, Any]:
        seconds = self._timeout if work.seconds is None else work.seconds
        if not process.connection.poll(seconds):
            raise Error("image_timeout", f"{work.name} was not done within {seconds:g} s.")
        return process.connection.recv()  # type: ignore[no-any-return]

    def _take(self) -> DecoderProcess:
        with self._lock:
            while self._idle:
                process = self._idle.pop()
                if process.lives:
                    return process
                process.kill()
        for attempt in range(1, _STARTS + 1):
            try:
                return self._spawner.submit(DecoderProcess, self._setup).result()
            except (EOFError, ConnectionError, BrokenPipeError) as error:
                # Somebody ended it, the system for want of memory perhaps: no picture has anything to do with that.
                if attempt == _STARTS:
                    cause = "Decoder processes end while they start; their last words are in the log."
                    raise Error("internal", cause) from error
            except OSError as error:
                raise Error("image_out_of_memory", f"A decoder process could not be started: {error}.") from error
        raise AssertionError

    def _give_back(self, process: DecoderProcess) -> None:
        process.pictures += 1
        if process.pictures >= PICTURES_PER_PROCESS:
            process.close()
            return
        with self._lock:
            self._idle.append(process)

    def close(self) -> None:
        """End all processes."""
        with self._lock:
            idle, self._idle = self._idle, []
        for process in idle:
            process.close()
        self._spawner.shutdown(wait=True)
