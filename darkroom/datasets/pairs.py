"""Pairs of pictures: how each is, and how it is to become."""

from __future__ import annotations

from pathlib import Path

from darkroom.datasets.importers import SPLIT_NAMES, Import, example, picture
from darkroom.domain.annotation import AFTER, BEFORE, Pair
from darkroom.domain.dataset import Split
from darkroom.errors import Error

SIDES = ("input", "target")
"""Names of the two folders."""


def import_pairs(folder: Path) -> Import:
    """Folders `input` and `target` with pictures of the same names, perhaps below `train`, `validation` and `test`.

    Several inputs may become one picture: `target/a.png` is also the target of `input/a.1.png`.

    Raises:
        Error: `dataset_invalid`, there are no such folders.
    """
    found = Import(folder)
    places: list[tuple[Path, Split | None]] = [
        (path, SPLIT_NAMES[path.name.lower()])
        for path in (sorted(folder.iterdir()) if folder.is_dir() else ())
        if path.is_dir() and path.name.lower() in SPLIT_NAMES
    ] or [(folder, None)]
    for place, split in places:
        lacking = [name for name in SIDES if not (place / name).is_dir()]
        if lacking:
            raise Error("dataset_invalid", f"{place} has no folder {' and no folder '.join(lacking)}.")
        _pairs(found, place, split)
    return found


def _pairs(found: Import, place: Path, split: Split | None) -> None:
    targets = {path.stem: path for path in sorted((place / SIDES[1]).iterdir()) if path.is_file()}
    unused = dict(targets)
    for path in sorted(one for one in (place / SIDES[0]).iterdir() if one.is_file()):
        name = path.relative_to(found.root).as_posix()
        target = targets.get(path.stem) or targets.get(path.stem.rpartition(".")[0])
        if target is None:
            found.refuse(name, f"There is no picture of its name in {SIDES[1]}.")
            continue
        unused.pop(target.stem, None)
        aim = target.relative_to(found.root).as_posix()
        before, after = picture(found, name, name), picture(found, aim, aim)
        if before is None or after is None:
            continue
        if before[0] == after[0]:
            found.refuse(name, "It is already what it is to become.")
            continue
        shared = {"split": split, "group": f"pair-{after[0][:16]}"}
        said = Pair(label=BEFORE, target=after[0])
        example(found, (name, None), (said,), key=before[0], path=before[1], **shared)
        if after[0] not in found.examples:
            example(found, (aim, None), (Pair(label=AFTER),), key=after[0], path=after[1], **shared)
    for target in unused.values():
        found.refuse(target.relative_to(found.root).as_posix(), f"Nothing in {SIDES[0]} is to become it.")
