"""A decoder process: does one task after another for the lane that started it, each on a stranger's picture.

Started as `python -m darkroom.imaging.worker FD`: a fresh interpreter, because a fork after libvips has worked hangs.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal, Protocol

from darkroom.errors import Error
from darkroom.imaging import codecs, native
from darkroom.imaging.ingest import develop, inspect
from darkroom.imaging.limits import Limits
from darkroom.imaging.picture import PictureResult
from darkroom.imaging.sink import Sink, store
from darkroom.imaging.source import Data, opened

_PR_SET_PDEATHSIG = 1
_SLACK_MB = 384


GO, LATER = "go", "later"
"""What the lane answers to a need."""


class Postponed(Exception):  # noqa: N818 - nothing is wrong with the picture
    """A picture that needs much memory is to be done when others are through."""


@dataclass(frozen=True)
class Setup:
    """First message: what holds for all pictures."""

    limits: Limits
    sink: Sink | None
    """Where an ingest puts what it makes; other tasks send it back."""
    memory_mb: int


class Task(Protocol):
    """Something to be done with a picture where it may crash; it is pickled into the process, what it returns comes back."""

    @property
    def name(self) -> str:
        """File name, for messages."""
        ...

    @property
    def seconds(self) -> float | None:
        """Longest time it may take; None: the lane's limit."""
        ...

    def run(self, desk: Desk) -> Any:
        """Do it.

        Raises:
            Error: any; it is handed to whoever asked.
        """
        ...


class Desk:
    """What a task finds in the process.

    Args:
        connection: to the lane.
        setup: what holds for all pictures.
        baseline: memory of the process before the first task, in megabytes.
    """

    def __init__(self, connection: Connection[Any, Any], setup: Setup, baseline: float) -> None:
        self.limits = setup.limits
        self.sink = setup.sink
        self._connection = connection
        self._memory_mb = setup.memory_mb
        self._baseline = baseline
        _limit_memory(baseline + setup.memory_mb + _SLACK_MB)

    def read(self, path: Path, name: str) -> Data:
        """The bytes of a file, within the limits."""
        with opened(path, name, self.limits) as source:
            return codecs.contents(source, self.limits)

    def admit(self, megabytes: float) -> None:
        """Wait until the lane says that so much memory is free; called once, when the header is known.

        Raises:
            Postponed: when it says that others come first.
        """
        self._connection.send(("need", megabytes))
        if self._connection.recv() == LATER:
            raise Postponed
        # A picture that needs more than all may have together was let in alone: give it what was predicted, and some.
        _limit_memory(self._baseline + max(self._memory_mb, megabytes * 1.5) + _SLACK_MB)


@dataclass(frozen=True)
class Work:
    """A picture to take in: bytes when the pool has read them already, else a path."""

    path: Path
    name: str
    data: bytes | None = None
    seconds: float | None = None

    def run(self, desk: Desk) -> PictureResult:
        """Decode and store it."""
        data = desk.read(self.path, self.name) if self.data is None else self.data
        header = inspect(data, name=self.name, limits=desk.limits)
        desk.admit(header.memory_mb)
        picture = develop(data, header, name=self.name, limits=desk.limits)
        if desk.sink is not None:
            store(picture, data, desk.sink)
        return picture.result()


Reply = tuple[Literal["need"], float] | tuple[Literal["done"], Any]
"""`need`: the header is fine and decoding needs so many megabytes, `GO` lets it begin, `LATER` ends it; then `done`."""


def main(descriptor: int) -> None:
    """Serve the pool at the other end of the descriptor until it hangs up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _die_with_parent()
    connection: Connection[Any, Any] = Connection(descriptor)
    sys.path[:] = connection.recv()
    setup: Setup = connection.recv()
    for load in (native.cv2, native.pyvips, native.pillow):
        load()
    baseline = _data_mb()
    # Native decoders complain on standard error of every damaged file; the ledger says it better.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    connection.send("ready")
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            work: Task = connection.recv()
            connection.send(("done", _answer(connection, work, setup, baseline)))


def _answer(connection: Connection[Any, Any], work: Task, setup: Setup, baseline: float) -> Any:
    try:
        return work.run(Desk(connection, setup, baseline))
    except Error as error:
        return error
    except Postponed:
        return None
    except MemoryError:
        return Error("image_out_of_memory", f"{work.name} needs more memory than is allowed.")
    except (EOFError, BrokenPipeError, ConnectionResetError):
        raise
    except Exception as error:  # noqa: BLE001 - a picture that breaks a library in a new way costs one picture
        words = f"{type(error).__name__}: {error}"[:300]
        code = "image_out_of_memory" if "memory" in words.lower() else "image_corrupt"
        return Error(code, f"{work.name} cannot be decoded: {words}.")


def _data_mb() -> float:
    """Private memory of this process as RLIMIT_DATA counts it."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmData:"):
                return int(line.split()[1]) / 1024
    return 512.0


def _limit_memory(megabytes: float) -> None:
    import resource

    limit = int(megabytes * 1024 * 1024)
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (limit if hard < 0 else min(limit, hard), hard))


def _die_with_parent() -> None:
    """On Linux, be killed when the pool's process dies, also in the middle of a picture."""
    if sys.platform != "linux":
        return
    import ctypes

    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the call
        sys.exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]))
