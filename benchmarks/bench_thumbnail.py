"""One picture made smaller, beside its peers and the floor: `python -m benchmarks.bench_thumbnail [--quick]`.

The floor is libjpeg-turbo decoding at the coarsest scale that is large enough, and nothing else. Every peer decodes,
turns upright, resizes and writes a JPEG of quality 80, in a process of its own, on one core and on all, the way its
documentation advises. The ways take turns, so that a noisy minute hits all of them; the least processor time and the
best rate of all turns count. SSIM compares with the whole picture decoded and reduced by Lanczos. sharp is fetched by
npm into a scratch folder; vipsthumbnail takes part where it is installed (Debian: `apt-get install libvips-tools`).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from benchmarks import peers
from benchmarks.bench_ingest import WORKERS
from benchmarks.bench_recipe import measure
from benchmarks.corpus import CAMERA, SMALL, draw_corpus
from benchmarks.report import peak_mb, save, table
from darkroom.imaging import native

Work = Callable[[bytes], bytes]
QUALITY = 80
TURNS = 2
# Pictures whose results are compared with the reference.
COMPARED = 6


@dataclass(frozen=True)
class Task:
    """Pictures of one size, and what they become."""

    title: str
    size: tuple[int, int]
    box: tuple[int, int]
    fit: str
    count: int
    quick: int

    @property
    def folder(self) -> Path:
        """Where the pictures lie once they are drawn."""
        return Path(tempfile.gettempdir()) / f"darkroom-bench-thumbnail-{self.size[0]}"


TASKS = {
    "camera": Task("12 MP to 256 px", CAMERA, (256, 256), "inside", 32, 8),
    "small": Task("640 px to 256 px", SMALL, (256, 256), "inside", 400, 120),
    "sharp": Task("sharp's own task: 2725 x 2225 to 720 x 588", (2725, 2225), (720, 588), "fill", 16, 4),
}


def floor(task: Task) -> Work:
    """Decoding alone, at the coarsest of the scales 1/8, 1/4, 1/2 that is large enough for the box."""
    import simplejpeg

    longest, asked = max(task.size), max(task.box)
    factor = next(one for one in (8, 4, 2, 1) if longest / one >= asked)

    def work(data: bytes) -> bytes:
        height, width, *_ = simplejpeg.decode_jpeg_header(data)
        simplejpeg.decode_jpeg(data, min_height=-(-height // factor), min_width=-(-width // factor))
        return b""

    return work


def darkroom(task: Task) -> Work:
    """A recipe of one step."""
    from darkroom.imaging.recipes.compile import compile_recipe
    from darkroom.imaging.recipes.read import parse_recipe
    from darkroom.imaging.recipes.run import run_recipe

    mode = "exact" if task.fit == "fill" else "fit"
    step = f"{{width: {task.box[0]}, height: {task.box[1]}, mode: {mode}}}"
    text = f"name: small\nmetadata: none\noperations:\n  - auto_orient\n  - resize: {step}\n"
    program = compile_recipe(parse_recipe(f"{text}output: {{format: jpeg, quality: {QUALITY}}}\n", "s", folder=None))
    return lambda data: run_recipe(program, data, "picture").encoded.data


def pillow(task: Task) -> Work:
    """Scaled decode, then Lanczos."""
    from PIL import ImageOps

    def work(data: bytes) -> bytes:
        image = native.pillow().open(BytesIO(data))
        image.draft("RGB", task.box)
        image = ImageOps.exif_transpose(image)
        if task.fit == "fill":
            image = image.resize(task.box, native.pillow().Resampling.LANCZOS)
        else:
            image.thumbnail(task.box, native.pillow().Resampling.LANCZOS, reducing_gap=None)
        made = BytesIO()
        image.save(made, "JPEG", quality=QUALITY)
        return made.getvalue()

    return work


def opencv(task: Task) -> Work:
    """Reduced decode, then averaging over areas, which is softer than Lanczos."""
    cv2 = native.cv2()
    import numpy as np

    longest, asked = max(task.size), max(task.box)
    names = {8: "REDUCED_COLOR_8", 4: "REDUCED_COLOR_4", 2: "REDUCED_COLOR_2", 1: "COLOR"}
    flag = getattr(cv2, f"IMREAD_{names[next(one for one in (8, 4, 2, 1) if longest / one >= asked)]}")

    def work(data: bytes) -> bytes:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flag)
        height, width = image.shape[:2]
        scale = min(task.box[0] / width, task.box[1] / height)
        size = task.box if task.fit == "fill" else (round(width * scale), round(height * scale))
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        return bytes(cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1])

    return work


def libvips(task: Task) -> Work:
    """`thumbnail`, through pyvips."""
    image_class = native.pyvips().Image
    size = "force" if task.fit == "fill" else "both"

    def work(data: bytes) -> bytes:
        image: Any = image_class.thumbnail_buffer(data, task.box[0], height=task.box[1], size=size)
        return bytes(image.jpegsave_buffer(Q=QUALITY, keep="none"))

    return work


WAYS: dict[str, Callable[[Task], Work]] = {
    "floor: decode alone": floor,
    "Darkroom": darkroom,
    "libvips": libvips,
    "OpenCV (area)": opencv,
    "Pillow": pillow,
}


def apart(way: str, key: str, workers: int, count: int) -> dict[str, float]:
    """The figures of one way, from a process of its own, so that its memory can be told."""
    command = [sys.executable, "-m", "benchmarks.bench_thumbnail", "--alone", way, key, str(workers), str(count)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


def alone(way: str, key: str, workers: int, count: int) -> None:
    """Measure one way in this process and print its figures."""
    task = TASKS[key]
    pictures = [path.read_bytes() for path in draw_corpus(task.folder, count, task.size)]
    work = WAYS[way](task)
    found = {**measure(work, pictures, 2, workers), "peak_mb": peak_mb()}
    if found["kb"] and workers == 1:
        found["ssim"] = likeness([(data, work(data)) for data in pictures[:COMPARED]])
    print(json.dumps(found))


def likeness(pairs: Sequence[tuple[bytes, bytes]]) -> float:
    """Mean SSIM of results with the whole picture decoded, turned and reduced by libvips' Lanczos."""
    from darkroom.imaging.formats.frames import Frames
    from darkroom.imaging.formats.load import load
    from darkroom.imaging.formats.prepare import from_vips, vips_image
    from darkroom.imaging.formats.similarity import similarity

    found = []
    for source, made in pairs:
        whole, result = load(source, "source").frames, load(made, "result").frames
        across, down = result.width / whole.width, result.height / whole.height
        reference = from_vips(vips_image(whole.pixels).resize(across, vscale=down, kernel="lanczos3"))
        found.append(similarity(Frames.of(reference), result))
    return sum(found) / len(found)


