"""Compiles what is written in C, where there is a compiler: `python -m darkroom.imaging.compiled.build`.

Nothing needs it: without a compiler, or on a processor nobody thought of, pictures are decoded by libjpeg-turbo and reduced by libvips.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
_UNITS = ("scaled_jpeg.c", "reduce.c")
_SOURCES = (
    *_UNITS,
    "base.h",
    "baseline.h",
    "bits.h",
    "frame.h",
    "pixels.h",
    "planes.h",
    "progressive.h",
    "reduce.h",
    "sink.h",
)
_FLAGS = ("-std=gnu11", "-O3", "-fPIC", "-shared", "-fvisibility=default", "-Wall", "-Wextra", "-Wno-psabi")
_BUILDS = {"plain": (), "fast": ("-mavx2", "-mbmi2", "-mfma")}
"""Flags of each build; the fast one is for x86 alone, and for processors since about 2013."""


@cache
def _digest() -> str:
    total = hashlib.sha256(" ".join((*_FLAGS, *_BUILDS["fast"])).encode())
    for name in _SOURCES:
        total.update((FOLDER / name).read_bytes())
    return total.hexdigest()[:16]


def library(build: str) -> Path:
    """Where a build of the present sources lies, or would lie."""
    return FOLDER / f"darkroom-{build}-{platform.machine()}-{_digest()}.so"


def builds() -> tuple[str, ...]:
    """The builds that make sense on this kind of machine."""
    return ("plain", "fast") if platform.machine().lower() in {"x86_64", "amd64"} else ("plain",)


def compiler() -> str | None:
    """Path of a C compiler: `CC`, else the first of the usual ones."""
    names = (os.environ.get("CC", ""), "cc", "gcc", "clang")
    return next((path for name in names if name and (path := shutil.which(name))), None)


def build() -> str:
    """Compile what is not there yet, and remove what older sources left.

    Returns:
        What happened, in a sentence; empty where nothing had to be done.
    """
    wanted = {name: library(name) for name in builds()}
    if all(path.exists() for path in wanted.values()):
        return ""
    command = compiler()
    if command is None:
        return "There is no C compiler: pictures are made small by libjpeg-turbo and libvips, which take up to twice as long."
    try:
        for name, path in wanted.items():
            _compile(command, _BUILDS[name], path)
    except OSError as error:
        return f"What makes pictures small was not built ({error.strerror or error}): libjpeg-turbo and libvips do its work."
    except subprocess.SubprocessError as error:
        words = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
        return f"What makes pictures small was not built ({words[0] if words else command}): libjpeg-turbo and libvips do its work."
    for old in set(FOLDER.glob("*.so")) - set(wanted.values()):
        old.unlink(missing_ok=True)
    return "Built what makes pictures small."


def _compile(command: str, flags: tuple[str, ...], path: Path) -> None:
    """Beside its place first: another process may be building, or loading, the same."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".build-") as scratch:
        made = Path(scratch) / path.name
        subprocess.run(
            [command, *_FLAGS, *flags, "-o", str(made), *(str(FOLDER / name) for name in _UNITS)],
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
        )
        made.replace(path)


def main() -> int:
    """Entry point; never fails, for nothing depends on it."""
    if words := build():
        sys.stdout.write(words + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
