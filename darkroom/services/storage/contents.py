"""Which blobs a backup names: from its records, and from a list beside them that is read without the records."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bson.errors import BSONError

from darkroom.errors import Error
from darkroom.store.dump import documents
from darkroom.store.references import FILES, files_of

INDEX = "blobs.txt.gz"
"""One line for each blob: namespace, key and bytes."""

Blob = tuple[str, str, int]
"""Namespace, key and bytes."""


def contents(folder: Path) -> Iterator[Blob]:
    """Every blob that the records of a dump name: pictures, those in the trash, what was made of them, files."""
    for name in ("images", "trash"):
        for found in _dumped(folder, name):
            image = found.get("image", found)
            yield "originals", found["_id"], image["bytes"]
            for made in image["renditions"]:
                yield "renditions", made["address"], made["bytes"]
    for made in _dumped(folder, "recipe_renditions"):
        yield "renditions", made["_id"], made["bytes"]
    for collection, field in FILES:
        for document in _dumped(folder, collection):
            for key, size in files_of(document, field):
                yield "originals", key, size


def _dumped(folder: Path, collection: str) -> Iterator[Mapping[str, Any]]:
    path = folder / f"{collection}.bson"
    return documents(path) if path.exists() else iter(())


def write_index(folder: Path) -> None:
    """Write the list of what the records of a dump name."""
    with gzip.open(folder / INDEX, "wt", compresslevel=1, encoding="ascii") as file:
        file.writelines(f"{space} {key} {size}\n" for space, key, size in contents(folder))


def listed(folder: Path) -> Iterator[Blob]:
    """What a backup names, from its list; from its records where an earlier version wrote none.

    Raises:
        Error: `backup_damaged`.
    """
    path = folder / INDEX
    try:
        if not path.exists():
            yield from contents(folder)
            return
        with gzip.open(path, "rt", encoding="ascii") as file:
            for line in file:
                space, key, size = line.split()
                yield space, key, int(size)
    except (OSError, EOFError, ValueError, BSONError) as error:
        raise Error("backup_damaged", f"The list of blobs of {folder.name} cannot be read.") from error
