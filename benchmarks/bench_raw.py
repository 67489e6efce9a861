"""The camera's own preview of RAW files, and what developing them costs: `python -m benchmarks.bench_raw [FILE ...]`.

Without files two are made, of 24 megapixels with 16 bits: one brings a preview of 1,620 pixels as most cameras write them, one
nothing but a JPEG of full size. Measured is what an ingest does until it has 1,024 pixels, and what a recipe does for all of them.
The peer is LibRaw developing at half size, which is what a program without the preview has to do.
"""

from __future__ import annotations

import argparse
import time
from io import BytesIO
from pathlib import Path

import numpy as np

from benchmarks.report import milliseconds, percentile, save, table
from darkroom.imaging import codecs, native, raw, scaled_jpeg
from darkroom.imaging.formats.develop import RawOptions
from darkroom.imaging.formats.load import LoadOptions, load
from tests.negatives import negative, scene

WIDTH, HEIGHT = 6_000, 4_000
PREVIEW = (1_620, 1_080)
TARGET = 1_024


def photograph(width: int, height: int) -> bytes:
    """A JPEG with structure and grain, of as many bytes as a camera's."""
    rng = np.random.default_rng(1)
    cv2 = native.cv2()
    coarse = rng.integers(0, 255, (height // 16, width // 16, 3), np.uint8)
    large = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.int16)
    grain = rng.standard_normal((height, width, 1), dtype=np.float32) * 4
    target = BytesIO()
    native.pillow().fromarray((large + grain).clip(0, 255).astype(np.uint8)).save(target, "JPEG", quality=85)
    return target.getvalue()


def made() -> dict[str, bytes]:
    """Two negatives of 24 megapixels."""
    light, full = scene(WIDTH, HEIGHT), photograph(WIDTH, HEIGHT)
    return {
        "preview of 1,620 px": negative(light, previews=[photograph(*PREVIEW), full]),
        "preview of full size alone": negative(light, previews=[full]),
    }


def measured(name: str, data: bytes, repeat: int) -> dict[str, float]:
    """Milliseconds of each way, and those of the processor for the preview."""
    header = codecs.probe(data, name)
    began = time.process_time()
    for _ in range(repeat):
        codecs.decode(data, codecs.probe(data, name), TARGET, name)
    processor = (time.process_time() - began) * 1e3 / repeat

    def half() -> None:
        with raw.opened_raw(data, name) as file:
            file.postprocess(half_size=True, use_camera_wb=True, output_bps=8, user_flip=0)

    def full() -> None:
        load(data, name, LoadOptions(raw=RawOptions()), header=header)

    preview = milliseconds(lambda: codecs.decode(data, codecs.probe(data, name), TARGET, name), repeat)
    return {
        "preview_ms": percentile(preview, 0.5),
        "preview_processor_ms": processor,
        "half_ms": percentile(milliseconds(half, 2), 0.0),
        "full_ms": percentile(milliseconds(full, 1), 0.0),
    }


def main() -> None:
    """Measure, print, save."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("files", nargs="*", type=Path)
    asked.add_argument("--repeat", type=int, default=9)
    options = asked.parse_args()
    files = {path.name: path.read_bytes() for path in options.files} or made()
    found = {name: measured(name, data, options.repeat) for name, data in files.items()}
    columns = ["", "preview, ms", "of the processor, ms", "half size, ms", "16 bits, ms"]
    decoder = scaled_jpeg.available()
    by = f"our decoder, the {decoder} build" if decoder else "libjpeg-turbo"
    table(
        f"RAW to {TARGET} px, previews by {by}", columns, [[name, *figures.values()] for name, figures in found.items()]
    )
    save("raw", found)


if __name__ == "__main__":
    main()
