"""Time and bytes of JPEG, WebP and AVIF at equal likeness, with and without adaptive quality, beside plain libraries.

Run as `python -m benchmarks.bench_encode [--quick]`. Each picture is written by every way to the likeness that the
target names: those with a fixed quality get the lowest one that reaches it for nine pictures in ten, which is what a
careful person would set; the adaptive ones look for each picture's own. Times are processor time of one thread. What
libraries do without being told anything is shown beside, with the likeness that they reach.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from bisect import bisect_left
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from statistics import mean

from PIL import Image

from benchmarks.corpus import draw_corpus
from benchmarks.report import percentile, save, table
from darkroom.imaging import native
from darkroom.imaging.formats.adaptive import AdaptiveOptions, adapt
from darkroom.imaging.formats.encode import encode
from darkroom.imaging.formats.frames import Frames
from darkroom.imaging.formats.load import LoadOptions, load
from darkroom.imaging.formats.options import EncodeOptions
from darkroom.imaging.formats.prepare import vips_image
from darkroom.imaging.formats.similarity import luma, ssim
from darkroom.imaging.pixels import fit

TARGET = 0.96
SIZE = (1200, 900)
COLUMNS = ("way", "ms", "kB", "likeness", "least", "quality")
Write = Callable[[Frames, int | None], bytes]


def pictures(folder: Path, count: int) -> list[Frames]:
    """Photographs as they come to a web page: scaled down from a camera's size."""
    paths = draw_corpus(folder, count, (2400, 1800))
    return [
        Frames.of(fit(load(p.read_bytes(), p.name, LoadOptions(target=1200)).frames.pixels, SIZE[0])) for p in paths
    ]


def ours(**options: object) -> Write:
    """Our encoder with some options."""

    def write(frames: Frames, quality: int | None) -> bytes:
        return encode(frames, EncodeOptions.checked(quality=quality, **options)).data

    return write


def pillow(kind: str) -> Write:
    """Pillow as it comes."""

    def write(frames: Frames, quality: int | None) -> bytes:
        target = BytesIO()
        more = {} if quality is None else {"quality": quality}
        Image.fromarray(frames.pixels).save(target, kind, **more)
        return target.getvalue()

    return write


def libvips(saver: str, **options: object) -> Write:
    """libvips as it comes."""

    def write(frames: Frames, quality: int | None) -> bytes:
        more = {} if quality is None else {"Q": quality}
        return bytes(getattr(vips_image(frames.pixels), saver)(**options, **more))

    return write


WAYS: dict[str, Write] = {
    "jpeg": ours(format="jpeg", subsampling="420"),
    "jpeg trellis": ours(format="jpeg", trellis=True, subsampling="420"),
    "jpeg, Pillow": pillow("JPEG"),
    "jpeg, libvips": libvips("jpegsave_buffer"),
    "webp": ours(format="webp"),
    "webp effort 0": ours(format="webp", effort=0),
    "webp, Pillow": pillow("WEBP"),
    "webp, libvips": libvips("webpsave_buffer"),
    "avif": ours(format="avif", subsampling="420"),
    "avif, Pillow": pillow("AVIF"),
    "avif, libvips": libvips("heifsave_buffer", compression="av1"),
}
SLOW = {"avif, libvips"}


def written(write: Write, frames: Frames, quality: int | None) -> tuple[float, int, float]:
    """Milliseconds, bytes and likeness of one picture."""
    began = time.process_time()
    data = write(frames, quality)
    spent = (time.process_time() - began) * 1e3
    return spent, len(data), ssim(luma(frames), luma(load(data, "x").frames))


def fixed_quality(write: Write, chosen: list[Frames]) -> int:
    """The lowest quality that reaches the target for nine pictures in ten."""
    needed = []
    for frames in chosen:
        tried = range(30, 99, 2)
        needed.append(tried[bisect_left(tried, TARGET, hi=len(tried) - 1, key=lambda q: written(write, frames, q)[2])])
    return int(percentile(needed, 0.9))


def row(name: str, found: list[tuple[float, int, float]], quality: str) -> list[object]:
    """Means of all pictures, and the least likeness."""
    times, sizes, scores = zip(*found, strict=True)
    return [name, mean(times), mean(sizes) / 1e3, f"{mean(scores):.3f}", f"{min(scores):.3f}", quality]


def adaptive(format_: str, chosen: list[Frames]) -> list[object]:
    """The row of adaptive quality."""
    found, qualities = [], []
    for frames in chosen:
        began = time.process_time()
        made = adapt(frames, AdaptiveOptions(target=TARGET), EncodeOptions.checked(format=format_))
        spent = (time.process_time() - began) * 1e3
        back = luma(load(made.encoded.data, "x").frames)
        found.append((spent, len(made.encoded.data), ssim(luma(frames), back)))
        qualities.append(made.encoded.quality or 0)
    return row(f"{format_} adaptive", found, f"{min(qualities)}-{max(qualities)}")


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_encode", description=__doc__)
    parser.add_argument("ways", nargs="*", metavar="WAY", help=f"of {', '.join(WAYS)}; all without a name")
    parser.add_argument("--quick", action="store_true", help="four pictures in place of 24, and no slow encoder")
    asked = parser.parse_args()
    for prepare in (native.cv2, native.pyvips, native.pillow):
        prepare()
    with tempfile.TemporaryDirectory() as folder:
        chosen = pictures(Path(folder), 4 if asked.quick else 24)
    if unknown := sorted(set(asked.ways) - set(WAYS)):
        parser.error(f"there is no way {', '.join(unknown)}")
    ways = {name: WAYS[name] for name in asked.ways or WAYS if asked.ways or not (asked.quick and name in SLOW)}
    equal, plain = [], []
    for name, write in ways.items():
        if name not in SLOW:
            quality = fixed_quality(write, chosen)
            equal.append(row(name, [written(write, frames, quality) for frames in chosen], str(quality)))
        if name in ("jpeg", "webp", "avif"):
            equal.append(adaptive(name, chosen))
        plain.append(row(name, [written(write, frames, None) for frames in chosen], "default"))
    table(
        f"Likeness {TARGET} reached by nine in ten (adaptive: by all), {len(chosen)} pictures of 1.08 MP",
        COLUMNS,
        equal,
    )
    table("As each comes, told nothing", COLUMNS, plain)
    print(f"\nFigures in {save('encode', {'equal': equal, 'plain': plain, 'target': TARGET, 'pictures': len(chosen)})}")


if __name__ == "__main__":
    main()
