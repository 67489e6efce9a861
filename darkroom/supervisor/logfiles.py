"""Log files of the services: opened for appending, kept small, read from their end."""

from __future__ import annotations

import os
import shutil
from collections import deque
from pathlib import Path
from typing import BinaryIO

MAX_BYTES = 20_000_000
KEEP = 3


def open_log(path: Path) -> BinaryIO:
    """Open for appending; what a service wrote before stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("ab", buffering=0)


def rotate(path: Path, *, max_bytes: int = MAX_BYTES, keep: int = KEEP) -> bool:
    """Move a large log to `.1`, older ones up, and say whether that was done.

    The content is copied and the file cut to nothing: the service goes on writing into the same file, which it has
    open for appending.
    """
    try:
        if path.stat().st_size <= max_bytes:
            return False
    except FileNotFoundError:
        return False
    for number in range(keep - 1, 0, -1):
        older = path.with_name(f"{path.name}.{number}")
        if older.exists():
            older.replace(path.with_name(f"{path.name}.{number + 1}"))
    shutil.copyfile(path, path.with_name(f"{path.name}.1"))
    os.truncate(path, 0)
    return True


def tail(path: Path, lines: int) -> list[str]:
    """The last lines, oldest first; empty when there is no file."""
    if lines <= 0:
        return []
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            block = min(size, 400 * lines + 4096)
            while True:
                file.seek(size - block)
                found = file.read(block)
                if block == size or found.count(b"\n") > lines:
                    break
                block = min(size, block * 4)
    except FileNotFoundError:
        return []
    return list(deque(found.decode(errors="replace").splitlines(), maxlen=lines))


def last_words(path: Path, since: int = 0) -> str:
    """The last line that says something, cut to a sentence's length: why a service died.

    Args:
        path: the log.
        since: size of the log before the service started; older lines do not count.
    """
    try:
        if path.stat().st_size <= since:
            return ""
    except FileNotFoundError:
        return ""
    said = [line.strip() for line in tail(path, 40) if any(letter.isalpha() for letter in line)]
    return said[-1][:300] if said else ""
