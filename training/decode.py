"""From a file to a square of pixels, where a crash costs nothing more than that picture. Needs no PyTorch.

Common pictures are decoded in this process, all others in decoder processes that can be stopped and may die (decision 7):
datasets come from strangers too.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from darkroom.errors import Error
from darkroom.imaging import codecs, native
from darkroom.imaging.header import Header
from darkroom.imaging.ingest import inspect
from darkroom.imaging.isolated import IsolatedLane
from darkroom.imaging.limits import Limits
from darkroom.imaging.memory import MemoryGate
from darkroom.imaging.pixels import Array, opaque
from darkroom.imaging.source import Data, opened
from darkroom.imaging.worker import Desk, Setup

# A panorama is decoded finely enough for its short side, up to this ratio.
_LONGEST = 8


@dataclass(frozen=True)
class SquareTask:
    """A square to be made in a decoder process."""

    name: str
    data: bytes | Path
    side: int
    seconds: float | None = None
    entire: bool = False

    def run(self, desk: Desk) -> Array:
        """Make it."""
        data = desk.read(self.data, self.name) if isinstance(self.data, Path) else self.data
        header = inspect(data, name=self.name, limits=desk.limits)
        desk.admit(header.memory_mb)
        return (whole if self.entire else squared)(data, header, self.side, self.name)


class Decoder:
    """Decodes pictures of a dataset; may be used by several threads at once.

    Args:
        limits: guards of the decoders.
        memory_mb: memory that all pictures in work may need together.
        timeout: seconds that a picture may take in a decoder process.
    """

    def __init__(self, limits: Limits | None = None, *, memory_mb: int = 2048, timeout: float = 60.0) -> None:
        self._limits = limits or Limits()
        self._gate = MemoryGate(memory_mb)
        self._isolated = IsolatedLane(Setup(self._limits, None, memory_mb), timeout=timeout, gate=self._gate)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._isolated.close()

    def square(self, path: Path, side: int) -> Array:
        """A picture as a square of 8-bit sRGB, upright, on white where it is transparent; one far from square is pressed.

        Raises:
            Error: an `image_*` or `source_*` code.
        """
        return self._made(path, side, entire=False)

    def whole(self, path: Path) -> Array:
        """A picture at its own size, 8-bit sRGB, upright, on white where it is transparent.

        Raises:
            Error: an `image_*` or `source_*` code.
        """
        return self._made(path, 0, entire=True)

    def _made(self, path: Path, side: int, *, entire: bool) -> Array:
        with opened(path, path.name, self._limits) as source:
            if not codecs.is_quick(source.head, path.name):
                return self._apart(SquareTask(path.name, path, side, entire=entire), source.size)
            data = source.rest()
        header = inspect(data, name=path.name, limits=self._limits)
        if not header.quick:
            return self._apart(SquareTask(path.name, data, side, entire=entire), len(data))
        with self._gate.admit(header.memory_mb):
            try:
                return (whole if entire else squared)(data, header, side, path.name)
            except Error:
                raise
            except Exception as error:  # one picture must never stop the others
                words = f"{path.name} broke its decoder: {type(error).__name__}: {error}."
                raise Error("image_corrupt", words) from error

    def _apart(self, task: SquareTask, size: int) -> Array:
        found: Any = self._isolated.do(task, size)
        made: Array = found
        return made


def whole(data: Data, header: Header, side: int, name: str) -> Array:
    """All pixels of a picture, at its own size; `side` is not used.

    Raises:
        Error: an `image_*` code.
    """
    return opaque(codecs.decode(data, header, max(header.width, header.height), name).colour)


def squared(data: Data, header: Header, side: int, name: str) -> Array:
    """The pixels of a picture whose header has passed the guards.

    Raises:
        Error: an `image_*` code.
    """
    long, short = max(header.width, header.height), min(header.width, header.height)
    target = round(side * min(_LONGEST, long / short))
    found = opaque(codecs.decode(data, header, target, name).colour)
    cv2 = native.cv2()
    way = cv2.INTER_AREA if min(found.shape[:2]) >= side else cv2.INTER_LINEAR
    return cv2.resize(found, (side, side), interpolation=way)  # type: ignore[no-any-return]
