"""The six-step recipe beside its peers in one run: `python -m benchmarks.bench_recipe [--quick]`.

Auto-orient, smart crop 3:2, resize to 1600 pixels, noise reduction, white balance, sharpen, then WebP (effort 4) or JPEG,
from 12-megapixel JPEGs. Each peer does the same with its own means, as its documentation tells to: Pillow, OpenCV and
ImageMagick have no smart crop and cut the centre; libvips and sharp crop by attention. sharp is fetched by npm into a
scratch folder; the commands of libvips and ImageMagick take part where they are installed (Debian: `apt-get install
libvips-tools imagemagick`). CPU time tells more than wall time on a machine that others use.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

from benchmarks import peers
from benchmarks.bench_ingest import WORKERS
from benchmarks.corpus import CAMERA, draw_corpus
from benchmarks.report import save, table
from darkroom.imaging import native
from darkroom.imaging.recipes.compile import Program, compile_recipe
from darkroom.imaging.recipes.read import parse_recipe
from darkroom.imaging.recipes.run import run_recipe

WEBP, JPEG = "webp", "jpeg"
LEAST_SECONDS = 3.0
"""So long each way is measured at least."""
STEPS = """
- smart_crop: {ratio: "3:2"}
- resize: {width: 1600}
- median
- white_balance: {method: grey_world}
- sharpen: {amount: 0.5}
"""
AUTO = STEPS.replace("- median", "- denoise")
Work = Callable[[bytes], bytes]


def program(steps: str, target: str) -> Program:
    """The recipe, ready to run."""
    output = "{format: webp, quality: 80, effort: 4}" if target == WEBP else "{format: jpeg, quality: 82}"
    indented = "".join(f"  {line}\n" for line in steps.strip().splitlines())
    text = f"name: six\noperations:\n  - auto_orient\n{indented}output: {output}\n"
    return compile_recipe(parse_recipe(text, "six", folder=None))


def darkroom(steps: str, target: str) -> Work:
    """Our recipe."""
    compiled = program(steps, target)
    return lambda data: run_recipe(compiled, data, "picture").encoded.data


def pillow(target: str) -> Work:
    """Pillow at its best: scaled decode, box crop and resize in one."""
    from PIL import ImageFilter, ImageOps, ImageStat

    def work(data: bytes) -> bytes:
        image = native.pillow().open(BytesIO(data))
        image.draft("RGB", (1600, 1600))
        image = ImageOps.exif_transpose(image)
        size = (1600, 1067)
        image = ImageOps.fit(image, size, native.pillow().Resampling.LANCZOS)
        image = image.filter(ImageFilter.MedianFilter(3))
        means = ImageStat.Stat(image).mean
        gains = [sum(means) / 3 / max(one, 1) for one in means]
        image = image.point([min(255, round(value * gain)) for gain in gains for value in range(256)])
        image = image.filter(ImageFilter.UnsharpMask(1.5, 50, 0))
        made = BytesIO()
        image.save(made, "WEBP", quality=80, method=4) if target == WEBP else image.save(made, "JPEG", quality=82)
        return made.getvalue()

    return work


def vips(target: str, *, lazy: bool) -> Work:
    """libvips: one lazy graph as people write it, or with pictures in memory where several readers follow."""
    image_class = native.pyvips().Image

    def work(data: bytes) -> bytes:
        image: Any = image_class.thumbnail_buffer(data, 1600, height=1067, crop="attention")
        image = image if lazy else image.copy_memory()
        image = image.median(3)
        image = image if lazy else image.copy_memory()
        means = [image[band].avg() for band in range(3)]
        image = (image * [sum(means) / 3 / max(one, 1) for one in means]).cast("uchar")
        image = image if lazy else image.copy_memory()
        image = image.sharpen()
        if target == WEBP:
            return bytes(image.webpsave_buffer(Q=80, effort=4))
        return bytes(image.jpegsave_buffer(Q=82))

    return work


def opencv(target: str) -> Work:
    """OpenCV alone: full decode, centre crop, Pillow to write."""
    cv2 = native.cv2()
    import numpy as np

    def work(data: bytes) -> bytes:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_REDUCED_COLOR_2)
        height, width = image.shape[:2]
        tall, wide = min(height, round(width * 2 / 3)), min(width, round(height * 1.5))
        top, left = (height - tall) // 2, (width - wide) // 2
        image = cv2.resize(image[top : top + tall, left : left + wide], (1600, 1067), interpolation=cv2.INTER_AREA)
        image = cv2.medianBlur(image, 3)
        means = cv2.mean(image)[:3]
        image = cv2.multiply(image, (*(sum(means) / 3 / max(one, 1) for one in means), 1.0))
        image = cv2.addWeighted(image, 1.5, cv2.GaussianBlur(image, (0, 0), 1.5), -0.5, 0)
        made = BytesIO()
        shown = native.pillow().fromarray(np.ascontiguousarray(image[:, :, ::-1]))
        shown.save(made, "WEBP", quality=80, method=4) if target == WEBP else shown.save(made, "JPEG", quality=82)
        return made.getvalue()

    return work


def measure(work: Work, pictures: Sequence[bytes], repeat: int, workers: int = WORKERS) -> dict[str, float]:
    """CPU milliseconds, bytes and pictures a second, so many at a time; the best of several passes.

    A pass of small pictures takes a third of a second, in which anything may come between: passes go on for some
    seconds, with peers as well (`sharp.mjs`).

    Threads take the next picture by themselves, as those of a batch do: to be handed each by another thread costs a
    small one a third of its time.
    """
    cpu, wall, sizes = [], [], [len(work(pictures[0]))]
    first = time.perf_counter()
    while len(wall) < repeat or time.perf_counter() - first < LEAST_SECONDS:
        sizes = [0] * len(pictures)
        numbers = itertools.count()

        def take(numbers: Iterator[int] = numbers, sizes: list[int] = sizes) -> None:
            for number in itertools.takewhile(lambda number: number < len(pictures), numbers):
                sizes[number] = len(work(pictures[number]))

        begin, spent = time.perf_counter(), time.process_time()
        with ThreadPoolExecutor(workers) as threads:
            done = [threads.submit(take) for _ in range(workers)]
        for one in done:
            one.result()
        cpu.append((time.process_time() - spent) / len(pictures) * 1e3)
        wall.append(len(pictures) / (time.perf_counter() - begin))
    return {"cpu_ms": min(cpu), "pictures_s": max(wall), "kb": sum(sizes) / len(sizes) / 1e3}


def commands(target: str) -> dict[str, list[list[str]]]:
    """What one types for libvips, step by step through its own files, and for ImageMagick, in one command."""
    written = "[Q=80,effort=4]" if target == WEBP else "[Q=82]"
    quality = ["-quality", "80", "-define", "webp:method=4"] if target == WEBP else ["-quality", "82"]
    gains = "1.05 1 0.95"  # a command cannot look at the picture: fixed ones cost the same
    return {
        "libvips, its commands": [
            ["vips", "thumbnail", "{in}", "{a}", "1600", "--height", "1067", "--crop", "attention"],
            ["vips", "rank", "{a}", "{b}", "3", "3", "4"],  # the fifth of nine
            ["vips", "linear", "{b}", "{a}", gains, "0 0 0", "--uchar"],
            ["vips", "sharpen", "{a}", f"{{out}}{written}"],
        ],
        "ImageMagick (centre crop)": [
            [
                *("convert", "-limit", "thread", "1", "-define", "jpeg:size=3200x2134", "{in}", "-auto-orient"),
                *("-resize", "1600x1067^", "-gravity", "center", "-extent", "1600x1067", "-median", "3"),
                *("-channel", "R", "-evaluate", "multiply", "1.05", "-channel", "B", "-evaluate", "multiply", "0.95"),
                *("+channel", "-unsharp", "0x1.5+0.5+0", *quality, "{out}"),
            ]
        ],
    }


def others(target: str, folder: Path) -> dict[str, dict[str, float]]:
    """Peers that are programs of their own, as far as they are there."""
    job = {"width": 1600, "height": 1067, "fit": "cover", "format": target, "effort": 4, "steps": True}
    found = {"sharp": peers.sharp({**job, "quality": 80 if target == WEBP else 82}, folder, WORKERS * 2)}
    ending = "webp" if target == WEBP else "jpg"
    found |= {name: peers.command_line(chain, folder, WORKERS, ending) for name, chain in commands(target).items()}
    return {name: figures for name, figures in found.items() if figures}


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer pictures")
    asked = parser.parse_args()
    count, repeat = (4, 2) if asked.quick else (16, 3)
    folder = Path(tempfile.gettempdir()) / f"darkroom-bench-recipe-{count}"
    pictures = [path.read_bytes() for path in draw_corpus(folder, count, CAMERA)]
    figures: dict[str, Any] = {"pictures": count}
    for target in (WEBP, JPEG):
        ways = {
            "Darkroom (median 3)": darkroom(STEPS, target),
            "Darkroom (denoise, strength found)": darkroom(AUTO, target),
            "OpenCV (centre crop)": opencv(target),
            "Pillow (centre crop)": pillow(target),
            "libvips, in memory": vips(target, lazy=False),
            "libvips, one lazy graph": vips(target, lazy=True),
        }
        found = {name: measure(work, pictures, repeat) for name, work in ways.items()}
        found |= others(target, folder)
        ours = found["Darkroom (median 3)"]["cpu_ms"]
        rows = [
            [name, one["cpu_ms"], one["pictures_s"], one["kb"], f"{one['cpu_ms'] / ours:.2f}"]
            for name, one in found.items()
        ]
        table(f"six steps, 12 MP to {target}, {WORKERS} threads", ["", "CPU ms", "pictures/s", "kB", "x our CPU"], rows)
        figures[target] = found
    print(f"\nwritten to {save('recipe', figures)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
