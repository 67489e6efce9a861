"""Backup of database and blobs to one consistent point, and back into an empty home.

The database is read at one moment; blobs never change under their key, so copying those which the records of that
moment name, afterwards, belongs to the same moment. Blobs are shared by all backups in one place: each costs what is new,
and one that is begun again after kill -9 finds what the killed one copied.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from pydantic import Field, ValidationError

from darkroom import __version__
from darkroom.access import require
from darkroom.domain.access import Principal
from darkroom.domain.base import Model, now
from darkroom.domain.storage import VerifyReport
from darkroom.errors import Error
from darkroom.services.storage import Verified, verified
from darkroom.services.storage.contents import Blob, contents, listed, write_index
from darkroom.services.storage.copying import copy_blob
from darkroom.services.storage.retention import Kept, prune
from darkroom.services.storage_views import BackupView
from darkroom.settings import Settings
from darkroom.store import Stores
from darkroom.store.backups import MANIFEST, BackupPlace, Size, open_backups, parent
from darkroom.store.blobs import BlobStore
from darkroom.store.blobs.layout import routed
from darkroom.store.database import Database
from darkroom.store.dump import DumpedCollection, check, dump, load, settle
from darkroom.store.lease import Lease
from darkroom.store.migrations import migrate, migrations, version
from darkroom.store.trash import RELEASE_LOCK

FORMAT = 1
"""Of the folder's layout."""
_AT_ONCE = 8
_CHUNK = 64

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
    library: str = ""
    """Id of the library; empty where an earlier version wrote it."""
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
    principal: Principal, stores: Stores, target: str | Path, *, kept: Kept = Kept(),
    on_progress: Progress | None = None,
) -> Manifest:  # fmt: skip
    """Write a backup into a folder or a bucket while the library is in use.

    Args:
        principal: who does it.
        stores: of the library.
        target: path or URL of the place that holds backups; it may hold earlier ones.
        kept: which of them stay once this one is whole.
        on_progress: told how far the blobs are.

    Raises:
        Error: `invalid_setting`, `storage_*`, `database_unavailable`, `conflict` while another one is written.
    """
    require(principal, "storage:write")
    place = open_backups(target, stores.settings)
    # Nothing that this moment names is deleted before it is copied, and of two backups one waits.
    with Lease(stores.database, RELEASE_LOCK):
        moment = now()
        name = f"{moment:%Y%m%dT%H%M%S}{moment.microsecond // 1000:03d}Z"
        with place.begun(name, stores.database.library_id()) as folder:
            collections = dump(stores.database, folder)
            write_index(folder)
            source = routed(stores.settings, stores.moves.effective())
            with place.present() as size:
                counts = _copy(listed(folder), source, place.blobs, size, on_progress)
            manifest = Manifest(
                id=name, created_at=moment, program=__version__, library=stores.database.library_id(),
                schema_version=version(stores.database),
                collections=tuple(collections), blobs=counts.blobs, copied=counts.copied, copied_bytes=counts.bytes,
                missing=tuple(counts.missing[:1000]),
            )  # fmt: skip
            if on_progress:
                on_progress(counts.blobs, counts.copied)  # the last moment to stop it
            _write(folder / MANIFEST, manifest.model_dump_json(indent=2))
            place.publish(folder, name)
        _prune(place, kept, manifest)
    return manifest


def _prune(place: BackupPlace, kept: Kept, made: Manifest) -> None:
    if kept == Kept():
        return
    name = made.id
    try:
        held = {}
        for one, data in place.manifests():
            try:
                found = Manifest.model_validate_json(data)
            except ValidationError:
                raise Error("backup_damaged", f"The manifest of the backup {one} cannot be read.") from None
            if found.library not in ("", made.library):
                # It may be writing one at this moment, whose blobs nothing names yet.
                raise Error(
                    "conflict", f"The backup {one} is of another library.",
                    remedy="Give each library a place of its own, or let all backups stay.",
                )  # fmt: skip
            held[one] = (found.created_at, found.blobs)
        prune(place, held, kept)
    except Error as error:
        raise Error(
            error.code, f"The backup {name} is whole, but older ones cannot be removed: {error.cause}",
            remedy="Remove the damaged backup by hand." if error.code == "backup_damaged" else error.remedy,
        ) from error  # fmt: skip


def backups(target: str | Path, settings: Settings) -> list[Manifest]:
    """The complete backups in a place, oldest first.

    Raises:
        Error: `invalid_setting`, `storage_*`.
    """
    return _held(open_backups(target, settings))


