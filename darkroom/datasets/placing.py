"""What all layouts that are written have in common: safe names that no two pictures share, and what is left out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from darkroom.datasets.archives import Blob, File
from darkroom.datasets.manifest import Manifest
from darkroom.domain.annotation import Box, Classification, Detection, Segmentation
from darkroom.domain.dataset import Example, ImportProblem, Split

_LONGEST = 100
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
_LOOSE = 0.01
"""How far an outline may reach out of the box that belongs to it: both were rounded, perhaps to a pixel."""


@dataclass(frozen=True)
class Facts:
    """What a layout tells of the file of a picture."""

    bytes: int
    """Its size."""
    suffix: str
    """How its name ends, as its bytes want it, with the dot."""
    width: int
    """Pixels from left to right."""
    height: int
    """Pixels from top to bottom."""


@dataclass(frozen=True)
class Placed:
    """An example with the name that its picture gets."""

    example: Example
    stem: str
    """Name without its ending; no other picture has it."""
    facts: Facts

    @property
    def name(self) -> str:
        """Name of the file."""
        return self.stem + self.facts.suffix

    def file(self, folder: str) -> File:
        """The picture in a folder."""
        return File(f"{folder}/{self.name}" if folder else self.name, (Blob(self.example.key, self.facts.bytes),))


@dataclass(frozen=True)
class Thing:
    """A thing in a picture: its box, and its outlines where there are some."""

    label: str
    box: Box
    outlines: tuple[tuple[tuple[float, float], ...], ...] = ()


@dataclass
class Leaving:
    """Examples on their way out, and what could not be told of them."""

    manifest: Manifest
    facts: Mapping[str, Facts]
    """By key; those that lack, or whose bytes do, are not in the library any more."""
    problems: list[ImportProblem] = field(default_factory=list)

    def leave_out(self, placed: Placed | Example, cause: str) -> None:
        """Say what of a picture is not told."""
        path = placed.example.path if isinstance(placed, Placed) else placed.path
        self.problems.append(ImportProblem(file=path, cause=cause))

    def placed(self) -> Iterator[Placed]:
        """Every example whose picture is there, with a name of its own."""
        taken: set[str] = set()
        for one in self.manifest.examples():
            facts = self.facts.get(one.key)
            if facts is None:
                self.leave_out(one, "The picture, or its bytes, are not in the library any more.")
                continue
            stem = plain(PurePosixPath(one.path.replace("\\", "/")).stem.replace(".", "_")) or one.key[:12]
            for name in (stem, f"{stem}-{one.key[:8]}", one.key):
                if name.casefold() not in taken:
                    taken.add(name.casefold())
                    yield Placed(one, name, facts)
                    break

    def with_things(self) -> Iterator[tuple[Placed, list[Thing]]]:
        """Examples with what is where in them, for layouts that tell of nothing else."""
        for one in self.placed():
            rest = sorted({said.label for said in one.example.annotations if isinstance(said, Classification)})
            found = things(one.example)
            if one.example.annotations and not found:
                self.leave_out(one, "No box and no outline is drawn in it, and this layout tells of nothing else.")
                continue
            if rest:
                self.leave_out(one, f"This layout does not tell that all of it shows {', '.join(rest)}.")
            yield one, found


def plain(name: str) -> str:
    """A name that every file system takes; empty where nothing is left of it."""
    name = unicodedata.normalize("NFC", name)
    kept = "".join("_" if one in '/\\:*?"<>|' or not one.isprintable() else one for one in name)
    kept = kept[:_LONGEST].strip(". ")
    return f"{kept}_" if _RESERVED.fullmatch(kept) else kept


def classes(example: Example) -> list[str]:
    """What the whole picture shows, sorted."""
    return sorted({one.label for one in example.annotations if isinstance(one, Classification)})


def things(example: Example) -> list[Thing]:
    """What is where: a box that is directly followed by outlines of its class within it is one thing with them."""
    found: list[Thing] = []
    for one in example.annotations:
        if isinstance(one, Detection):
            found.append(Thing(one.label, one.box))
        elif isinstance(one, Segmentation):
            last = found[-1] if found else None
            if last is not None and last.label == one.label and _lies_in(one.outline, last.box):
                found[-1] = Thing(last.label, last.box, (*last.outlines, one.outline))
            elif (box := around(one.outline)) is not None:
                found.append(Thing(one.label, box, (one.outline,)))
    return found


def around(outline: tuple[tuple[float, float], ...]) -> Box | None:
    """The box around an outline; nothing where it has no width or no height."""
    (left, right), (top, bottom) = ((min(side), max(side)) for side in zip(*outline, strict=True))
    if right <= left or bottom <= top:
        return None
    return Box(x=left, y=top, width=right - left, height=bottom - top)


def _lies_in(outline: tuple[tuple[float, float], ...], box: Box) -> bool:
    return all(
        box.x - _LOOSE <= x <= box.x + box.width + _LOOSE and box.y - _LOOSE <= y <= box.y + box.height + _LOOSE
        for x, y in outline
    )


FOLDERS: dict[Split | None, str] = {"train": "train", "validation": "val", "test": "test", None: "all"}
"""How other programs call the splits."""
