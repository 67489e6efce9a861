"""Writes boxes and outlines as detectors read them: COCO, YOLO and Pascal VOC."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from darkroom.datasets.archives import File
from darkroom.datasets.placing import FOLDERS, Leaving, Placed, Thing
from darkroom.domain.annotation import Box


def coco(leaving: Leaving) -> Iterator[File]:
    """`annotations/instances_train.json` and so on, pictures in a folder for each split."""
    numbers = {label: number for number, label in enumerate(leaving.manifest.labels, 1)}
    categories = [{"id": number, "name": label, "supercategory": ""} for label, number in numbers.items()]
    wholes: dict[str, dict[str, list[Any]]] = defaultdict(
        lambda: {"images": [], "annotations": [], "categories": categories}
    )
    for one, found in leaving.with_things():
        folder = FOLDERS[one.example.split]
        whole, facts = wholes[folder], one.facts
        image = len(whole["images"]) + 1
        whole["images"].append({"id": image, "file_name": one.name, "width": facts.width, "height": facts.height})
        for thing in found:
            row = {"id": len(whole["annotations"]) + 1, "image_id": image, "category_id": numbers[thing.label]}
            whole["annotations"].append({**row, **_in_pixels(thing, facts.width, facts.height)})
        yield one.file(folder)
    for folder, whole in wholes.items():
        text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
        yield File(f"annotations/instances_{folder}.json", (text.encode(),))


def yolo(leaving: Leaving) -> Iterator[File]:
    """`data.yaml` and `classes.txt`, `images/train` with pictures, `labels/train` with a text file for each, and so on."""
    names = [" ".join(label.split()) for label in leaving.manifest.labels]
    numbers = {label: number for number, label in enumerate(leaving.manifest.labels)}
    folders: set[str] = set()
    for one, found in leaving.with_things():
        folder = FOLDERS[one.example.split]
        folders.add(folder)
        # Other programs take a file with one outline for a file of outlines: its boxes are outlines then too.
        outlines = any(thing.outlines for thing in found)
        lines = [line for thing in found for line in _yolo(thing, numbers[thing.label], outlines=outlines)]
        if any(len(thing.outlines) > 1 for thing in found):
            leaving.leave_out(one, "What has several outlines is a line for each of them.")
        yield one.file(f"images/{folder}")
        yield File(f"labels/{folder}/{one.stem}.txt", ("".join(f"{line}\n" for line in lines).encode(),))
    yield File("classes.txt", ("".join(f"{name}\n" for name in names).encode(),))
    about = ["path: ."]
    about += [f"{folder}: images/{folder}" for folder in FOLDERS.values() if folder in folders]
    # JSON's strings are YAML's too.
    about += ["names:", *(f"  {number}: {json.dumps(name)}" for number, name in enumerate(names))]
    yield File("data.yaml", ("".join(f"{line}\n" for line in about).encode(),))


def voc(leaving: Leaving) -> Iterator[File]:
    """`JPEGImages`, `Annotations` with an XML file for each picture, `ImageSets/Main` with the splits."""
    splits: dict[str, list[str]] = defaultdict(list)
    for one, found in leaving.with_things():
        if any(thing.outlines for thing in found):
            leaving.leave_out(one, "This layout has boxes alone; the outlines are not told.")
        splits[FOLDERS[one.example.split]].append(one.stem)
        yield one.file("JPEGImages")
        yield File(f"Annotations/{one.stem}.xml", (_voc(one, found),))
    for folder, stems in splits.items():
        yield File(f"ImageSets/Main/{folder}.txt", ("".join(f"{stem}\n" for stem in stems).encode(),))


def _in_pixels(thing: Thing, width: int, height: int) -> dict[str, Any]:
    box = thing.box
    sides = [box.x * width, box.y * height, box.width * width, box.height * height]
    outlines = [[side for x, y in outline for side in (x * width, y * height)] for outline in thing.outlines]
    return {"bbox": sides, "area": sides[2] * sides[3], "segmentation": outlines, "iscrowd": 0}


def _yolo(thing: Thing, number: int, *, outlines: bool) -> Iterator[str]:
    box = thing.box
    if not outlines:
        values = [box.x + box.width / 2, box.y + box.height / 2, box.width, box.height]
        yield " ".join([str(number), *map(_short, values)])
        return
    for outline in thing.outlines or (_corners(box),):
        yield " ".join([str(number), *(_short(side) for corner in outline for side in corner)])


def _corners(box: Box) -> tuple[tuple[float, float], ...]:
    right, bottom = box.x + box.width, box.y + box.height
    return ((box.x, box.y), (right, box.y), (right, bottom), (box.x, bottom))


def _short(value: float) -> str:
    return f"{value:.10f}".rstrip("0").rstrip(".")


def _voc(one: Placed, found: list[Thing]) -> bytes:
    root = ElementTree.Element("annotation")
    _add(root, "filename", one.name)
    size = ElementTree.SubElement(root, "size")
    width, height = one.facts.width, one.facts.height
    for name, value in (("width", width), ("height", height), ("depth", 3)):
        _add(size, name, str(value))
    for thing in found:
        entry = ElementTree.SubElement(root, "object")
        _add(entry, "name", "".join(char if char.isprintable() else " " for char in thing.label))
        for name in ("truncated", "difficult"):
            _add(entry, name, "0")
        corners = ElementTree.SubElement(entry, "bndbox")
        box = thing.box
        # Corners count whole pixels from 1, both of them inside the box.
        left, top = (
            min(max(round(side), 0), most - 1) for side, most in ((box.x * width, width), (box.y * height, height))
        )
        right = min(max(round((box.x + box.width) * width), left + 1), width)
        bottom = min(max(round((box.y + box.height) * height), top + 1), height)
        for name, value in (("xmin", left + 1), ("ymin", top + 1), ("xmax", right), ("ymax", bottom)):
            _add(corners, name, str(value))
    ElementTree.indent(root)
    data: bytes = ElementTree.tostring(root, encoding="utf-8")
    return data + b"\n"


def _add(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = text
