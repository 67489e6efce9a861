"""Reads boxes and outlines as YOLO has them: a text file beside each picture, classes in `data.yaml` or `classes.txt`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from darkroom.datasets.boxes import box_of, lines_of, outlined, split_named, wrong_box, wrong_label, wrong_outline
from darkroom.datasets.importers import Import, example, picture
from darkroom.domain.annotation import Annotation, Detection
from darkroom.domain.dataset import Split
from darkroom.errors import Error

ABOUT = ("data.yaml", "data.yml", "dataset.yaml")
"""Files that name the classes and the folders of each split."""
_MOST_BYTES = 1_000_000
_BOX, _SURE = 4, 5
_PARTS: tuple[tuple[str, Split], ...] = (
    ("train", "train"),
    ("val", "validation"),
    ("valid", "validation"),
    ("test", "test"),
)


@dataclass(frozen=True)
class _Part:
    """Pictures in one folder, and their labels in another one or in the same."""

    pictures: Path
    labels: Path
    split: Split | None


def import_yolo(path: Path) -> Import:
    """Pictures in `images`, for each a text file in `labels`, classes and perhaps splits as `data.yaml` says, or `classes.txt`.

    A line is a class and a box (centre, width, height), or a class and the corners of an outline.
    """
    folder = path if path.is_dir() else path.parent
    file = path if path.is_file() else next((folder / name for name in ABOUT if (folder / name).is_file()), None)
    about = _yaml(file) if file is not None and file.suffix != ".txt" else {}
    names = _names(about) or [one.strip() for one in lines_of(folder / "classes.txt")]
    if not names:
        raise Error(
            "dataset_invalid", f"{folder / 'classes.txt'} is missing or empty, and no data.yaml names the classes.",
            remedy="Write a class a line into classes.txt.",
        )  # fmt: skip
    parts = list(_named(folder, about)) if file is not None else []
    pictures, labels = (folder / name if (folder / name).is_dir() else folder for name in ("images", "labels"))
    whole = _Part(pictures, labels, None)
    found = Import(folder if parts else whole.pictures)
    for part in parts or [whole]:
        _take(found, part, names)
    return found


def _take(found: Import, part: _Part, names: Sequence[str]) -> None:
    pictures = {
        one.relative_to(part.pictures).with_suffix("").as_posix(): one
        for one in sorted(part.pictures.rglob("*.*"))
        if one.suffix != ".txt"
    }
    for file in sorted(part.labels.rglob("*.txt")):
        stem = file.relative_to(part.labels).with_suffix("").as_posix()
        if file.name == "classes.txt":
            continue
        # Where each split has a folder, `1.txt` alone would not say which one.
        name = file.relative_to(found.root if part.split else part.labels).as_posix()
        if stem not in pictures:
            found.refuse(name, f"There is no picture {stem}.")
            continue
        there = picture(found, pictures[stem].relative_to(found.root).as_posix(), name)
        if there is not None:
            said = tuple(one for line in _lines(found, name, file, names) for one in line)
            top = PurePosixPath(stem).parts
            split = part.split or (split_named(top[0]) if len(top) > 1 else None)
            example(found, (name, None), said, key=there[0], path=there[1], split=split)


def _lines(found: Import, name: str, file: Path, names: Sequence[str]) -> Iterator[tuple[Annotation, ...]]:
    for number, text in enumerate(lines_of(file), 1):
        if not text.strip():
            continue
        said = _said(text, names)
        if isinstance(said, str):
            found.refuse(name, said, number)
        else:
            yield said


def _said(text: str, names: Sequence[str]) -> tuple[Annotation, ...] | str:
    """What a line says; or what is wrong with it."""
    parts = text.split()
    try:
        which, values = int(parts[0]), [float(one) for one in parts[1:]]
    except ValueError:
        return f"{text[:80]!r} is no number of a class and four numbers."
    if not 0 <= which < len(names):
        return f"There is no class {which}; {len(names)} are named, from 0."
    return wrong_label(names[which]) or _shape(text, names[which], values)


def _shape(text: str, label: str, values: list[float]) -> tuple[Annotation, ...] | str:
    """The box, or the box and the outline, that numbers stand for; or what is wrong with them."""
    if len(values) in (_BOX, _SURE):
        x, y, width, height = values[:_BOX]
        box, sure = (x - width / 2, y - height / 2, width, height), values[_BOX] if len(values) == _SURE else None
        if sure is not None and not 0 <= sure <= 1:
            return f"{sure} says how sure a model was; that is 0 to 1."
        return wrong_box(box) or (Detection(label=label, box=box_of(box), confidence=sure),)
    if len(values) < _BOX or len(values) % 2:
        return f"{text[:80]!r} is neither a box of four numbers nor an outline of three corners or more."
    corners = list(zip(values[::2], values[1::2], strict=True))
    return wrong_outline(corners) or outlined(label, corners)


def _named(folder: Path, about: dict[str, Any]) -> Iterator[_Part]:
    """The folders that `data.yaml` names for each split; those that are not there, or not within, are passed over."""
    base = folder / about["path"] if isinstance(about.get("path"), str) else folder
    for name, split in _PARTS:
        said = about.get(name)
        for one in said if isinstance(said, list) else [said]:
            if not isinstance(one, str):
                continue
            # Some programs write the way from another folder: `../train/images`.
            inner = PurePosixPath(one.replace("\\", "/").lstrip("./"))
            places = [(at / way).resolve() for at in (base, folder) for way in (one, inner)]
            root = folder.resolve()
            there = next((at for at in places if at.is_dir() and at.is_relative_to(root)), None)
            if there is not None:
                place = folder / there.relative_to(root)
                yield _Part(place, _labels_of(folder, place), split)


def _labels_of(folder: Path, pictures: Path) -> Path:
    """The folder of labels for one of pictures: its way with `labels` for the last `images`, or the same."""
    parts = list(pictures.relative_to(folder).parts)
    for at in reversed(range(len(parts))):
        if parts[at] == "images":
            other = folder.joinpath(*parts[:at], "labels", *parts[at + 1 :])
            return other if other.is_dir() else pictures
    return pictures


def _names(about: dict[str, Any]) -> list[str]:
    """Classes in the order of their numbers; numbers that lack one have an empty name."""
    said = about.get("names")
    if isinstance(said, list):
        return [str(one).strip() for one in said]
    if not isinstance(said, dict):
        return []
    numbered = {int(key): str(name).strip() for key, name in said.items() if str(key).isdecimal()}
    return [numbered.get(at, "") for at in range(min(max(numbered, default=-1) + 1, 100_000))]


def _yaml(file: Path) -> dict[str, Any]:
    import yaml

    try:
        if file.stat().st_size > _MOST_BYTES:
            raise Error("dataset_invalid", f"{file} is larger than 1 MB.")
        whole = yaml.safe_load(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise Error("dataset_invalid", f"{file} cannot be read as YAML: {str(error).splitlines()[0]}.") from error
    return whole if isinstance(whole, dict) else {}
