"""Draws the pictures that the benchmarks work on: like a camera's, with noise, texture, Exif and a camera's bytes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import numpy as np

from darkroom.imaging import native
from darkroom.imaging.pixels import Array
from darkroom.imaging.samples.paint import Canvas
from darkroom.imaging.samples.scenes import SCENES

CAMERA = (4000, 3000)
"""Size of a 12-megapixel picture."""
SMALL = (640, 480)
"""Size of a small picture."""


def draw_corpus(folder: Path, count: int, size: tuple[int, int], *, seed: int = 11) -> list[Path]:
    """JPEGs of one size, drawn once and kept; every one is different.

    Args:
        count: how many.
        size: width and height.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number:05d}.jpg" for number in range(count)]
    missing = [number for number, path in enumerate(paths) if not path.exists()]
    bases = {number % len(SCENES): None for number in missing}
    with ThreadPoolExecutor(2) as painters:
        painted = dict(zip(bases, painters.map(lambda index: _base(index, size, seed), bases), strict=True))
        list(
            painters.map(
                lambda number: _write(paths[number], painted[number % len(SCENES)], number, size, seed), missing
            )
        )
    return paths


def _base(index: int, size: tuple[int, int], seed: int) -> Array:
    scene = SCENES[index]
    width = min(size[0], 1600)
    canvas = Canvas(np.random.default_rng([seed, index]), width, width * size[1] // size[0])
    scene.painter(canvas, scene.mood)
    return canvas.finish(grain=0)


def _write(path: Path, base: Array, number: int, size: tuple[int, int], seed: int) -> None:
    cv2 = native.cv2()
    rng = np.random.default_rng([seed, 1000 + number])
    width, height = size
    shift = int(rng.integers(base.shape[1]))
    turned = np.roll(base, shift, axis=1)[:, :: -1 if number % 2 else 1]
    large = cv2.resize(np.ascontiguousarray(turned), size, interpolation=cv2.INTER_CUBIC).astype(np.int16)
    # Detail: grain of the subject, coarser than a pixel. Noise: of the sensor, per channel, more in the shadows.
    detail = rng.standard_normal((height // 2, width // 2), dtype=np.float32) * rng.uniform(2.0, 5.0)
    large += cv2.resize(detail, size, interpolation=cv2.INTER_LINEAR)[:, :, None].astype(np.int16)
    noise = rng.standard_normal((height, width), dtype=np.float32) * rng.uniform(3.0, 6.5)
    large += noise[:, :, None].astype(np.int16)
    picture = native.pillow().fromarray(np.clip(large, 0, 255).astype(np.uint8))
    exif = native.pillow().Exif()
    exif[0x010F], exif[0x0110] = "Halide", "Halide One"
    exif[0x0112] = int(rng.choice([1, 1, 1, 6, 8]))
    exif.get_ifd(0x8769).update({0x9003: "2026:05:04 10:11:12", 0x829A: 0.004, 0x829D: 4.0, 0x8827: 200, 0x920A: 35.0})
    target = BytesIO()
    picture.save(target, "JPEG", quality=int(rng.integers(88, 95)), subsampling="4:2:0", exif=exif)
    path.write_bytes(target.getvalue())
