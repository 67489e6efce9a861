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
