"""A picture larger than memory cut into the tiles of deep zoom: how long it takes, and how much memory.

Run as `python -m benchmarks.bench_large [--side 36864]`. A BigTIFF of 36,864 pixels square is 4.08 GB of pixels, written uncompressed
in tiles of 256. Ours is what the library does when somebody first looks closely: a decoder process with its limits. The peer is libvips'
own `dzsave` of the same file, with the same tiles, in a process of its own. Memory is the most that the process has had in RAM, of
which what Python and the libraries take before any picture is told, too.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.report import save, table
from darkroom.imaging import native
from darkroom.imaging.isolated import IsolatedLane
from darkroom.imaging.limits import Limits
from darkroom.imaging.memory import MemoryGate
from darkroom.imaging.tiles import TILE, TilesTask
from darkroom.imaging.worker import Setup
from darkroom.settings import Settings

PATTERN = 1_024
PEER = """
import sys, time
import pyvips
from darkroom.memory import peak_bytes
before, began = peak_bytes(), time.perf_counter()
image = pyvips.Image.new_from_file(sys.argv[1], access="sequential")
image.dzsave(sys.argv[2], tile_size=int(sys.argv[3]), overlap=0, depth="onetile", suffix=".jpg[Q=86,subsample-mode=off]")
print(time.perf_counter() - began, before / 2**20, peak_bytes() / 2**20)
"""


def write(path: Path, side: int) -> None:
    """A picture with something in each tile, the same every 1,024 pixels, so that writing it is quick."""
    vips = native.pyvips().Image
    place = vips.xyz(PATTERN, PATTERN)
    waves = [(place[0] / divisor + place[1] / (divisor + 40)).sin() * 100 + 128 for divisor in (3.1, 7.7, 19.3)]
    pattern = waves[0].bandjoin(waves[1:]).cast("uchar").copy(interpretation="srgb").copy_memory()
    times = -(-side // PATTERN)
    picture = pattern.replicate(times, times).crop(0, 0, side, side)
    picture.tiffsave(str(path), bigtiff=True, tile=True, tile_width=256, tile_height=256)


def peak_mb(process: psutil.Process) -> float:
    """Most memory that a running process has had in RAM, in MiB."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(one.split()[1]) for one in lines if one.startswith("VmHWM:")) / 1024


def ours(path: Path, folder: Path) -> dict[str, float]:
    """Seconds, and MiB before and at most, of the library's way."""
    memory = Settings().decode_memory_mb
    lane = IsolatedLane(Setup(Limits(), None, memory), timeout=1200, gate=MemoryGate(memory))
    small = folder / "small.tif"
    write(small, 256)
    try:
        lane.do(TilesTask(small.name, small, folder / "first", 60), small.stat().st_size)
        (worker,) = (one for one in psutil.Process().children() if "darkroom.imaging.worker" in " ".join(one.cmdline()))
        before, began = peak_mb(worker), time.perf_counter()
        lane.do(TilesTask(path.name, path, folder / "tiles", 1200), path.stat().st_size)
        return {"seconds": time.perf_counter() - began, "before_mb": before, "peak_mb": peak_mb(worker)}
    finally:
        lane.close()


def peer(path: Path, folder: Path) -> dict[str, float]:
    """The same of libvips alone."""
    words = [sys.executable, "-c", PEER, str(path), str(folder / "peer"), str(TILE)]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    return dict(zip(("seconds", "before_mb", "peak_mb"), map(float, said), strict=True))


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", type=int, default=36_864, help="of the picture, in pixels")
    parser.add_argument("--home", type=Path, help="folder on a disk with room for it; a temporary one when not given")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.home) as name:
        folder = Path(name)
        path = folder / "large.tif"
        write(path, options.side)
        size = path.stat().st_size
        found = {"ours": ours(path, folder)}
        shutil.rmtree(folder / "tiles")
        found["libvips"] = peer(path, folder)
    rows = [[who, one["seconds"], one["before_mb"], one["peak_mb"]] for who, one in found.items()]
    table(
        f"{options.side:,} px square, {size / 1e9:.2f} GB, into tiles of {TILE}", ["", "s", "MiB before", "MiB"], rows
    )
    save("large", {"side": options.side, "bytes": size, **found})


if __name__ == "__main__":
    main()
