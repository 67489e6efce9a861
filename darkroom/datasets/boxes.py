"""Reads boxes and classes as detectors have them: COCO (JSON), YOLO (a text file beside each picture) and Pascal VOC (XML)."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from pydantic import ValidationError

from darkroom.datasets.importers import Import, example, explain, picture
from darkroom.domain.annotation import Annotation, Box, Detection
from darkroom.domain.dataset import Split
from darkroom.errors import Error

_MOST_BYTES = 2_000_000_000
_YOLO_FIELDS = 5


def import_coco(file: Path) -> Import:
    """A COCO file of instances; pictures lie beside it, or in a folder `images` beside it or beside its folder."""
    whole = _json(file)
    found = Import(_pictures_of(file, whole["images"]))
    names = {one.get("id"): one.get("name") for one in whole["categories"] if isinstance(one, dict)}
    said: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    seen: set[Any] = set()
    for place, one in enumerate(whole["annotations"], 1):
        which = f"annotations[{place - 1}]"
        if not isinstance(one, dict) or not isinstance(one.get("image_id"), int | str):
            found.refuse(file.name, f"{which} names no picture.")
        elif one.get("id") is not None and repr(one["id"]) in seen:
            found.refuse(file.name, f"{which} has the id {one['id']!r} again.")
        else:
            seen.add(repr(one.get("id")))
            said[one["image_id"]].append({**one, "which": which})
    for one in whole["images"]:
        _coco_picture(found, file.name, one, names, said.pop(one.get("id"), []) if isinstance(one, dict) else [])
    for image, left in said.items():
        found.refuse(file.name, f"{left[0]['which']} is of picture {image!r}, which is not listed.")
    return found


def import_yolo(folder: Path) -> Import:
    """`classes.txt` (a name a line), pictures in `images`, and for each a text file in `labels`, as YOLO has them."""
    root = folder / "images" if (folder / "images").is_dir() else folder
    labels = folder / "labels" if (folder / "labels").is_dir() else folder
    names = _lines(folder / "classes.txt")
    if not names:
        raise Error("dataset_invalid", f"{folder / 'classes.txt'} is missing or empty; it names a class a line.")
    found = Import(root)
    pictures = {path.relative_to(root).with_suffix("").as_posix(): path for path in sorted(root.rglob("*.*"))}
    for file in sorted(labels.rglob("*.txt")):
        stem = file.relative_to(labels).with_suffix("").as_posix()
        if file.name == "classes.txt":
            continue
        path = pictures.get(stem)
        if path is None or path.suffix == ".txt":
            path = next((one for one in sorted(root.glob(f"{stem}.*")) if one.suffix != ".txt"), None)
        if path is None:
            found.refuse(file.name, f"There is no picture {stem}.")
            continue
        there = picture(found, path.relative_to(root).as_posix(), file.name)
        if there is not None:
            said = tuple(_yolo(found, file, names))
            example(found, (file.name, None), said, key=there[0], path=there[1])
    return found


def import_voc(folder: Path) -> Import:
    """`Annotations` with an XML file for each picture in `JPEGImages`, as Pascal VOC has them; splits as `ImageSets/Main` says."""
    annotations = folder / "Annotations"
    if not annotations.is_dir():
        raise Error("dataset_invalid", f"{folder} has no folder Annotations.")
    found = Import(next((folder / name for name in ("JPEGImages", "images") if (folder / name).is_dir()), folder))
    splits = _voc_splits(folder / "ImageSets" / "Main")
    for file in sorted(annotations.glob("*.xml")):
        tree = _xml(found, file)
        if tree is None:
            continue
        there = picture(found, tree.findtext("filename") or f"{file.stem}.jpg", file.name)
        if there is not None:
            said = tuple(_voc(found, file.name, tree))
            example(found, (file.name, None), said, key=there[0], path=there[1], split=splits.get(file.stem))
    return found


def _coco_picture(found: Import, file: str, one: Any, names: dict[Any, Any], said: list[dict[str, Any]]) -> None:
    if not isinstance(one, dict) or not isinstance(one.get("file_name"), str):
        found.refuse(file, "A picture has no file_name.")
        return
    there = picture(found, one["file_name"], file)
    if there is None:
        return
    boxes: list[Annotation] = []
    for entry in said:
        label = names.get(entry.get("category_id"))
        if not isinstance(label, str):
            found.refuse(file, f"{entry['which']} has the class {entry.get('category_id')!r}, which is not listed.")
            continue
        try:
            x, y, width, height = (float(value) for value in entry["bbox"])
            shape = float(one["width"]), float(one["height"])
            boxes += _box(found, (file, None), label, _relative((x, y, width, height), shape), entry["which"])
        except (KeyError, TypeError, ValueError, ZeroDivisionError):
            found.refuse(file, f"{entry['which']} has no box of four numbers in a picture of a known size.")
    example(found, (file, None), tuple(boxes), key=there[0], path=there[1])


def _yolo(found: Import, file: Path, names: list[str]) -> Iterator[Annotation]:
    for line, text in enumerate(_lines(file), 1):
        parts = text.split()
        if not parts:
            continue
        try:
            number, (x, y, width, height) = int(parts[0]), (float(value) for value in parts[1:_YOLO_FIELDS])
        except ValueError:
            found.refuse(file.name, f"{text[:80]!r} is no class and four numbers.", line)
            continue
        if not 0 <= number < len(names):
            found.refuse(file.name, f"There is no class {number}; classes.txt names {len(names)}.", line)
            continue
        yield from _box(found, (file.name, line), names[number], (x - width / 2, y - height / 2, width, height))


def _voc(found: Import, file: str, tree: ElementTree.Element) -> Iterator[Annotation]:
    for number, one in enumerate(tree.iter("object"), 1):
        which = f"object {number}"
        try:
            shape = float(tree.findtext("size/width") or 0), float(tree.findtext("size/height") or 0)
            left, top, right, bottom = (
                float(one.findtext(f"bndbox/{side}") or "nothing") for side in ("xmin", "ymin", "xmax", "ymax")
            )
            # Corners count pixels from 1, both of them inside the box.
            place = _relative((left - 1, top - 1, right - left + 1, bottom - top + 1), shape)
        except (ValueError, ZeroDivisionError):
            found.refuse(file, f"{which} has no box of four numbers in a picture of a known size.")
            continue
        yield from _box(found, (file, None), (one.findtext("name") or "").strip(), place, which)


def _voc_splits(folder: Path) -> dict[str, Split]:
    """The split of each picture, by its name; those of single classes (`cat_train.txt`) say nothing of it."""
    files: dict[str, Split] = {"train.txt": "train", "val.txt": "validation", "test.txt": "test"}
    return {line.strip(): split for name, split in files.items() for line in _lines(folder / name) if line.strip()}


def _box(
    found: Import, place: tuple[str, int | None], label: str, values: tuple[float, ...], which: str = ""
) -> Iterator[Annotation]:
    try:
        x, y, width, height = values
        yield Detection(label=label, box=Box(x=x, y=y, width=width, height=height))
    except ValidationError as error:
        found.refuse(place[0], f"{which + ' ' if which else ''}{explain(error)}", place[1])


def _relative(values: tuple[float, float, float, float], shape: tuple[float, float]) -> tuple[float, ...]:
    x, y, width, height = values
    return x / shape[0], y / shape[1], width / shape[0], height / shape[1]


def _json(file: Path) -> dict[str, Any]:
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise Error("dataset_invalid", f"{file} is larger than 2 GB.")
        whole: Any = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise Error("dataset_invalid", f"{file} cannot be read as JSON: {error}.") from error
    for name in ("images", "annotations", "categories"):
        if not isinstance(whole, dict) or not isinstance(whole.get(name), list):
            raise Error("dataset_invalid", f"{file} is no COCO file: it has no list {name}.")
    return dict(whole)


def _pictures_of(file: Path, images: list[Any]) -> Path:
    """The folder in which the first picture is found."""
    first = next((one["file_name"] for one in images if isinstance(one, dict) and "file_name" in one), "")
    places = (file.parent, file.parent / "images", file.parent.parent / "images")
    return next((place for place in places if first and (place / str(first)).is_file()), file.parent)


def _xml(found: Import, file: Path) -> ElementTree.Element | None:
    """A file's tree; one with a DOCTYPE is refused, for its entities could fill all memory."""
    try:
        data = file.read_bytes()
        if re.search(rb"<!(DOCTYPE|ENTITY)", data, re.IGNORECASE) or b"\x00" in data:
            found.refuse(file.name, "It has a DOCTYPE or is not UTF-8, which labels never need.")
            return None
        return ElementTree.fromstring(data)  # noqa: S314 - nothing can be declared in it
    except (OSError, ElementTree.ParseError, ValueError) as error:
        found.refuse(file.name, f"It cannot be read as XML: {error}.")
        return None


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
