"""Where backups lie, a folder or a bucket: beside one another by name, with one store of blobs for all of them.

The manifest is written last: whatever lies under a name without one was interrupted, and is none.
"""

from __future__ import annotations

import errno
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, cast

from darkroom.errors import Error
from darkroom.settings import Settings
from darkroom.store.blobs.base import NAMESPACES, BlobStore
from darkroom.store.blobs.clients import make_client
from darkroom.store.blobs.local import LocalBlobStore
from darkroom.store.blobs.location import Location, credentials_for, open_blobs, parse_location
from darkroom.store.blobs.object_errors import mapped
from darkroom.store.blobs.objects import PART, SINGLE, ObjectBlobStore
from darkroom.store.keysets import KeySet

MANIFEST = "manifest.json"
_NAME = re.compile(r"\d{8}T\d{9}Z")
_LEFT_SECONDS = 2 * 86_400.0
"""After that a backup of another library that never became whole is taken for one that was killed."""

Size = Callable[[str, str], int | None]
"""Tells the size of a blob that is there by namespace and key, else None."""


class BackupPlace(Protocol):
    """A place that holds backups."""

    @property
    def blobs(self) -> BlobStore:
        """What all backups there share."""
        ...

    def begun(self, name: str, library: str) -> AbstractContextManager[Path]:
        """An empty folder to write a backup into; it goes away. What killed backups of the library left is removed before."""
        ...

    def publish(self, folder: Path, name: str) -> None:
        """Make what is in the folder the backup `name`, in one step: it is there whole or not at all."""
        ...

    def present(self) -> AbstractContextManager[Size]:
        """What blobs are there, without a question for each where those are dear."""
        ...

    def manifests(self) -> Iterator[tuple[str, bytes]]:
        """Name and manifest of each backup, oldest first."""
        ...

    def fetched(self, name: str | None, *, only: str | None = None) -> AbstractContextManager[Path]:
        """A folder with the files of a backup, or with one of them; without a name of the one that the place itself is."""
        ...

    def remove(self, name: str) -> None:
        """Remove a backup, its manifest first; the blobs stay."""
        ...


