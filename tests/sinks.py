"""Sinks for the ingest pool, importable by decoder processes: one that keeps, and some that misbehave."""

from __future__ import annotations

import os
import shutil
import signal
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class FolderSink:
    """Keeps each blob as one file `namespace-key`."""

    root: Path

    def put(self, namespace: str, key: str, data: bytes, *, durable: bool) -> bool:
        path = self.root / f"{namespace}-{key}"
        new = not path.exists()
        path.write_bytes(data)
        return new

    def put_file(self, namespace: str, path: Path, *, key: str | None = None, durable: bool = True) -> str:
        shutil.copyfile(path, self.root / f"{namespace}-{key}")
        return key or ""


@dataclass(frozen=True)
class NoSink:
    """Forgets everything."""

    def put(self, namespace: str, key: str, data: bytes, *, durable: bool) -> bool:
        return True

    def put_file(self, namespace: str, path: Path, *, key: str | None = None, durable: bool = True) -> str:
        return key or ""


@dataclass(frozen=True)
class TrapSink:
    """Stands for a decoder with a fault: what happens depends on how large the original is, an exact number of bytes."""

    crash_at: int = 0
    hang_at: int = 0
    devour_at: int = 0

    def put(self, namespace: str, key: str, data: bytes, *, durable: bool) -> bool:
        size = len(data) if namespace == "originals" else -1
        if size == self.crash_at:
            os.kill(os.getpid(), signal.SIGSEGV)
        if size == self.hang_at:
            time.sleep(600)
        if size == self.devour_at:
            hoard = [bytearray(64 * 1024 * 1024) for _ in range(400)]
            return len(hoard) > 0
        return True


@dataclass(frozen=True)
class FullSink:
    """A disk without room."""

    def put(self, namespace: str, key: str, data: bytes, *, durable: bool) -> bool:
        raise OSError(28, "No space left on device")
