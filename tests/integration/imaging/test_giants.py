"""Giants and thumbnails share a machine: admission by what headers predict keeps their memory within its limit."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.giants import GIANTS, THUMBNAILS
from tests.pictures import jpeg

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

LIMIT_MB = 800


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("giants")
    tile = np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)
    Image.fromarray(np.tile(tile.repeat(10, axis=0).repeat(10, axis=1), (7, 7, 1))).save(
        folder / "giant.jpg", quality=60
    )
    (folder / "small.jpg").write_bytes(jpeg(1, width=320, height=240))
    return folder


ENCODES = """
import sys
from darkroom.imaging import codecs, native
from darkroom.imaging.limits import Limits
from darkroom.imaging.recipes.compile import compile_recipe
from darkroom.imaging.recipes.package import run_packaged
from darkroom.imaging.recipes.predict import predicted_mb
from darkroom.imaging.recipes.read import parse_recipe
from darkroom.imaging.recipes.run import Resources
from darkroom.memory import peak_bytes
native.pyvips(), native.cv2(), native.pillow()
data = open(sys.argv[1], "rb").read()
program = compile_recipe(parse_recipe(sys.argv[2], "test.yaml", folder=None))
before = peak_bytes()
run_packaged(program, data, "a.jpg", resources=Resources(), cache=None, limits=Limits(), words=None)
print(predicted_mb(program, codecs.probe(data, "a.jpg")), (peak_bytes() - before) / 1e6)
"""


@pytest.mark.parametrize(
    "output",
    ["format: avif", "format: avif, bit_depth: 10", "format: jp2", "format: jp2, bit_depth: 16", "format: jxl"],
)
def test_what_an_encoder_takes_is_predicted(pictures: Path, output: str):
    words = [sys.executable, "-c", ENCODES, str(pictures / "giant.jpg"), f"output: {{{output}}}"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=240, check=True)
    predicted, took = map(float, done.stdout.split())
    assert took < predicted < 2.5 * took


def ran(folder: Path, memory_mb: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.giants", str(folder), str(memory_mb)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert (found["done"], found["errors"]) == (GIANTS + THUMBNAILS, [])
    return found


def test_memory_stays_within_its_limit_and_nobody_waits_behind_giants(pictures: Path):
    """Six of twelve megapixels, of which steps in float need 700 MB each, with six workers: one fits, two do not."""
    bound = ran(pictures, LIMIT_MB)
    assert bound["peak"] - bound["before"] < LIMIT_MB
    assert bound["order"].index(0.1) < GIANTS  # a thumbnail was done before the last of the giants
    free = ran(pictures, 0)
    assert free["peak"] - free["before"] > 1.3 * LIMIT_MB, "the pictures are too small to show anything"
