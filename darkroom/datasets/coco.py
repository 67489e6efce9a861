"""Reads boxes, outlines and classes as COCO has them: one JSON file, or a folder with one for each split."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from darkroom.datasets import run_lengths
from darkroom.datasets.boxes import box_of, outlined, relative, split_named, wrong_box, wrong_label, wrong_outline
from darkroom.datasets.importers import SPLIT_NAMES, Import, example, picture
from darkroom.domain.annotation import Annotation, Detection, Segmentation
from darkroom.domain.dataset import Split
from darkroom.errors import Error

_MOST_BYTES = 2_000_000_000
_NAMED = re.compile(r"(?:person_keypoints|instances)_(\w+)\.json")
_FEWEST = 6


def import_coco(path: Path) -> Import:
    """A COCO file of instances, its pictures beside it, in `images` beside it or beside its folder; or a folder of several.

    A folder has `instances_train.json` and so on, perhaps in `annotations`, or `train`, `valid` and `test` with a file
    and its pictures in each; both say the splits.
    """
    if not path.is_dir():
        whole = _json(path)
        found = Import(_pictures_of(path, whole["images"], None))
        _File(found, path, path.name, None, "").take(whole)
        return found
    found = Import(path)
    for file, split in _files(path):
        whole = _json(file)
        pictures = _pictures_of(file, whole["images"], path).relative_to(path).as_posix()
        prefix = "" if pictures == "." else f"{pictures}/"
        _File(found, file, file.relative_to(path).as_posix(), split, prefix).take(whole)
    return found


class _File:
    """One file on its way in.

    Args:
        found: takes it.
        path: where it lies.
        name: what problems call it.
        split: that of all its pictures.
        prefix: stands before the names of pictures.
    """

    def __init__(self, found: Import, path: Path, name: str, split: Split | None, prefix: str) -> None:
        self._found = found
        self._path = path
        self._name = name
        self._split = split
        self._prefix = prefix
        self._lines: dict[str, list[int]] | None = None

    def take(self, whole: dict[str, Any]) -> None:
        """Take all pictures, each with what is said of it."""
        names = self._names(whole["categories"])
        said: dict[Any, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
        seen: set[str] = set()
        for at, one in enumerate(whole["annotations"]):
            if not isinstance(one, dict) or not isinstance(one.get("image_id"), int | str):
                self._refuse("annotations", at, "It names no picture.")
            elif one.get("id") is not None and repr(one["id"]) in seen:
                self._refuse("annotations", at, f"It has the id {one['id']!r} again.")
            else:
                seen.add(repr(one.get("id")))
                said[one["image_id"]].append((at, one))
        pictures: set[str] = set()
        for at, one in enumerate(whole["images"]):
            if not isinstance(one, dict) or not isinstance(one.get("file_name"), str):
                self._refuse("images", at, "It has no file_name.")
            elif repr(one.get("id")) in pictures:
                self._refuse(
                    "images", at, f"It has the id {one.get('id')!r} again; what is said of that is of the first."
                )
            else:
                pictures.add(repr(one.get("id")))
                self._picture(at, one, names, said.pop(one.get("id"), []))
        for image, left in said.items():
            self._refuse("annotations", left[0][0], f"It is of picture {image!r}, which is not listed.")

    def _names(self, categories: list[Any]) -> dict[Any, Any]:
        """Classes by id; of two with one id the first counts."""
        names: dict[Any, Any] = {}
        for at, one in enumerate(categories):
            if isinstance(one, dict) and isinstance(one.get("id"), int | str) and one["id"] not in names:
                names[one["id"]] = one.get("name")
            else:
                again = isinstance(one, dict) and one.get("id") in names
                self._refuse("categories", at, f"It has the id {one['id']!r} again." if again else "It has no id.")
        return names

    def _picture(self, at: int, one: dict[str, Any], names: dict[Any, Any], said: list[tuple[int, Any]]) -> None:
        line = (
            self._line("images", at) if not (self._found.root / (self._prefix + one["file_name"])).is_file() else None
        )
        there = picture(self._found, self._prefix + one["file_name"], self._name, line)
        if there is None:
            return
        parts: list[Annotation] = []
        for place, entry in said:
            label = names.get(entry.get("category_id")) if isinstance(entry.get("category_id"), int | str) else None
            if not isinstance(label, str):
                which = entry.get("category_id")
                self._refuse("annotations", place, f"It has the class {which!r}, which is not listed.")
            elif words := wrong_label(label):
                self._refuse("annotations", place, words)
            else:
                parts += self._thing(place, entry, label, one)
        example(self._found, (self._name, line), tuple(parts), key=there[0], path=there[1], split=self._split)

    def _thing(self, at: int, entry: dict[str, Any], label: str, one: dict[str, Any]) -> Iterator[Annotation]:
        try:
            shape = float(one["width"]), float(one["height"])
            outlines = list(self._outlines(at, entry.get("segmentation"), shape))
            if "bbox" not in entry and len(outlines) == 1:
                yield from outlined(label, outlines[0])
                return
            sides = [float(value) for value in entry["bbox"]]
            x, y, width, height = relative(sides, shape)
        except (KeyError, TypeError, ValueError, ZeroDivisionError, OverflowError):
            self._refuse("annotations", at, "It has no box of four numbers in a picture of a known size.")
            return
        if words := wrong_box((x, y, width, height)):
            self._refuse("annotations", at, words)
            return
        yield Detection(label=label, box=box_of((x, y, width, height)))
        for corners in outlines:
            yield Segmentation(label=label, outline=tuple(corners))

    def _outlines(self, at: int, said: Any, shape: tuple[float, float]) -> Iterator[list[tuple[float, float]]]:
        """The outlines of a thing; what is none is listed, and its box stays."""
        if isinstance(said, dict):
            try:
                yield from run_lengths.outlines(said, shape)
            except (KeyError, TypeError, ValueError, OverflowError):
                self._refuse("annotations", at, "Its mask in run lengths cannot be read; its box stays.")
            return
        for one in said or ():
            if not isinstance(one, list) or len(one) < _FEWEST or len(one) % 2:
                self._refuse("annotations", at, "Its outline is no list of three corners or more; its box stays.")
                continue
            sides = relative([float(side) for side in one], shape)
            corners = list(zip(sides[::2], sides[1::2], strict=True))
            if words := wrong_outline(corners):
                self._refuse("annotations", at, f"{words} Its box stays.")
            else:
                yield corners

    def _refuse(self, name: str, at: int, cause: str) -> None:
        self._found.refuse(self._name, f"{name}[{at}]: {cause}", self._line(name, at))

    def _line(self, name: str, at: int) -> int | None:
        """Where something begins; looked for only once something is wrong."""
        if self._lines is None:
            self._lines = _lines(self._path.read_text(encoding="utf-8"))
        lines = self._lines.get(name, [])
        return lines[at] if at < len(lines) else None


def _files(folder: Path) -> list[tuple[Path, Split | None]]:
    """The files of a folder with the split that each is of."""
    for place in (folder / "annotations", folder):
        named = [(one, _NAMED.fullmatch(one.name)) for one in sorted(place.glob("*.json"))]
        if found := [(one, split_named(match[1])) for one, match in named if match]:
            return found
    parts = [one for one in sorted(folder.iterdir()) if one.is_dir() and one.name.lower() in SPLIT_NAMES]
    inside = [(file, SPLIT_NAMES[one.name.lower()]) for one in parts for file in sorted(one.glob("*.json"))]
    if inside:
        return [*inside]
    alone = sorted(folder.glob("*.json"))
    if len(alone) == 1:
        return [(alone[0], None)]
    raise Error(
        "dataset_invalid", f"{folder} has no COCO files that say what they are.",
        remedy="Name one JSON file, or a folder with instances_train.json, or with train, valid and test.",
    )  # fmt: skip


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


def _pictures_of(file: Path, images: list[Any], root: Path | None) -> Path:
    """The folder in which the first picture is found; of a folder that is read as a whole, one within it."""
    first = next((one["file_name"] for one in images if isinstance(one, dict) and "file_name" in one), "")
    named = _NAMED.fullmatch(file.name)
    places = [file.parent, file.parent / "images", file.parent.parent / "images"]
    called = (named[1], named[1].rstrip("0123456789")) if named else ()
    places += [
        base / way / one for base in (file.parent, file.parent.parent) for way in ("", "images") for one in called
    ]
    places += [root] if root is not None else []
    known = [one for one in places if root is None or one.is_relative_to(root)]
    return next((one for one in known if first and (one / str(first)).is_file()), file.parent)


def _lines(text: str) -> dict[str, list[int]]:
    """The line in which each member of each list of the outermost object begins."""
    decode, found = json.JSONDecoder().raw_decode, dict[str, list[int]]()
    line = counted = 0
    at = _behind(text, text.index("{") + 1)
    while text[at] == '"':
        name, at = decode(text, at)
        at = _behind(text, at)
        if text[at] != "[":
            at = _behind(text, decode(text, at)[1])
            continue
        members = found.setdefault(name, [])
        at = _behind(text, at + 1)
        while text[at] != "]":
            line, counted = line + text.count("\n", counted, at), at
            members.append(line + 1)
            at = _behind(text, decode(text, at)[1])
        at = _behind(text, at + 1)
    return found


def _behind(text: str, at: int) -> int:
    """The next place that holds neither white space nor a comma or colon."""
    while text[at] in " \t\r\n,:":
        at += 1
    return at