def _held(place: BackupPlace) -> list[Manifest]:
    found = []
    for _, data in place.manifests():
        try:
            found.append(Manifest.model_validate_json(data))
        except ValidationError:
            continue
    return found


def view(one: Manifest) -> BackupView:
    """What people and programs see of a backup."""
    return BackupView(
        id=one.id, created_at=one.created_at, program=one.program,
        documents=sum(part.documents for part in one.collections), blobs=one.blobs, copied=one.copied,
        copied_bytes=one.copied_bytes, missing=len(one.missing),
    )  # fmt: skip


@dataclass(frozen=True)
class Found:
    """A backup whose records are at hand and unchanged."""

    folder: Path
    """With the files of its records."""
    manifest: Manifest
    """What it holds."""
    blobs: BlobStore
    """Where its blobs are, among those of others."""


@contextmanager
def find(source: str | Path, settings: Settings) -> Iterator[Found]:
    """The backup at a place: the one that it is, or the newest one that it holds; its records are checked.

    Args:
        source: path or URL of a backup, or of a place that holds some.
        settings: hold the credentials of buckets.

    Raises:
        Error: `not_found`, `backup_damaged`, `restore_refused`, `invalid_setting`, `storage_*`.
    """
    place, name = open_backups(source, settings), None
    if held := _held(place):
        name = held[-1].id
    else:
        above, last = parent(source)
        with place.fetched(None, only=MANIFEST) as folder:
            if not (folder / MANIFEST).is_file():
                raise Error(
                    "not_found", f"There is no complete backup in {source}.", remedy="Name the place of a backup."
                )  # fmt: skip
        place, name = open_backups(above, settings), last
    with place.fetched(name) as folder:
        yield Found(folder, _checked(folder, f"{place}/{name}"), place.blobs)


def _checked(folder: Path, words: str) -> Manifest:
    try:
        manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (ValidationError, OSError) as error:
        raise Error("backup_damaged", f"The manifest in {words} cannot be read.") from error
    if manifest.format > FORMAT or manifest.schema_version > len(migrations()):
        raise Error(
            "restore_refused", f"The backup was written by a newer Darkroom ({manifest.program}).",
            remedy="Restore it with that version or a later one.",
        )  # fmt: skip
    check(folder, manifest.collections)
    return manifest


def intact(found: Found, on_progress: Verified | None = None) -> VerifyReport:
    """Read through every blob that a backup names; those told as missing in it are left out."""
    gone = set(found.manifest.missing)
    wanted = ((space, key) for space, key, _ in contents(found.folder) if f"{space}/{key}" not in gone)
    return verified(found.blobs, wanted, on_progress)


def require_empty(settings: Settings) -> None:
    """Return if there is nothing in the home that a restore could harm.

    Raises:
        Error: `restore_refused`.
    """
    home = settings.home_path
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise Error("restore_refused", f"The home {home} is not empty.")


def restore(
    principal: Principal, found: Found, settings: Settings, database: Database, *, on_progress: Progress | None = None
) -> Manifest:
    """Make a library from a backup; call `require_empty` before the home gets a database.

    Args:
        principal: who does it.
        found: the backup.
        settings: of the new home.
        database: of the new home; empty.
        on_progress: told how far the blobs are.

    Raises:
        Error: `restore_refused` when the database is not empty, `storage_*`.
    """
    require(principal, "storage:write")
    manifest, target = found.manifest, routed(settings)
    if names := database.collection_names():
        raise Error("restore_refused", f"The database {database.name} has collections already: {min(names)}, ...")

    def size(namespace: str, key: str) -> int | None:
        info = target.stat(namespace, key)
        return None if info is None else info.bytes

    try:
        migrate(database, target=manifest.schema_version)
        for one in manifest.collections:
            load(database, found.folder, one)
        counts = _copy(contents(found.folder), found.blobs, target, size, on_progress)
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


def _copy(
    wanted: Iterator[Blob], source: BlobStore, target: BlobStore, size: Size, on_progress: Progress | None
) -> _Counts:
    """Copy what a dump names and the target lacks."""

    def copy(blob: Blob) -> int | str:
        namespace, key, count = blob
        found = size(namespace, key)
        if found is not None and (found == count or namespace == "renditions"):
            return 0
        try:
            return copy_blob(source, target, namespace, key, verify=False)
        except Error as error:
            if error.code not in ("blob_damaged", "blob_missing"):
                raise
            return f"{namespace}/{key}"

    counts = _Counts()
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


def _write(path: Path, text: str) -> None:
    with path.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
