"""`darkroom backup` and `darkroom restore`."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from darkroom.cli.options import AsJson, Home, load_settings, open_library
from darkroom.cli.output import console, plural, show_json, size

if TYPE_CHECKING:
    from darkroom.services.storage.backup import Manifest
    from darkroom.settings import Settings
    from darkroom.store.database import Database


def backup(
    target: Annotated[Path, typer.Argument(metavar="DEST", help="Folder for backups; later ones add what is new.")],
    *,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Back up database and pictures to one consistent point, while Darkroom runs."""
    from darkroom.domain.access import LOCAL_OWNER
    from darkroom.services.storage.backup import back_up

    library = open_library(home)
    try:
        with _watched("Backing up") as watch:
            manifest = back_up(LOCAL_OWNER, library.stores, target.expanduser().resolve(), on_progress=watch)
    finally:
        library.close()
    _show(manifest, f"Backup {manifest.id}: ", as_json=as_json)


def restore(
    source: Annotated[Path, typer.Argument(metavar="SRC", help="A backup, or a folder of them: then the newest.")],
    *,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Make a library from a backup in an empty home; `darkroom up --home DIR` starts it then."""
    from darkroom.domain.access import LOCAL_OWNER
    from darkroom.services.storage import backup as service

    settings = load_settings(home=home)
    origin = source.expanduser().resolve()
    service.require_empty(settings)
    # Before anything is made.
    service.find(origin)
    try:
        with _database(settings) as database, _watched("Restoring") as watch:
            manifest = service.restore(LOCAL_OWNER, origin, settings, database, on_progress=watch)
    except BaseException:
        # It was empty a moment ago; so it can be tried again.
        shutil.rmtree(settings.home_path, ignore_errors=True)
        raise
    _show(manifest, f"Restored {manifest.id} into {settings.home_path}: ", as_json=as_json)


@contextmanager
def _database(settings: Settings) -> Iterator[Database]:
    """The database of the settings, or one of the new home that ends with the restore."""
    from darkroom.store.database import Database

    if settings.mongo_uri is not None:
        database = Database.connect(settings.mongo_uri.get_secret_value(), settings.mongo_database)
        try:
            yield database
        finally:
            database.close()
        return
    from darkroom.supervisor import mongod
    from darkroom.supervisor.ports import free_port

    program, port = mongod.find_mongod(settings), free_port()
    folder = settings.home_path / "mongodb"
    folder.mkdir(parents=True)
    process = mongod.start_mongod(program, folder, port, settings.home_path / "mongod-restore.log")
    try:
        mongod.ensure_replica_set(port, timeout=60.0)
        database = Database.connect(mongod.local_uri(port), settings.mongo_database)
        try:
            yield database
        finally:
            database.close()
    finally:
        process.terminate()
        process.wait(timeout=60)


@contextmanager
def _watched(words: str) -> Iterator[Callable[[int, int], None]]:
    with console(stderr=True).status(words) as status:
        yield lambda done, copied: status.update(f"{words}: {done:,} blobs, {copied:,} copied")


def _show(manifest: Manifest, words: str, *, as_json: bool) -> None:
    if as_json:
        show_json(manifest.model_dump(mode="json"))
    else:
        documents = sum(one.documents for one in manifest.collections)
        typer.echo(
            f"{words}{plural(documents, 'document')}, {plural(manifest.blobs, 'blob')}, of which {manifest.copied:,} "
            f"({size(manifest.copied_bytes)}) were copied."
        )
    if manifest.missing:
        typer.echo(f"{plural(len(manifest.missing), 'blob')} missing or damaged: {manifest.missing[0]} ...", err=True)
        raise typer.Exit(1)
