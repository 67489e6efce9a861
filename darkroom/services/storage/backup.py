"""Backup of database and blobs to one consistent point, and back into an empty home.

The database is read at one moment; blobs never change under their key, so copying those which the records of that
moment name, afterwards, belongs to the same moment. Blobs are shared by all backups in one folder: each costs what is new.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from darkroom import __version__
from darkroom.access import require
from darkroom.domain.access import Principal
from darkroom.domain.base import Model, now
from darkroom.domain.storage import VerifyReport
from darkroom.errors import Error
from darkroom.services.storage import Verified, verified
from darkroom.services.storage.copying import copy_blob
from darkroom.services.storage_views import BackupView
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.blobs import BlobStore, LocalBlobStore
from darkroom.store.blobs.layout import routed
from darkroom.store.database import Database
from darkroom.store.dump import DumpedCollection, check, documents, dump, load, settle
from darkroom.store.lease import Lease
from darkroom.store.migrations import migrate, migrations, version
from darkroom.store.references import FILES, files_of
from darkroom.store.trash import RELEASE_LOCK

FORMAT = 1
"""Of the folder's layout."""
_MANIFEST = "manifest.json"
_AT_ONCE = 8
_CHUNK = 64
_LEFT_SECONDS = 2 * 86_400.0

Progress = Callable[[int, int], None]
"""Told how many blobs are dealt with, and how many of them were copied."""


class Manifest(Model):
    """What a backup holds; written last, so a backup without one is none."""

    format: int = FORMAT
    """Of the folder's layout."""
    id: str
    """Name of its folder: the moment, in UTC."""
    created_at: datetime
    """When."""
    program: str
    """Version of Darkroom that wrote it."""
    schema_version: int = Field(ge=0)
    """Number of the newest migration of the database."""
    collections: tuple[DumpedCollection, ...]
    """What was in the database."""
    blobs: int = Field(0, ge=0)
    """Originals and renditions that belong to it."""
    copied: int = Field(0, ge=0)
    """Those that no earlier backup here had."""
    copied_bytes: int = Field(0, ge=0)
    """Their size."""
    missing: tuple[str, ...] = ()
    """The first thousand blobs that were gone or damaged, as `namespace/key`."""


def back_up(
    principal: Principal, stores: Stores, target: Path, *, on_progress: Progress | None = None
) -> Manifest:  # fmt: skip
    """Write a backup into a folder while the library is in use.

    Args:
        principal: who does it.
        stores: of the library.
        target: folder that holds backups; it may hold earlier ones.
        on_progress: told how far the blobs are.

    Raises:
        Error: `storage_full`, `storage_read_only`, `storage_io`, `database_unavailable`.
    """
    require(principal, "storage:write")
    _sweep(target)
    moment = now()
    name = f"{moment:%Y%m%dT%H%M%S}{moment.microsecond // 1000:03d}Z"
    partial = target / f".{name}.part"
    try:
        partial.mkdir(parents=True, mode=0o700)
        # Nothing that this moment names is deleted before it is copied.
        with Lease(stores.database, RELEASE_LOCK):
            collections = dump(stores.database, partial)
            source = routed(stores.settings, stores.moves.effective())
            counts = _copy(partial, source, LocalBlobStore(target / "blobs"), on_progress)
        manifest = Manifest(
            id=name, created_at=moment, program=__version__, schema_version=version(stores.database),
            collections=tuple(collections), blobs=counts.blobs, copied=counts.copied, copied_bytes=counts.bytes,
            missing=tuple(counts.missing[:1000]),
        )  # fmt: skip
        if on_progress:
            on_progress(counts.blobs, counts.copied)  # the last moment to stop it
        _write(partial / _MANIFEST, manifest.model_dump_json(indent=2))
        partial.rename(target / name)
    except OSError as error:
        raise _mapped(error, target) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return manifest