def sharp(task: Task, workers: int) -> dict[str, float] | None:
    """sharp on one task, as many pictures in flight as keep the cores busy: its own advice."""
    job = {"width": task.box[0], "height": task.box[1], "fit": task.fit, "format": "jpeg", "quality": QUALITY}
    with tempfile.TemporaryDirectory() as kept:
        found = peers.sharp(
            {**job, "keep": kept, "count": COMPARED}, task.folder, workers if workers == 1 else workers * 2
        )
        if found is not None and workers == 1:
            pairs = [((task.folder / one.name).read_bytes(), one.read_bytes()) for one in sorted(Path(kept).iterdir())]
            found["ssim"] = likeness(pairs)
    return found


def best(turns: Sequence[dict[str, float]]) -> dict[str, float]:
    """The least processor time, the best rate and the highest peak of all turns."""
    return {
        **turns[0],
        "cpu_ms": min(one["cpu_ms"] for one in turns),
        "pictures_s": max(one["pictures_s"] for one in turns),
        "peak_mb": max(one.get("peak_mb", 0.0) for one in turns),
    }


def compare(key: str, count: int, workers: int, turns: int) -> dict[str, dict[str, float]]:
    """Every way and every peer that is there, on one task, in turn."""
    task = TASKS[key]
    for spare in task.folder.glob("*.jpg"):
        if int(spare.stem) >= count:
            spare.unlink()
    draw_corpus(task.folder, count, task.size)
    taken: dict[str, list[dict[str, float]]] = {}
    for _ in range(turns):
        for way in WAYS:
            taken.setdefault(way, []).append(apart(way, key, workers, count))
        if (figures := sharp(task, workers)) is not None:
            taken.setdefault("sharp", []).append(figures)
    found = {way: best(figures) for way, figures in taken.items()}
    size = f"{task.box[0]}x{task.box[1]}{'!' if task.fit == 'fill' else ''}"
    command = ["vipsthumbnail", "{in}", "-s", size, "-o", f"{{out}}[Q={QUALITY},keep=none]"]
    if (figures := peers.command_line([command], task.folder, workers)) is not None:
        found["vipsthumbnail, a process each"] = figures
    return found


def show(title: str, found: dict[str, dict[str, float]]) -> None:
    """The table of one task."""
    ours, least = found["Darkroom"], found["floor: decode alone"]
    rows = [
        [
            name,
            f"{one['cpu_ms']:.2f}",
            f"{one['cpu_ms'] / ours['cpu_ms']:.2f}",
            one["pictures_s"],
            f"{one['pictures_s'] / least['pictures_s']:.0%}",
            one["kb"],
            one.get("peak_mb", 0.0),
            f"{one['ssim']:.4f}" if "ssim" in one else "",
        ]
        for name, one in found.items()
    ]
    table(title, ["", "CPU ms", "x our CPU", "pictures/s", "of floor", "kB", "peak MB", "SSIM"], rows)


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer pictures")
    parser.add_argument("--alone", nargs=4, metavar=("WAY", "TASK", "WORKERS", "COUNT"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.alone:
        way, key, workers, count = asked.alone
        alone(way, key, int(workers), int(count))
        return 0
    figures: dict[str, Any] = {}
    for key, task in TASKS.items():
        for workers in (1, WORKERS):
            count, turns = (task.quick, 1) if asked.quick else (task.count, TURNS)
            found = compare(key, count, workers, turns)
            show(f"{task.title}, {workers} at a time", found)
            figures[f"{key}-{workers}"] = found
    print(f"\nwritten to {save('thumbnail', figures)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
