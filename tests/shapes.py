"""Draws small labelled pictures that a network tells apart within seconds."""

from __future__ import annotations

import json
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


def draw_regions(folder: Path, counts: dict[str, int], side: int = 64) -> Path:
    """Pictures with a disc, a square or both, filled, and their outlines, as COCO has them; the same call draws the same."""
    rng = np.random.default_rng(5)
    folder.mkdir(parents=True, exist_ok=True)
    circle = [(np.cos(turn), np.sin(turn)) for turn in np.linspace(0, 2 * np.pi, 24, endpoint=False)]
    shapes = {"disc": circle, "square": [(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]}
    for split, count in counts.items():
        images, entries = [], []
        for number in range(count):
            name = f"{split}{number:03d}.png"
            picture = np.full((side, side, 3), rng.integers(0, 100, 3), np.uint8)
            for at, one in enumerate([*rng.permutation(list(shapes))[: int(rng.integers(1, 3))]]):
                size = int(rng.integers(side // 8, side // 5))
                middle = (side * (1 + 2 * at) // 4, int(rng.integers(size + 1, side - size - 1)))
                corners = np.round([(middle[0] + x * size, middle[1] + y * size) for x, y in shapes[one]])
                colour = tuple(int(value) for value in rng.integers(150, 256, 3))
                native.cv2().fillPoly(picture, [corners.astype(np.int32)], colour)
                low, high = corners.min(0), corners.max(0)
                entries.append({
                    "id": len(entries), "image_id": number, "category_id": list(shapes).index(one),
                    "bbox": [*low, *(high - low)], "segmentation": [corners.ravel().tolist()],
                })  # fmt: skip
            native.cv2().imwrite(str(folder / name), picture)
            images.append({"id": number, "file_name": name, "width": side, "height": side})
        kinds = [{"id": at, "name": one} for at, one in enumerate(shapes)]
        whole = {"images": images, "annotations": entries, "categories": kinds}
        (folder / f"instances_{split}.json").write_text(json.dumps(whole))
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
