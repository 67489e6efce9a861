"""Tries models that this process has not seen in a process of its own: a file that ends the runtime costs that process and is refused.

The runtime is written in C++, where a wrong attribute or a missing input can end the whole process instead of being an error. So a model is
loaded and shown two small pictures where that does no harm. It costs half a second for the first model and some milliseconds for
each further one, once for each content.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import darkroom
from darkroom.errors import Error
from darkroom.imaging import native
from darkroom.imaging.operations.learned_onnx import Facts, Port

SECONDS = 120.0
"""Longest time that loading a model and showing it a small picture may take."""
ROOM_MB = 4_096
"""Memory that this may take, beside what the weights do."""
SIDES = ((64, 64), (40, 92))
"""Of the pictures, height and width in pixels, where the model takes any size."""
_START_SECONDS = 60.0
_IDLE_SECONDS = 10.0
_REMEMBERED = 1_024
_SMALL = f"a picture of {SIDES[0][0]} pixels"
_KINDS = {1: "float32", 2: "uint8", 6: "int32", 7: "int64", 10: "float16"}
# What says nothing of the model: somebody else ended the process, for want of memory perhaps.
_NOT_ITS_FAULT = (signal.SIGKILL, signal.SIGTERM)

Shown = tuple[str, str, tuple[int, ...]]
"""Name, kind and shape of an input."""


class _Room:
    """The process, which ends by itself when nobody has asked for a while."""

    def __init__(self) -> None:
        native.prepare_environment()
        ours, theirs = Pipe()
        root = str(Path(darkroom.__file__).parent.parent)
        path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH", "")) if part)
        self.owner = os.getpid()
        self._connection: Connection[Any, Any] = ours
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "darkroom.imaging.operations.learned_trial", str(theirs.fileno())],
            pass_fds=(theirs.fileno(),),
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        theirs.close()
        try:
            if not ours.poll(_START_SECONDS):
                raise EOFError
            ours.recv()
        except (EOFError, OSError) as error:
            self.end()
            raise Error("internal", "The process in which models are tried did not start.") from error

    def show(self, data: bytes, pictures: Sequence[Sequence[Shown]]) -> str:
        """What became of it: nothing, or what is wrong with the model.

        Args:
            data: the model.
            pictures: of each, all inputs that the model takes.

        Raises:
            EOFError, OSError: the process ended.
            TimeoutError: it took too long.
        """
        self._connection.send(pictures)
        self._connection.send_bytes(data)
        if not self._connection.poll(SECONDS):
            raise TimeoutError
        return str(self._connection.recv())

    @property
    def lives(self) -> bool:
        """Whether it is this process's, and has not ended."""
        return self.owner == os.getpid() and self._process.poll() is None

    def end(self) -> int:
        """End it, if it did not end by itself; its exit status."""
        self._connection.close()
        try:
            return self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


_LOCK = threading.Lock()
_FOUND: OrderedDict[str, str] = OrderedDict()
_ROOMS: list[_Room] = []


def survive(data: bytes, facts: Facts, name: str) -> None:
    """Have a model tried, unless that was done before.

    Raises:
        Error: `model_unusable` where it ended the process, took too long or too much memory. Whatever is an ordinary error is none
            here: whoever loads it will hear of it.
    """
    key = hashlib.sha256(data).hexdigest()
    with _LOCK:
        found = _FOUND.get(key)
        if found is None:
            found, lasting = _tried(data, _pictures(facts))
            if lasting:
                _FOUND[key] = found
                while len(_FOUND) > _REMEMBERED:
                    _FOUND.popitem(last=False)
    if found:
        raise Error("model_unusable", f"{name} {found}.")


def _pictures(facts: Facts) -> list[list[Shown]]:
    """What to show a model: one picture where it says how large that must be."""
    found = [[_shown(port, sides) for port in facts.inputs] for sides in SIDES]
    return found[:1] if found[0] == found[1] else found


def _shown(port: Port, sides: tuple[int, int]) -> Shown:
    usual = (1, 3, *sides) if len(port.dims) == 4 else (1, *[8] * (len(port.dims) - 1))
    return port.name, _KINDS.get(port.kind, ""), tuple(size or usual[at] for at, size in enumerate(port.dims))


def _tried(data: bytes, pictures: Sequence[Sequence[Shown]]) -> tuple[str, bool]:
    """What is wrong with it, and whether that would be so again."""
    for _ in range(3):
        while _ROOMS and not _ROOMS[-1].lives:
            _ROOMS.pop()
        room = _ROOMS.pop() if _ROOMS else _Room()
        try:
            found = room.show(data, pictures)
        except TimeoutError:
            room.end()
            return f"was not done with {_SMALL} within {SECONDS:g} s", False
        except (EOFError, OSError):
            status = room.end()
            if status == 0:  # it had just waited long enough
                continue
            if -status == signal.SIGXCPU:
                return f"was not done with {_SMALL} within {SECONDS:g} s", False
            cause = signal.Signals(-status).name if status < 0 else f"status {status}"
            return (
                f"ends the process that runs it ({cause}): it is damaged, or made to do harm",
                -status not in _NOT_ITS_FAULT,
            )
        _ROOMS.append(room)
        return found, True
    return "could not be tried: the process for it ended while it started", False


def main(descriptor: int) -> None:
    """Try what comes in, until nothing does."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import onnxruntime  # type: ignore[import-untyped]  # noqa: F401 - what takes longest

    connection: Connection[Any, Any] = Connection(descriptor)
    connection.send("ready")
    with contextlib.suppress(EOFError, OSError):
        while connection.poll(_IDLE_SECONDS):
            pictures, data = connection.recv(), connection.recv_bytes()
            _limit(len(data))
            connection.send(_outcome(data, pictures))
    # Without the runtime's own way out, which may stumble over what it was given.
    os._exit(0)


def _limit(size: int) -> None:
    import resource

    now = next(int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if "VmData" in line)
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = {
        resource.RLIMIT_DATA: now * 1_024 + size * 4 + ROOM_MB * 1_048_576,
        resource.RLIMIT_CPU: int(used.ru_utime + used.ru_stime + SECONDS) + 1,
    }
    for kind, limit in most.items():
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (limit if hard < 0 else min(limit, hard), hard))


def _outcome(data: bytes, pictures: Sequence[Sequence[Shown]]) -> str:
    import numpy as np
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.enable_cpu_mem_arena = False
    try:
        session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        for inputs in pictures:
            session.run(None, {name: np.zeros(shape, kind) for name, kind, shape in inputs if kind})
    except Exception as error:  # noqa: BLE001 - errors are heard of where it is loaded for use
        words = f"{type(error).__name__} {error}".lower()
        if "memoryerror" in words or "bad_alloc" in words or "allocate memory" in words:
            return f"needs more than {ROOM_MB:,} MB for {_SMALL}"
    return ""


if __name__ == "__main__":
    main(int(sys.argv[1]))
