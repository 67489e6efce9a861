"""Small pictures for tests: quick to draw, all different, and the same in every run."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image


def jpeg(seed: int, *, width: int = 320, height: int = 240, quality: int = 85) -> bytes:
    """A JPEG with large shapes (so that perceptual hashes differ) and a little noise."""
    chance = np.random.default_rng(seed)
    coarse = Image.fromarray(chance.integers(0, 256, (6, 8, 3), dtype=np.uint8))
    pixels = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), dtype=np.int16)
    noisy = np.clip(pixels + chance.integers(-6, 7, pixels.shape), 0, 255).astype(np.uint8)
    return encode(Image.fromarray(noisy), "JPEG", quality=quality)


def encode(image: Image.Image, kind: str, **options: int) -> bytes:
    """The picture as bytes of a format."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def drop(folder: Path, name: str, data: bytes) -> Path:
    """Put a file into a folder as a careful program does: complete under a hidden name, then renamed."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    hidden = path.with_name(f".{path.name}.part")
    hidden.write_bytes(data)
    hidden.rename(path)
    return path
