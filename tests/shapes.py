"""Draws small labelled pictures that a network tells apart within seconds."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from darkroom.imaging import native

SHAPES = ("circle", "cross", "square")


def draw_shapes(folder: Path, counts: dict[str, int], side: int = 40) -> Path:
    """One folder for each split and shape; places, sizes and colours differ, and the same call draws the same pictures."""
    rng = np.random.default_rng(7)
    for split, count in counts.items():
        for shape in SHAPES:
            place = folder / split / shape
            place.mkdir(parents=True)
            for number in range(count):
                dark, bright = rng.integers(0, 90, 3), rng.integers(150, 256, 3)
                picture = np.full((side, side, 3), dark, np.uint8)
                centre = [int(value) for value in rng.integers(side // 2 - 5, side // 2 + 6, 2)]
                size = int(rng.integers(side // 5, side // 3))
                _paint(picture, shape, centre, size, tuple(int(value) for value in bright))
                native.cv2().imwrite(str(place / f"{number:03d}.png"), picture)
    return folder


def draw_scenes(folder: Path, counts: dict[str, int], side: int = 96) -> Path:
    """Pictures with one to three shapes each, and where they are, as Pascal VOC has it; the same call draws the same."""
    rng = np.random.default_rng(11)
    for name in ("JPEGImages", "Annotations", "ImageSets/Main"):
        (folder / name).mkdir(parents=True)
    for split, count in counts.items():
        names = [f"{split}{number:03d}" for number in range(count)]
        (folder / "ImageSets" / "Main" / f"{split}.txt").write_text("\n".join(names) + "\n")
        for name in names:
            picture = np.full((side, side, 3), rng.integers(0, 90, 3), np.uint8)
            objects = []
            # Three columns, so that none hides another.
            for column in rng.permutation(3)[: int(rng.integers(1, 4))]:
                shape = SHAPES[int(rng.integers(3))]
                size = int(rng.integers(side // 10, side // 7))
                x = side * (2 * int(column) + 1) // 6
                y = int(rng.integers(size + 2, side - size - 2))
                _paint(picture, shape, (x, y), size, tuple(int(value) for value in rng.integers(150, 256, 3)))
                edges = "".join(
                    f"<{edge}>{value}</{edge}>"
                    for edge, value in zip(
                        ("xmin", "ymin", "xmax", "ymax"), (x - size, y - size, x + size, y + size), strict=True
                    )
                )
                objects.append(f"<object><name>{shape}</name><bndbox>{edges}</bndbox></object>")
            native.cv2().imwrite(str(folder / "JPEGImages" / f"{name}.png"), picture)
            about = f"<filename>{name}.png</filename><size><width>{side}</width><height>{side}</height></size>"
            (folder / "Annotations" / f"{name}.xml").write_text(f"<annotation>{about}{''.join(objects)}</annotation>")
    return folder


def _paint(picture, shape, centre, size, colour) -> None:
    cv2, (x, y) = native.cv2(), centre
    if shape == "circle":
        cv2.circle(picture, (x, y), size, colour, 2)
    elif shape == "square":
        cv2.rectangle(picture, (x - size, y - size), (x + size, y + size), colour, 2)
    else:
        cv2.line(picture, (x - size, y - size), (x + size, y + size), colour, 2)
        cv2.line(picture, (x + size, y - size), (x - size, y + size), colour, 2)
