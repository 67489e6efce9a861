"""Reads boxes and classes as Pascal VOC has them (XML), and says what is wrong with boxes and outlines of any layout."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree

from darkroom.datasets.importers import SPLIT_NAMES, Import, example, picture
from darkroom.datasets.placing import around
from darkroom.domain.annotation import ROUNDING, Annotation, Box, Detection, Segmentation
from darkroom.domain.dataset import Split
from darkroom.errors import Error

_LONGEST_LABEL = 200

Place = tuple[str, int | None]
"""A file and a line in it."""


def import_voc(folder: Path) -> Import:
    """`Annotations` with an XML file for each picture in `JPEGImages`, as Pascal VOC has them; splits as `ImageSets/Main` says."""
    annotations = folder / "Annotations"
    if not annotations.is_dir():
        raise Error("dataset_invalid", f"{folder} has no folder Annotations.")
    found = Import(next((folder / name for name in ("JPEGImages", "images") if (folder / name).is_dir()), folder))
    files = sorted(annotations.glob("*.xml"))
    splits = _voc_splits(found, folder / "ImageSets" / "Main", {one.stem for one in files})
    for file in files:
        tree = _xml(found, file)
        if tree is None:
            continue
        there = picture(found, tree.findtext("filename") or f"{file.stem}.jpg", file.name)
        if there is not None:
            said = tuple(_voc(found, file, tree))
            example(found, (file.name, None), said, key=there[0], path=there[1], split=splits.get(file.stem))
    return found


def _voc(found: Import, file: Path, tree: ElementTree.Element) -> Iterator[Annotation]:
    lines: list[int] = []
    for number, one in enumerate(tree.iter("object")):
        problem = ""
        try:
            shape = float(tree.findtext("size/width") or 0), float(tree.findtext("size/height") or 0)
            left, top, right, bottom = (
                float(one.findtext(f"bndbox/{side}") or "nothing") for side in ("xmin", "ymin", "xmax", "ymax")
            )
            # Corners count pixels from 1, both of them inside the box.
            values = relative((left - 1, top - 1, right - left + 1, bottom - top + 1), shape)
            label = (one.findtext("name") or "").strip()
            problem = wrong_label(label) or wrong_box(values)
        except (ValueError, ZeroDivisionError):
            problem = "It has no box of four numbers in a picture of a known size."
        if problem:
            lines = lines or [file.read_bytes().count(b"\n", 0, at) + 1 for at in _objects(file)]
            found.refuse(file.name, f"object {number + 1}: {problem}", lines[number] if number < len(lines) else None)
            continue
        yield Detection(label=label, box=box_of(values))


def _objects(file: Path) -> list[int]:
    """Where each object begins in a file."""
    return [one.start() for one in re.finditer(rb"<object[\s>]", file.read_bytes())]


def _voc_splits(found: Import, folder: Path, stems: set[str]) -> dict[str, Split]:
    """The split of each picture, by its name; those of single classes (`cat_train.txt`) say nothing of it."""
    files: dict[str, Split] = {"train.txt": "train", "val.txt": "validation", "test.txt": "test"}
    splits: dict[str, Split] = {}
    for name, split in files.items():
        for number, line in enumerate(lines_of(folder / name), 1):
            stem = line.strip()
            if stem and stem not in stems:
                found.refuse(f"ImageSets/Main/{name}", f"There is no annotation {stem}.xml.", number)
            elif stem and splits.setdefault(stem, split) != split:
                found.refuse(f"ImageSets/Main/{name}", f"{stem} is in {splits[stem]} already, where it stays.", number)
    return splits


def _xml(found: Import, file: Path) -> ElementTree.Element | None:
    """A file's tree; one with a DOCTYPE is refused, for its entities could fill all memory."""
    try:
        data = file.read_bytes()
        if re.search(rb"<!(DOCTYPE|ENTITY)", data, re.IGNORECASE) or b"\x00" in data:
            found.refuse(file.name, "It has a DOCTYPE or is not UTF-8, which labels never need.")
            return None
        return ElementTree.fromstring(data)  # noqa: S314 - nothing can be declared in it
    except (OSError, ElementTree.ParseError, ValueError) as error:
        line = error.position[0] if isinstance(error, ElementTree.ParseError) else None
        found.refuse(file.name, f"It cannot be read as XML: {error}.", line)
        return None


def wrong_label(label: str) -> str:
    """What is wrong with the name of a class; nothing if it is good."""
    if not label:
        return "It has no class."
    return f"Its class has more than {_LONGEST_LABEL} characters." if len(label) > _LONGEST_LABEL else ""


def wrong_box(values: Sequence[float]) -> str:
    """What is wrong with a box (left, top, width, height as shares of the picture); nothing if it is good."""
    x, y, width, height = values
    if not all(math.isfinite(one) for one in values):
        return "The box has something that is no number."
    if width <= 0 or height <= 0:
        return f"The box has no {'width' if width <= 0 else 'height'}."
    if min(x, y) < -ROUNDING or max(x + width, y + height) > 1 + ROUNDING:
        return "The box reaches outside the picture."
    return ""


def wrong_outline(corners: Sequence[tuple[float, float]]) -> str:
    """What is wrong with an outline (corners as shares of the picture); nothing if it is good."""
    sides = [side for corner in corners for side in corner]
    if not all(math.isfinite(one) for one in sides):
        return "The outline has something that is no number."
    if min(sides) < -ROUNDING or max(sides) > 1 + ROUNDING:
        return "The outline reaches outside the picture."
    return "The outline has no area." if around(tuple(corners)) is None else ""


def box_of(values: Sequence[float]) -> Box:
    """A box of which nothing is wrong."""
    x, y, width, height = values
    return Box(x=x, y=y, width=width, height=height)


def outlined(label: str, corners: Sequence[tuple[float, float]]) -> tuple[Annotation, ...]:
    """A thing of which the outline is known: the box around it, and the outline."""
    box = around(tuple(corners))
    assert box is not None  # noqa: S101 - nothing is wrong with it
    return Detection(label=label, box=box), Segmentation(label=label, outline=tuple(corners))


def relative(values: Sequence[float], shape: tuple[float, float]) -> tuple[float, ...]:
    """Pixels as shares of a picture's width and height, in turn."""
    return tuple(value / shape[at % 2] for at, value in enumerate(values))


def split_named(name: str) -> Split | None:
    """The split that a folder or file is called after, as `val` or `train2017`."""
    return SPLIT_NAMES.get(name.lower().rstrip("0123456789"))


def lines_of(file: Path) -> list[str]:
    """Lines of a text file; none where there is none."""
    try:
        return file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
