"""Small pictures drawn for the tests."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

Draw = Callable[..., bytes]


def scene(width: int = 640, height: int = 400) -> Image.Image:
    """Red left, blue right, a bright disc and fine stripes: turned or mirrored it is another picture."""
    y, x = np.mgrid[0:height, 0:width]
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[..., 0] = np.where(x < width / 2, 200, 30)
    pixels[..., 2] = np.where(x < width / 2, 30, 200)
    pixels[..., 1] = (y * 120 // height).astype(np.uint8)
    pixels[np.hypot(x - width * 0.25, y - height * 0.3) < height * 0.15] = (250, 240, 200)
    pixels[(y > height * 0.8) & ((x // 4) % 2 == 0)] = (10, 10, 10)
    return Image.fromarray(pixels)


@pytest.fixture(scope="session")
def draw() -> Draw:
    """Encoded pictures: `draw("PNG", width=.., height=.., mode=.., **options of Pillow)`."""

    def make(kind: str = "JPEG", *, width: int = 640, height: int = 400, mode: str = "RGB", **options: Any) -> bytes:
        target = BytesIO()
        scene(width, height).convert(mode).save(target, kind, **options)
        return target.getvalue()

    return make