def _sweep(target: Path) -> None:
    """Remove what backups left that were killed; one that is being written is younger."""
    for left in target.glob(".*Z.part"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _LEFT_SECONDS:
                shutil.rmtree(left, ignore_errors=True)


def backups(target: Path) -> list[Manifest]:
    """The complete backups in a folder, oldest first."""
    found = []
    for path in sorted(target.glob(f"*/{_MANIFEST}")):
        try:
            found.append(Manifest.model_validate_json(path.read_bytes()))
        except (ValidationError, OSError):
            continue
    return found


def view(one: Manifest) -> BackupView:
    """What people and programs see of a backup."""
    return BackupView(
        id=one.id, created_at=one.created_at, program=one.program,
        documents=sum(part.documents for part in one.collections), blobs=one.blobs, copied=one.copied,
        copied_bytes=one.copied_bytes, missing=len(one.missing),
    )  # fmt: skip


def find(source: Path) -> tuple[Path, Manifest]:
    """The backup in a folder: the one that it is, or the newest one that it holds; its files are checked.

    Raises:
        Error: `not_found`, `backup_damaged`.
    """
    folder = source
    if not (source / _MANIFEST).is_file():
        held = backups(source)
        if not held:
            raise Error("not_found", f"There is no complete backup in {source}.", remedy="Name the folder of a backup.")
        folder = source / held[-1].id
    try:
        manifest = Manifest.model_validate_json((folder / _MANIFEST).read_bytes())
    except (ValidationError, OSError) as error:
        raise Error("backup_damaged", f"The manifest in {folder} cannot be read.") from error
    if manifest.format > FORMAT or manifest.schema_version > len(migrations()):
        raise Error(
            "restore_refused", f"The backup was written by a newer Darkroom ({manifest.program}).",
            remedy="Restore it with that version or a later one.",
        )  # fmt: skip
    check(folder, manifest.collections)
    return folder, manifest


def intact(folder: Path, manifest: Manifest, on_progress: Verified | None = None) -> VerifyReport:
    """Read through every blob that a backup names, which `find` has looked at; those told as missing in it are left out."""
    gone = set(manifest.missing)
    wanted = ((space, key) for space, key, _ in _blobs(folder) if f"{space}/{key}" not in gone)
    return verified(LocalBlobStore(folder.parent / "blobs"), wanted, on_progress)


def require_empty(settings: Settings) -> None:
    """Return if there is nothing in the home that a restore could harm.

    Raises:
        Error: `restore_refused`.
    """
    home = settings.home_path
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise Error("restore_refused", f"The home {home} is not empty.")


def restore(
    principal: Principal, source: Path, settings: Settings, database: Database, *, on_progress: Progress | None = None
) -> Manifest:
    """Make a library from a backup; call `require_empty` before the home gets a database.

    Args:
        principal: who does it.
        source: folder of a backup, or of several, of which the newest is taken.
        settings: of the new home.
        database: of the new home; empty.
        on_progress: told how far the blobs are.

    Raises:
        Error: `not_found`, `backup_damaged`, `restore_refused` when the database is not empty, `storage_*`.
    """
    require(principal, "storage:write")
    folder, manifest = find(source)
    if names := database.collection_names():
        raise Error("restore_refused", f"The database {database.name} has collections already: {min(names)}, ...")
    try:
        migrate(database, target=manifest.schema_version)
        for one in manifest.collections:
            load(database, folder, one)
        counts = _copy(folder, LocalBlobStore(folder.parent / "blobs"), routed(settings), on_progress)
        migrate(database)
        settle(database)
    except BaseException:
        # It was empty: half a library must not be taken for one.
        database.drop()
        raise
    lost = [one for one in counts.missing if one not in set(manifest.missing)]
    return manifest.model_copy(
        update={"blobs": counts.blobs, "copied": counts.copied, "copied_bytes": counts.bytes, "missing": tuple(lost)}
    )


class _Counts:
    """What became of the blobs."""

    def __init__(self) -> None:
        self.blobs = self.copied = self.bytes = 0
        self.missing: list[str] = []


def _copy(folder: Path, source: BlobStore, target: BlobStore, on_progress: Progress | None) -> _Counts:
    """Copy what the images of a dump, and those in its trash, name and the target lacks."""

    def copy(blob: tuple[str, str, int]) -> int | str:
        namespace, key, size = blob
        found = target.stat(namespace, key)
        if found is not None and (found.bytes == size or namespace == "renditions"):
            return 0
        try:
            return copy_blob(source, target, namespace, key, verify=False)
        except Error as error:
            if error.code not in ("blob_damaged", "blob_missing"):
                raise
            return f"{namespace}/{key}"

    counts, wanted = _Counts(), _blobs(folder)
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="backup") as pool:
        while chunk := list(islice(wanted, _CHUNK)):
            for found in pool.map(copy, chunk):
                counts.blobs += 1
                if isinstance(found, str):
                    counts.missing.append(found)
                elif found:
                    counts.copied, counts.bytes = counts.copied + 1, counts.bytes + found
            if on_progress:
                on_progress(counts.blobs, counts.copied)
    return counts


def _blobs(folder: Path) -> Iterator[tuple[str, str, int]]:
    for name in ("images", "trash"):
        for found in _dumped(folder, name):
            image = found.get("image", found)
            yield "originals", found["_id"], image["bytes"]
            for made in image["renditions"]:
                yield "renditions", made["address"], made["bytes"]
    for collection, field in FILES.items():
        for document in _dumped(folder, collection):
            for key, size in files_of(document, field):
                yield "originals", key, size


def _dumped(folder: Path, collection: str) -> Iterator[Mapping[str, Any]]:
    path = folder / f"{collection}.bson"
    return documents(path) if path.exists() else iter(())


def _write(path: Path, text: str) -> None:
    with path.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _mapped(error: OSError, target: Path) -> Error:
    import errno

    words = f"The backup cannot be written to {target}: {error.strerror or error}."
    remedy = "Choose another folder for backups."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Error("storage_full", words, remedy=remedy)
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return Error("storage_read_only", words, remedy=remedy)
    return Error("storage_io", words, remedy=remedy)
