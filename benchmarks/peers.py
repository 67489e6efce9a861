"""Programs that are no dependencies of ours, as peers of the benchmarks: sharp, libvips' and ImageMagick's commands."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

SHARP = "sharp@0.35"
_SCRIPT = Path(__file__).with_name("sharp.mjs")


@cache
def sharp_home() -> Path | None:
    """A scratch folder with sharp in it, fetched once by npm; None where that fails."""
    home = Path(tempfile.gettempdir()) / "darkroom-bench-sharp"
    if (home / "node_modules" / "sharp").is_dir():
        return home
    home.mkdir(exist_ok=True)
    (home / "package.json").write_text('{"private": true}\n')
    command = [_program("npm") or "npm", "install", SHARP, "--no-audit", "--no-fund", "--silent"]
    try:
        subprocess.run(command, cwd=home, check=True, capture_output=True, timeout=180, env=_environment())
    except (OSError, subprocess.SubprocessError) as error:
        print(f"sharp is left out: {error}", file=sys.stderr)
        return None
    return home


def sharp(job: dict[str, Any], folder: Path, workers: int) -> dict[str, float] | None:
    """What sharp needs for a job over all pictures of a folder; None where it is not there."""
    home = sharp_home()
    if home is None:
        return None
    command = [_program("node") or "node", str(_SCRIPT), json.dumps(job), str(workers), str(folder.resolve())]
    done = subprocess.run(command, cwd=home, check=True, capture_output=True, timeout=600, env=_environment())
    return dict(json.loads(done.stdout))


def command_line(
    commands: Sequence[Sequence[str]], folder: Path, workers: int, ending: str = "jpg"
) -> dict[str, float] | None:
    """What a chain of commands needs for each picture of a folder; None where one of them is not installed.

    Args:
        commands: run in turn; `{in}` is the picture, `{a}` and `{b}` are files between them, `{out}` is the result.
        folder: of the pictures.
        workers: pictures in work at the same time.
        ending: of the result, from which the commands tell its format.
    """
    missing = sorted({command[0] for command in commands if not shutil.which(command[0])})
    if missing:
        print(f"{', '.join(missing)} is left out: it is not installed", file=sys.stderr)
        return None
    pictures = sorted(folder.glob("*.jpg"))
    with tempfile.TemporaryDirectory() as made:

        def one(path: Path) -> int:
            places = {"in": str(path), "out": f"{made}/{path.stem}.out.{ending}"}
            places |= {"a": f"{made}/{path.stem}.a.v", "b": f"{made}/{path.stem}.b.v"}
            for command in commands:
                words = [word.format(**places) for word in command]
                subprocess.run(words, check=True, capture_output=True, env={**os.environ, "VIPS_CONCURRENCY": "1"})
            return Path(places["out"]).stat().st_size

        try:
            one(pictures[0])
            begun, spent = time.perf_counter(), _children()
            with ThreadPoolExecutor(workers) as threads:
                sizes = list(threads.map(one, pictures))
        except subprocess.CalledProcessError as error:
            print(f"{commands[0][0]} is left out: it cannot do this ({error.stderr[:200]!r})", file=sys.stderr)
            return None
        seconds = time.perf_counter() - begun
        cpu = _children() - spent
    count = len(pictures)
    return {"cpu_ms": cpu / count * 1e3, "pictures_s": count / seconds, "kb": sum(sizes) / count / 1e3}


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _program(name: str) -> str | None:
    return shutil.which(name, path=_environment()["PATH"])


def _environment() -> dict[str, str]:
    """With the environment's own node first, as the build of the web app has it."""
    return {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])}
