"""Pictures between steps on disk: a late step of a recipe that changes is then all that runs again, also days later."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import struct
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from darkroom.domain.base import SHA256_PATTERN
from darkroom.imaging.operations.base import Raster, Region
from darkroom.imaging.recipes.steps import Stage

_ADDRESS = re.compile(SHA256_PATTERN.removesuffix("$") + r"\Z")
_MAGIC = b"DRSTAGE2"
_LENGTH = struct.Struct("<I")
# What is quicker to make again than to write and read is not kept.
_BYTES_A_SECOND = 150e6
# Between two looks at what all of it takes, so many bytes may be written.
_LOOK_EVERY = 0.05
_DEPTHS = ("uint8", "uint16", "float32")


class DiskStages:
    """A folder of pictures by address, bounded in bytes; what was not used for longest goes. Safe for many processes.

    Args:
        folder: made when first needed.
        max_bytes: of all pictures together.
        max_days: age since the last use at which a picture goes.
    """

    def __init__(self, folder: Path, max_bytes: int, *, max_days: float = 30.0) -> None:
        self._folder = folder
        self._most = max_bytes
        self._days = max_days
        self._lock = threading.Lock()
        self._unseen = float("inf")

    def __reduce__(self) -> tuple[Any, ...]:
        # Decoder processes keep pictures in the same folder.
        return _reopened, (self._folder, self._most, self._days)

    def get(self, address: str) -> Stage | None:
        """The picture at an address, if it is still there and whole."""
        path = self._path(address)
        try:
            data = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        try:
            return _unpack(data)
        except (ValueError, KeyError, TypeError, struct.error):  # cut off when the machine lost power
            path.unlink(missing_ok=True)
            return None

    def put(self, address: str, stage: Stage, seconds: float) -> bool:
        """Keep a picture if making it took longer than reading it back will; a full disk only means that it is not kept."""
        size = stage.raster.array.nbytes
        if size > self._most / 4 or seconds < size / _BYTES_A_SECOND:
            return False
        path = self._path(address)
        if path.exists():
            return True
        part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(_pack(stage))
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)
            return False
        self._grown(size)
        return True

    def _path(self, address: str) -> Path:
        if not _ADDRESS.match(address):
            raise ValueError(f"{address[:80]} is no address")
        return self._folder / address[:2] / address

    def _grown(self, size: int) -> None:
        with self._lock:
            self._unseen += size
            if self._unseen < self._most * _LOOK_EVERY:
                return
            self._unseen = 0.0
        self.sweep()

    def sweep(self) -> int:
        """Remove what is old, then what was not used for longest until the rest fits; returns how many went."""
        found = []
        for path in self._folder.glob("*/*"):
            with contextlib.suppress(OSError):
                info = path.stat()
                found.append((info.st_mtime, info.st_size, path))
        total = sum(size for _, size, _ in found)
        oldest = time.time() - self._days * 86_400
        gone = 0
        for used, size, path in sorted(found):
            if total <= self._most and used >= oldest:
                break
            with contextlib.suppress(OSError):
                path.unlink()
                gone += 1
            total -= size
        return gone


def _reopened(folder: Path, max_bytes: int, max_days: float) -> DiskStages:
    return DiskStages(folder, max_bytes, max_days=max_days)


def _pack(stage: Stage) -> bytes:
    array = np.ascontiguousarray(stage.raster.array)
    regions = [[one.left, one.top, one.right, one.bottom, one.label, one.score] for one in stage.regions]
    head = json.dumps(
        {"depth": array.dtype.name, "shape": array.shape, "profile": len(stage.raster.profile), "regions": regions,
         "factor": stage.factor, "sound": stage.sound, "notes": stage.notes}
    ).encode()  # fmt: skip
    return b"".join([_MAGIC, _LENGTH.pack(len(head)), head, stage.raster.profile, array.tobytes()])


def _unpack(data: bytes) -> Stage:
    if data[: len(_MAGIC)] != _MAGIC:
        raise ValueError("not a stage")
    begin = len(_MAGIC) + _LENGTH.size
    (length,) = _LENGTH.unpack_from(data, len(_MAGIC))
    head = json.loads(data[begin : begin + length])
    if head["depth"] not in _DEPTHS:
        raise ValueError("an unknown depth")
    profile_end = begin + length + head["profile"]
    array = np.frombuffer(data, head["depth"], offset=profile_end).reshape(head["shape"])
    regions = tuple(Region(*one) for one in head["regions"])
    raster = Raster(array, data[begin + length : profile_end])
    return Stage(raster, regions, head["factor"], head["sound"], tuple(head["notes"]))
