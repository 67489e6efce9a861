"""Draws pairs of pictures: with noise and without, or plain and in a warm look; the same call draws the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from darkroom.imaging import native


def draw_pairs(folder: Path, counts: dict[str, int], *, look: str = "noise", side: int = 96) -> Path:
    """Folders `input` and `target` for each split, with pictures of smooth grounds and sharp shapes."""
    rng = np.random.default_rng(5)
    cv2 = native.cv2()
    for split, count in counts.items():
        for name in ("input", "target"):
            (folder / split / name).mkdir(parents=True)
        for number in range(count):
            ground = rng.integers(30, 226, (3, 3, 3), dtype=np.uint8)
            clean = cv2.resize(ground, (side, side), interpolation=cv2.INTER_CUBIC)
            for _ in range(4):
                colour = tuple(int(value) for value in rng.integers(0, 256, 3))
                centre = tuple(int(value) for value in rng.integers(0, side, 2))
                cv2.circle(clean, centre, int(rng.integers(6, side // 4)), colour, int(rng.choice([-1, 2, 4])))
            target = clean if look == "noise" else warm(clean)
            given = clean if look != "noise" else noisy(clean, rng)
            cv2.imwrite(str(folder / split / "target" / f"{number:03d}.png"), target)
            cv2.imwrite(str(folder / split / "input" / f"{number:03d}.png"), given)
    return folder


def noisy(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.clip(picture + rng.normal(0, 20, picture.shape), 0, 255).astype(np.uint8)


def warm(picture: np.ndarray) -> np.ndarray:
    """More red, less blue, darker shadows; blue comes first."""
    share = (picture / 255.0) ** np.array([1.25, 1.05, 0.85])
    return np.clip(share * 255 + 0.5, 0, 255).astype(np.uint8)
