"""Ingest beside its peers and beside the floor, in one run: `python -m benchmarks.bench_ingest [--quick]`.

Floor: libjpeg-turbo decoding at the scale that the ingest uses, nothing else, on the same threads.
Pillow: the same work as the ingest (hash, Exif, preview, thumbnail, placeholder, perceptual hash, measures).
vipsthumbnail (or libvips' own thumbnail where the program is not installed): a thumbnail of 256 px and nothing more.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import numpy as np

from benchmarks.corpus import CAMERA, SMALL, draw_corpus
from benchmarks.report import save, table
from benchmarks.sinks import NoSink
from darkroom.imaging import native
from darkroom.imaging.header import scale_for
from darkroom.imaging.limits import Limits
from darkroom.imaging.pool import IngestPool, Job

WORKERS = os.cpu_count() or 1
Task = Callable[[Sequence[Path]], None]


def darkroom(paths: Sequence[Path]) -> None:
    """The whole ingest."""
    jobs = (Job(number, path, path.name) for number, path in enumerate(paths))
    with IngestPool(Limits(), workers=WORKERS, memory_mb=1536, timeout=60, sink=NoSink()) as pool:
        assert all(outcome.error is None for outcome in pool.run(jobs))


def threaded(work: Callable[[Path], object]) -> Task:
    """The same work on all cores."""

    def run(paths: Sequence[Path]) -> None:
        with ThreadPoolExecutor(WORKERS) as threads:
            list(threads.map(work, paths))

    return run


def floor(path: Path) -> None:
    """Decode at the scale that the ingest uses."""
    import simplejpeg

    data = path.read_bytes()
    height, width, _, _ = simplejpeg.decode_jpeg_header(data)
    factor = scale_for(max(height, width), Limits().preview_pixels)
    simplejpeg.decode_jpeg(data, "RGB", min_height=-(-height // factor), min_width=-(-width // factor))


def pillow(path: Path) -> None:
    """The same work as the ingest, with Pillow at its best (scaled decode, one decode)."""
    from PIL import ImageFilter, ImageOps, ImageStat

    data = path.read_bytes()
    hashlib.sha256(data).hexdigest()
    image = native.pillow().open(BytesIO(data))
    exif = image.getexif()
    dict(exif), dict(exif.get_ifd(0x8769)), dict(exif.get_ifd(0x8825))
    image.draft("RGB", (1000, 750))
    image = ImageOps.exif_transpose(image)
    image.thumbnail((1024, 1024), reducing_gap=None)
    small = image.copy()
    small.thumbnail((256, 256))
    tiny = small.copy()
    tiny.thumbnail((16, 16))
    for picture, quality in ((image, 76), (small, 76), (tiny, 40)):
        picture.save(BytesIO(), "WEBP", quality=quality, method=0)
    luma = image.convert("L")
    ImageStat.Stat(luma.filter(ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), 1, 128)))
    ImageStat.Stat(luma)
    luma.entropy()
    bands = np.asarray(small, np.float32)
    red_green, yellow_blue = bands[..., 0] - bands[..., 1], (bands[..., 0] + bands[..., 1]) / 2 - bands[..., 2]
    red_green.std(), yellow_blue.std()
    small.quantize(5)
    block = np.asarray(small.convert("L").resize((32, 32)), np.float32)
    basis = np.cos(np.pi * (np.arange(32)[None, :] + 0.5) * np.arange(8)[:, None] / 32)
    low = basis @ block @ basis.T
    np.packbits(low > np.median(low))


def vips_thumbnail(path: Path) -> None:
    """256 px, WebP at effort 0: libvips' own thumbnail."""
    vips = native.pyvips()
    vips.Image.thumbnail(str(path), 256, height=256, size="down").webpsave_buffer(Q=76, effort=0)


def vipsthumbnail(paths: Sequence[Path]) -> None:
    """256 px, WebP at effort 0: the program, one process a core."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["vipsthumbnail", "--size", "256", "-o", f"{folder}/%s.webp[Q=76,effort=0]"]
        environment = {**os.environ, "VIPS_CONCURRENCY": "1"}
        parts = [paths[number::WORKERS] for number in range(WORKERS)]
        running = [subprocess.Popen([*command, *map(str, part)], env=environment) for part in parts if part]
        assert all(process.wait() == 0 for process in running)


def tasks() -> Iterator[tuple[str, Task]]:
    """What is compared."""
    yield "floor: decode alone", threaded(floor)
    yield "Darkroom, whole ingest", darkroom
    yield "Pillow, same work", threaded(pillow)
    yield "libvips thumbnail 256 only", threaded(vips_thumbnail)
    if shutil.which("vipsthumbnail"):
        yield "vipsthumbnail 256 only", vipsthumbnail


def measure(title: str, paths: Sequence[Path], rounds: int) -> dict[str, dict[str, float]]:
    """Each task in turn, several times over, so that a busy moment of the machine hits all alike; the best counts."""
    seconds: dict[str, list[float]] = {}
    cpu: dict[str, list[float]] = {}
    for name, task in tasks():
        task(paths[: 2 * WORKERS])  # libraries load, files come into the page cache
        seconds[name], cpu[name] = [], []
    for _ in range(rounds):
        for name, task in tasks():
            begun, used = time.perf_counter(), sum(os.times()[:4])
            task(paths)
            seconds[name].append(time.perf_counter() - begun)
            cpu[name].append(sum(os.times()[:4]) - used)
    best_floor = min(seconds["floor: decode alone"])
    rows = [
        [name, len(paths) / min(times), 1e3 * min(cpu[name]) / len(paths), 100 * best_floor / min(times)]
        for name, times in seconds.items()
    ]
    table(title, ["", "images/s", "CPU ms/image", "% of floor"], rows)
    return {str(row[0]): {"images_per_second": row[1], "cpu_ms": row[2], "of_floor": row[3]} for row in rows}


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer pictures and rounds")
    parser.add_argument("--corpus", type=Path, default=Path(tempfile.gettempdir()) / "darkroom-bench-corpus")
    options = parser.parse_args()
    counts = (12, 200, 2) if options.quick else (48, 1000, 3)
    large = draw_corpus(options.corpus / "12mp", counts[0], CAMERA)
    small = draw_corpus(options.corpus / "640px", counts[1], SMALL)
    figures = {}
    for label, paths in (("12-megapixel JPEG", large), ("640 px JPEG", small)):
        mean = sum(path.stat().st_size for path in paths) / len(paths)
        title = f"{label}: {len(paths)} files, mean {mean / 1e6:.2f} MB, {WORKERS} workers"
        figures[label] = measure(title, paths, counts[2])
    save("bench_ingest", figures)


if __name__ == "__main__":
    main()
