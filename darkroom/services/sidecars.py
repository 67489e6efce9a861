"""Sidecars that lie beside pictures: `name.ext.xmp`, or `name.xmp` as cameras and Lightroom name them."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from darkroom import logs
from darkroom.connectors.folder import text_to_path
from darkroom.domain.develop import DevelopSettings
from darkroom.domain.ingest import BatchItem

if TYPE_CHECKING:
    from darkroom.imaging.words import Words

_SUFFIXES = (".xmp", ".XMP")
_MOST_BYTES = 2_000_000
_log = logs.get(__name__)


def is_sidecar(name: str) -> bool:
    """Whether a file is a sidecar by its name."""
    return name.lower().endswith(_SUFFIXES[0])


def names_of(picture: str) -> list[str]:
    """What the sidecar of a picture may be called, the name that is meant for it alone first."""
    whole = [picture + suffix for suffix in _SUFFIXES]
    stem = Path(picture).stem
    return whole if stem == picture else [*whole, *(stem + suffix for suffix in _SUFFIXES)]


def beside(path: Path) -> bytes | None:
    """The sidecar of a picture; None without one, and for one that cannot be read."""
    found = (_read(path.with_name(name)) for name in names_of(path.name))
    return next((data for data in found if data is not None), None)


def words_beside(path: Path) -> Words | None:
    """What the sidecar of a picture says of it."""
    from darkroom.imaging.words import read_sidecar

    data = beside(path)
    return None if data is None else read_sidecar(data)


def settings_beside(path: Path) -> DevelopSettings | None:
    """How the sidecar of a RAW file wants it to be developed."""
    from darkroom.imaging.raw_settings import read_settings

    data = beside(path)
    return None if data is None else read_settings(data)


def sidecars_of(path: Path) -> list[Path]:
    """The sidecars that lie beside a picture."""
    beside = [path.with_name(name) for name in names_of(path.name)]
    return [one for one in beside if one.is_file() and not one.is_symlink()]


def own_sidecars(path: Path) -> list[Path]:
    """Sidecars that nothing needs once the picture is gone: those of `name.xmp` may be of a second picture, too."""
    neighbours = Neighbours()
    return [one for one in sidecars_of(path) if one.name.startswith(path.name) or not neighbours.have(one)]


def without_sidecars(items: Sequence[BatchItem]) -> Sequence[BatchItem]:
    """Files of a batch without the sidecars of others of them, which are read with their pictures."""
    if not any(is_sidecar(item.path) for item in items):
        return items
    meant = {
        path.with_name(name)
        for item in items if not is_sidecar(item.path)
        for path in (text_to_path(item.path),) for name in names_of(path.name)
    }  # fmt: skip
    return [item for item in items if not (is_sidecar(item.path) and text_to_path(item.path) in meant)]


class Neighbours:
    """Whether pictures lie beside sidecars; every folder is read once."""

    def __init__(self) -> None:
        self._folders: dict[Path, set[str]] = {}

    def have(self, sidecar: Path) -> bool:
        """Whether there is a picture whose sidecar this is."""
        meant = self._folders.get(sidecar.parent)
        if meant is None:
            meant = self._folders[sidecar.parent] = _meant(sidecar.parent)
        return sidecar.name in meant


def _meant(folder: Path) -> set[str]:
    """Names of sidecars that the pictures of a folder may have."""
    try:
        found = [one.name for one in folder.iterdir()]
    except OSError:
        return set()
    return {name for one in found if not one.startswith(".") and not is_sidecar(one) for name in names_of(one)}


def _read(path: Path) -> bytes | None:
    """The bytes of a plain file of sane size; links are not followed."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if not isinstance(error, FileNotFoundError):
            _log.warning("sidecar_not_read", path=str(path), cause=error.strerror)
        return None
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_size > _MOST_BYTES:
            _log.warning("sidecar_not_read", path=str(path), cause="it is no plain file, or too large")
            return None
        return file.read(_MOST_BYTES)
