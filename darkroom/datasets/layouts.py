"""The layouts of labelled pictures that can be imported, by name, and which of them a folder has."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

from darkroom.datasets.boxes import import_voc
from darkroom.datasets.coco import import_coco
from darkroom.datasets.importers import PICTURES, SPLIT_NAMES, Import, import_csv, import_folder
from darkroom.datasets.pairs import SIDES, import_pairs
from darkroom.datasets.yolo import ABOUT, import_yolo
from darkroom.errors import Error

IMPORTERS: dict[str, Callable[[Path], Import]] = {
    "imagefolder": import_folder,
    "csv": import_csv,
    "coco": import_coco,
    "yolo": import_yolo,
    "voc": import_voc,
    "pairs": import_pairs,
}
"""Every layout: from the path of a file or a folder to what came of it."""
_OURS = "darkroom.json"
"""What an export of ours puts beside its layout."""
_HEAD = 1 << 20


def detect(folder: Path) -> tuple[str, Path]:
    """The layout of a folder, and the path that its importer takes; one folder around everything is stepped into.

    Raises:
        Error: `dataset_invalid` where it looks like several of them, or like none.
    """
    root = inner(folder)
    signs = {
        "yolo": _yolo(root), "coco": _coco(root), "voc": _voc(root), "pairs": _pairs(root),
        **{f"csv {one.name}": f"csv ({one.name})" for one in _tables(root)},
    }  # fmt: skip
    found = {name: sign for name, sign in signs.items() if sign}
    if len(found) > 1:
        raise Error(
            "dataset_invalid", f"It looks like several layouts: {', '.join(found.values())}.", parameter="format",
            remedy=f"Say which: format is one of {', '.join(IMPORTERS)}.",
        )  # fmt: skip
    if found:
        layout = next(iter(found)).partition(" ")[0]
        return layout, at(layout, root)
    if any(one.suffix.lower() in PICTURES for top in root.iterdir() if top.is_dir() for one in top.rglob("*")):
        return "imagefolder", root
    names = ", ".join(sorted(one.name for one in root.iterdir())[:10]) or "nothing"
    raise Error(
        "dataset_invalid", f"It has no layout that is known. There is {names}.", parameter="format",
        remedy="Put pictures into a folder for each class, or labels beside them as COCO, YOLO, Pascal VOC or a CSV table.",
    )  # fmt: skip


def at(layout: str, root: Path) -> Path:
    """The path that the importer of a layout takes in a folder: the table where there is one, else the folder itself.

    Raises:
        Error: `dataset_invalid` where there is no table, or are several.
    """
    if layout != "csv":
        return root
    tables = list(_tables(root)) or sorted(root.glob("*.csv"))
    if len(tables) == 1:
        return tables[0]
    names = ", ".join(one.name for one in tables)
    why = f"There are several tables: {names}." if tables else "There is no table, a file *.csv with the columns path and label."  # fmt: skip
    raise Error("dataset_invalid", why, remedy="Put one table beside the pictures.")


def inner(folder: Path) -> Path:
    """The folder itself, or the one within that holds everything; one that says something by its name is not stepped into."""
    while True:
        there = [one for one in folder.iterdir() if one.name != _OURS and not one.name.startswith(".")]
        if len(there) != 1 or not there[0].is_dir() or _says_something(there[0]):
            return folder
        folder = there[0]


def _says_something(folder: Path) -> bool:
    """Whether a folder is a split, a class with its pictures, or a part of a layout."""
    name = folder.name.lower()
    return name in SPLIT_NAMES or name in ("annotations", "images", "labels", *SIDES) or _pictures(folder)


def _pictures(folder: Path) -> bool:
    """Whether there are pictures in it, and no labels beside them."""
    files = [one for one in folder.iterdir() if one.is_file()]
    if any(one.suffix.lower() in (".json", ".csv", ".yaml", ".txt") for one in files):
        return False
    return any(one.suffix.lower() in PICTURES for one in files)


def _splits(root: Path) -> list[Path]:
    return [one for one in sorted(root.iterdir()) if one.is_dir() and one.name.lower() in SPLIT_NAMES]


def _yolo(root: Path) -> str:
    for name in ABOUT:
        if (root / name).is_file():
            return f"yolo ({name})"
    classes = (root / "classes.txt").is_file()
    labels = root / "labels" if (root / "labels").is_dir() else root
    return "yolo (classes.txt)" if classes and any(one.name != "classes.txt" for one in labels.rglob("*.txt")) else ""


def _coco(root: Path) -> str:
    places = [root / "annotations", root, *_splits(root)]
    for file in (one for place in places for one in sorted(place.glob("*.json")) if one.name != _OURS):
        with file.open("rb") as opened:
            head = opened.read(_HEAD)
        if any(word in head for word in (b'"images"', b'"annotations"', b'"categories"')):
            return f"coco ({file.relative_to(root).as_posix()})"
    return ""


def _voc(root: Path) -> str:
    return "voc (Annotations)" if any((root / "Annotations").glob("*.xml")) else ""


def _pairs(root: Path) -> str:
    places = _splits(root) or [root]
    whole = all((place / side).is_dir() for place in places for side in SIDES)
    return f"pairs ({' and '.join(SIDES)})" if whole else ""


def _tables(root: Path) -> Iterator[Path]:
    for table in sorted(root.glob("*.csv")):
        try:
            with table.open(newline="", encoding="utf-8-sig") as lines:
                head = next(csv.reader(lines), [])
        except (OSError, UnicodeDecodeError, csv.Error):
            continue
        if {"path", "label"} <= set(head):
            yield table
