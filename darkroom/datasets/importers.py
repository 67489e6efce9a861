"""Reads labelled pictures as other programs write them. What is malformed is listed with its place; the rest is imported."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from pydantic import ValidationError

from darkroom.datasets.manifest import Manifest
from darkroom.domain.annotation import ANNOTATIONS, Annotation, Classification
from darkroom.domain.dataset import SPLITS, Example, ImportProblem, Split
from darkroom.errors import Error

SPLIT_NAMES: dict[str, Split] = {
    **{name: name for name in SPLITS},
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "testing": "test",
}
"""How folders and columns call the splits."""
# fmt: off
PICTURES = frozenset((
    ".jpg", ".jpeg", ".jpe", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".heic", ".heif", ".avif", ".jp2", ".ppm", ".pgm",
    ".jxl", ".svg", ".ico", ".psd", ".exr", ".hdr", ".tga", ".dng", ".nef", ".nrw", ".cr2", ".cr3", ".crw", ".arw", ".sr2",
    ".raf", ".orf", ".rw2", ".pef", ".srw", ".kdc", ".mrw", ".x3f",
))
"""Suffixes of pictures."""
# fmt: on


_WORDS = {
    "greater_than": "must be more than {gt}", "greater_than_equal": "must be {ge} or more",
    "less_than": "must be less than {lt}", "less_than_equal": "must be {le} or less", "float_parsing": "is no number",
    "float_type": "is no number", "finite_number": "is no number", "string_too_short": "is empty",
    "string_too_long": "has more than {max_length} characters",
}  # fmt: skip


@dataclass
class Import:
    """What came of an import: examples by key, and what was left out."""

    root: Path
    examples: dict[str, Example] = field(default_factory=dict)
    problems: list[ImportProblem] = field(default_factory=list)

    def refuse(self, file: str, cause: str, line: int | None = None) -> None:
        """Leave something out and say why."""
        self.problems.append(ImportProblem(file=file, line=line, cause=cause))

    def add(self, example: Example, line: int | None = None, file: str | None = None) -> None:
        """Take an example; one picture under two labels or in two splits is left out, the first stays."""
        known = self.examples.setdefault(example.key, example)
        if known is not example:
            same = known.annotations == example.annotations and known.split == example.split
            how = "again" if same else "again, with another label or split"
            self.refuse(file or example.path, f"{example.path} is {known.path} {how}; the first stays.", line)

    def manifest(self) -> Manifest:
        """The examples as a manifest.

        Raises:
            Error: `dataset_invalid`, nothing was left.
        """
        if not self.examples:
            first = f" The first problem: {self.problems[0].cause}" if self.problems else ""
            raise Error("dataset_invalid", f"{self.root} holds no labelled picture.{first}")
        return Manifest.of(self.examples.values(), self.root)


def import_folder(folder: Path) -> Import:
    """One folder for each class, perhaps below folders named `train`, `validation` and `test`."""
    found = Import(_folder(folder))
    placed = list(_classes(found))
    with ThreadPoolExecutor() as pool:
        hashes = pool.map(lambda one: _hash(one[0]), placed)
        for (path, label, place), key in zip(placed, hashes, strict=True):
            name = path.relative_to(folder).as_posix()
            if key is None:
                found.refuse(name, "It is empty or cannot be read.")
            else:
                found.add(Example(key=key, path=name, annotations=(Classification(label=label),), split=place))
    return found


def import_csv(table: Path) -> Import:
    """A table with a heading line: `path` and `label`, perhaps `split`, `weight`, `group` (or `source`: what comes of one
    source is one group) and `annotations` (JSON,
    as an export has it: it beats the label); paths relative to it."""
    found = Import(_folder(table.parent))
    try:
        with table.open(newline="", encoding="utf-8-sig") as lines:
            reader = csv.DictReader(lines)
            lacking = {"path", "label"} - set(reader.fieldnames or ())
            if lacking:
                raise Error("dataset_invalid", f"{table.name} has no column {' or '.join(sorted(lacking))}.")
            for row in reader:
                _csv_row(found, table.name, reader.line_num, row)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Error("dataset_invalid", f"{table} cannot be read as a table: {error}.") from error
    return found


def picture(found: Import, name: str, file: str, line: int | None = None) -> tuple[str, str] | None:
    """Key and path of a picture that labels speak of; nothing when it is not there, or outside the folder."""
    relative = PurePosixPath(name.replace("\\", "/"))
    if relative.is_absolute() or ".." in relative.parts:
        found.refuse(file, f"{name} leads outside the folder.", line)
        return None
    key = _hash(found.root / relative)
    if key is None:
        found.refuse(file, f"{name} is missing, empty or cannot be read.", line)
        return None
    return key, str(relative)


def example(found: Import, place: tuple[str, int | None], said: tuple[Annotation, ...], **fields: object) -> None:
    """Add an example made of fields that a file gave, or say what is wrong with them."""
    file, line = place
    try:
        found.add(Example.model_validate({"annotations": said, **fields}), line, file)
    except ValidationError as error:
        found.refuse(file, explain(error), line)


def explain(error: ValidationError) -> str:
    """The first thing that is wrong, in one sentence."""
    first = error.errors()[0]
    where = str(first["loc"][-1]) if first["loc"] else "It"
    words = _WORDS.get(first["type"])
    if words is not None:
        return f"{where} {words.format(**first.get('ctx', {}))}."
    return f"{where}: {first['msg'].removeprefix('Value error, ')}."


def _csv_row(found: Import, file: str, line: int, row: Mapping[str, str | None]) -> None:
    said = _said(row)
    if said is None:
        found.refuse(file, "The annotations are no JSON list of what is said of a picture.", line)
        return
    if not said and not row.get("annotations"):
        found.refuse(file, "The label is empty.", line)
        return
    place = (row.get("split") or "").strip().lower()
    if place and place not in SPLIT_NAMES:
        found.refuse(file, f"{place} is no split; there are {', '.join(SPLITS)}.", line)
        return
    there = picture(found, (row.get("path") or "").strip(), file, line)
    if there is not None:
        fields = {
            "split": SPLIT_NAMES.get(place),
            "weight": row.get("weight") or 1,
            "group": row.get("group") or row.get("source") or None,
        }
        example(found, (file, line), said, key=there[0], path=there[1], **fields)


def _said(row: Mapping[str, str | None]) -> tuple[Annotation, ...] | None:
    """What a line says: the class, or all that `annotations` tells; nothing when that cannot be read."""
    whole, label = (row.get("annotations") or "").strip(), (row.get("label") or "").strip()
    if not whole:
        return (Classification(label=label),) if label else ()
    try:
        return ANNOTATIONS.validate_json(whole)
    except ValidationError:
        return None


def _classes(found: Import) -> Iterator[tuple[Path, str, Split | None]]:
    """Every file of a class with its label and split."""
    top = [path for path in sorted(found.root.iterdir()) if path.is_dir() and not path.name.startswith(".")]
    split_folders = bool(top) and all(path.name.lower() in SPLIT_NAMES for path in top)
    for folder in top:
        place = SPLIT_NAMES[folder.name.lower()] if split_folders else None
        for named in sorted(path for path in folder.iterdir() if path.is_dir()) if split_folders else [folder]:
            for path in sorted(named.rglob("*")):
                if path.suffix.lower() in PICTURES and path.is_file():
                    yield path, named.name, place
                elif path.is_file() and not path.name.startswith("."):
                    found.refuse(path.relative_to(found.root).as_posix(), "It is not a picture.")


def _folder(folder: Path) -> Path:
    if not folder.is_dir():
        raise Error("dataset_invalid", f"{folder} is not a folder.")
    return folder


def _hash(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            if not file.read(1):
                return None
            file.seek(0)
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