class FolderBackups:
    """Backups in a folder.

    Args:
        root: the folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def __str__(self) -> str:
        return str(self.root)

    @property
    def blobs(self) -> BlobStore:
        """In `blobs` beside them."""
        return LocalBlobStore(self.root / "blobs")

    @contextmanager
    def begun(self, name: str, library: str) -> Iterator[Path]:
        """Beside the others, so that it only has to be named."""
        try:
            self._sweep(library)
            partial = self.root / f".{name}.{library[:12]}.part"
            partial.mkdir(parents=True, mode=0o700)
            try:
                yield partial
            finally:
                shutil.rmtree(partial, ignore_errors=True)
        except OSError as error:
            raise _of_folder(error, self.root) from error

    def _sweep(self, library: str) -> None:
        for left in self.root.glob(".*.part"):
            with suppress(OSError):
                mine = left.name.endswith(f".{library[:12]}.part")
                if mine or time.time() - left.stat().st_mtime > _LEFT_SECONDS:
                    shutil.rmtree(left, ignore_errors=True)

    def publish(self, folder: Path, name: str) -> None:
        """By renaming it."""
        folder.rename(self.root / name)

    @contextmanager
    def present(self) -> Iterator[Size]:
        """By looking for each: on a disk that is the cheapest."""
        blobs = self.blobs

        def size(namespace: str, key: str) -> int | None:
            found = blobs.stat(namespace, key)
            return None if found is None else found.bytes

        yield size

    def manifests(self) -> Iterator[tuple[str, bytes]]:
        """Those that can be read."""
        for path in sorted(self.root.glob(f"*/{MANIFEST}")):
            with suppress(OSError):
                yield path.parent.name, path.read_bytes()

    @contextmanager
    def fetched(self, name: str | None, *, only: str | None = None) -> Iterator[Path]:
        """They lie there already."""
        yield self.root / name if name else self.root

    def remove(self, name: str) -> None:
        """Remove its folder."""
        try:
            (self.root / name / MANIFEST).unlink(missing_ok=True)
            shutil.rmtree(self.root / name)
        except OSError as error:
            raise _of_folder(error, self.root) from error


class BucketBackups:
    """Backups in a bucket; the files of one pass through a folder of this machine that goes away.

    Args:
        location: the place.
        settings: hold its credentials.
    """

    def __init__(self, location: Location, settings: Settings) -> None:
        self._location = location
        self._settings = settings
        self._client = cast("Any", make_client(location, credentials_for(location, settings)))

    def __str__(self) -> str:
        return str(self._location)

    @property
    def blobs(self) -> BlobStore:
        """Under `blobs/` beside them."""
        prefix = f"{self._location.prefix}/blobs".lstrip("/")
        return open_blobs(replace(self._location, prefix=prefix), self._settings)

    @contextmanager
    def begun(self, name: str, library: str) -> Iterator[Path]:
        """On this machine."""
        self._sweep()
        with _scratch() as folder:
            yield folder

    def _sweep(self) -> None:
        """Remove files without a manifest beside them that are old; younger ones may be on their way."""
        whole = {name for name, _ in self.manifests()}
        for name in self._names():
            begun = datetime.strptime(name[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
            if name not in whole and time.time() - begun.timestamp() > _LEFT_SECONDS:
                self.remove(name)

    def publish(self, folder: Path, name: str) -> None:
        """File by file, the manifest last."""
        import obstore

        for path in sorted(folder.iterdir(), key=lambda one: (one.name == MANIFEST, one.name)):
            large = path.stat().st_size > SINGLE
            with mapped(self._location, "Writing a backup"), path.open("rb") as file:
                obstore.put(self._client, f"{name}/{path.name}", file, use_multipart=large, chunk_size=PART)

    @contextmanager
    def present(self) -> Iterator[Size]:
        """By one listing: a thousand blobs with each request."""
        with self._listed() as known:
            yield known.size

    @contextmanager
    def _listed(self) -> Iterator[KeySet]:
        store = cast("ObjectBlobStore", self.blobs)
        with _scratch() as folder, KeySet(folder / "keys") as known:
            for space in NAMESPACES:
                known.add((space, one.key, one.bytes) for one in store.entries(space))
            yield known

    def _names(self) -> list[str]:
        import obstore

        with mapped(self._location, "Listing backups"):
            found = obstore.list_with_delimiter(self._client)
        names = (str(one).rstrip("/").rpartition("/")[2] for one in found["common_prefixes"])
        return sorted(name for name in names if _NAME.fullmatch(name))

    def manifests(self) -> Iterator[tuple[str, bytes]]:
        """One request for each."""
        for name in self._names():
            if (data := self._read(f"{name}/{MANIFEST}")) is not None:
                yield name, data

    def _read(self, path: str) -> bytes | None:
        import obstore

        with mapped(self._location, "Reading a backup"):
            try:
                return bytes(obstore.get(self._client, path).bytes())
            except FileNotFoundError:
                return None

    @contextmanager
    def fetched(self, name: str | None, *, only: str | None = None) -> Iterator[Path]:
        """Fetched into a folder of this machine."""
        import obstore

        prefix = f"{name}/" if name else ""
        with _scratch() as folder:
            with mapped(self._location, "Reading a backup"):
                paths = [
                    str(one["path"]) for one in obstore.list_with_delimiter(self._client, prefix or None)["objects"]
                ]
                for path in paths:
                    file = path.rpartition("/")[2]
                    if only in (None, file) and not file.startswith("."):
                        self._fetch(f"{prefix}{file}", folder / file)
            yield folder

    def _fetch(self, path: str, target: Path) -> None:
        import obstore

        with target.open("wb") as file:
            for piece in obstore.get(self._client, path).stream(min_chunk_size=PART):
                file.write(piece)

    def remove(self, name: str) -> None:
        """The manifest first: half a backup is none."""
        import obstore

        with mapped(self._location, "Removing a backup"):
            paths = [f"{name}/{str(one['path']).rpartition('/')[2]}" for one in self._objects(name)]
            for path in sorted(paths, key=lambda one: not one.endswith(f"/{MANIFEST}")):
                with suppress(FileNotFoundError):
                    obstore.delete(self._client, path)

    def _objects(self, name: str) -> list[Any]:
        import obstore

        return list(obstore.list_with_delimiter(self._client, f"{name}/")["objects"])


def open_backups(where: str | Path, settings: Settings, *, setting: str = "the place of backups") -> BackupPlace:
    """The place that a path or a URL names; nothing is asked of it yet.

    Raises:
        Error: `invalid_setting`.
    """
    location = parse_location(str(where), setting=setting)
    return FolderBackups(Path(location.prefix)) if location.scheme == "file" else BucketBackups(location, settings)


def parent(where: str | Path) -> tuple[str, str]:
    """The place that a backup lies in, and its name, from where the backup itself is."""
    address, question, options = str(where).partition("?")
    place, _, name = address.rstrip("/").rpartition("/")
    return f"{place}{question}{options}", name


def within(where: str | Path, name: str) -> str:
    """Where a backup of a place is, as `parent` reads it."""
    address, question, options = str(where).partition("?")
    return f"{address.rstrip('/')}/{name}{question}{options}"


@contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="darkroom-backup-") as folder:
        yield Path(folder)


def _of_folder(error: OSError, root: Path) -> Error:
    words = f"The backup cannot be written to {root}: {error.strerror or error}."
    remedy = "Choose another folder for backups."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Error("storage_full", words, remedy=remedy)
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return Error("storage_read_only", words, remedy=remedy)
    return Error("storage_io", words, remedy=remedy)
