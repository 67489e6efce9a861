"""A decoder process: reads, decodes and stores one picture after another for the pool that started it.

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
from typing import Any, Literal

from darkroom.errors import Error
from darkroom.imaging import native
from darkroom.imaging.ingest import develop, inspect
from darkroom.imaging.limits import Limits
from darkroom.imaging.picture import PictureResult
from darkroom.imaging.sink import Sink, store
from darkroom.imaging.source import opened

_PR_SET_PDEATHSIG = 1
_SLACK_MB = 384


@dataclass(frozen=True)
class Setup:
    """First message: what holds for all pictures."""

    limits: Limits
    sink: Sink
    memory_mb: int


@dataclass(frozen=True)
class Work:
    """A picture to take in: bytes when the pool has read them already, else a path."""

    path: Path
    name: str
    data: bytes | None = None


Reply = tuple[Literal["need"], float] | tuple[Literal["done"], PictureResult | Error]
"""`need`: the header is fine and decoding needs so many megabytes, any answer lets it begin; then `done`."""


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
            work: Work = connection.recv()
            connection.send(("done", _answer(connection, work, setup, baseline)))


def _answer(connection: Connection[Any, Any], work: Work, setup: Setup, baseline: float) -> PictureResult | Error:
    try:
        return _take_in(connection, work, setup, baseline)
    except Error as error:
        return error
    except MemoryError:
        return Error("image_out_of_memory", f"{work.name} needs more memory than is allowed.")
    except (EOFError, BrokenPipeError, ConnectionResetError):
        raise
    except Exception as error:  # noqa: BLE001 - a picture that breaks a library in a new way costs one picture
        words = f"{type(error).__name__}: {error}"[:300]
        code = "image_out_of_memory" if "memory" in words.lower() else "image_corrupt"
        return Error(code, f"{work.name} cannot be decoded: {words}.")


def _take_in(connection: Connection[Any, Any], work: Work, setup: Setup, baseline: float) -> PictureResult:
    _limit_memory(baseline + setup.memory_mb + _SLACK_MB)
    data = work.data
    if data is None:
        with opened(work.path, work.name, setup.limits.max_file_bytes) as source:
            data = source.rest()
    header = inspect(data, name=work.name, limits=setup.limits)
    connection.send(("need", header.memory_mb))
    connection.recv()
    # A picture that needs more than all may have together was let in alone: give it what was predicted, and some.
    _limit_memory(baseline + max(setup.memory_mb, header.memory_mb * 1.5) + _SLACK_MB)
    picture = develop(data, header, name=work.name, limits=setup.limits)
    store(picture, data, setup.sink)
    return picture.result()


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
