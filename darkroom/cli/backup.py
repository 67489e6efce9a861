"""`darkroom backup` and `darkroom restore`."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from darkroom.cli.connect import Profile, Url, connected, require_running
from darkroom.cli.options import AsJson, Home, load_settings, open_library
from darkroom.cli.output import console, plural, show_json, show_table, size

if TYPE_CHECKING:
    from darkroom.client import Client
    from darkroom.services.storage.backup import Manifest
    from darkroom.services.storage_views import BackupView
    from darkroom.settings import Settings
    from darkroom.store.database import Database


def backup(
    target: Annotated[
        str | None,
        typer.Argument(metavar="[DEST]", help="Folder or URL for backups; without it, that of DARKROOM_BACKUPS."),
    ] = None,
    *,
    list_them: Annotated[bool, typer.Option("--list", help="List the backups that are there.")] = False,
    check: Annotated[
        str | None, typer.Option("--check", metavar="ID", help="Read a backup through: its name, or `latest`.")
    ] = None,
    keep: Annotated[
        int | None, typer.Option("--keep", min=1, metavar="N", help="Remove older backups in DEST than the newest N.")
    ] = None,
    keep_days: Annotated[
        float | None,
        typer.Option("--keep-days", min=0.0, metavar="D", help="Younger backups in DEST stay in any case."),
    ] = None,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Back up database and pictures to one consistent point, while Darkroom runs; later backups add what is new.

    Into the place of DARKROOM_BACKUPS the Darkroom that runs writes it. A place that is named here this process writes to,
    for who may read the home: nobody names one over the network.
    """
    if list_them and check is not None:
        raise typer.BadParameter("give --list or --check, not both")
    if target is not None:
        if url is not None or profile is not None:
            raise typer.BadParameter("another Darkroom writes backups into the place of its own settings alone")
        if list_them or check is not None:
            _look(target, check, load_settings(home=home), as_json=as_json)
        else:
            _into(target, home, keep, keep_days, as_json=as_json)
        return
    if keep is not None or keep_days is not None:
        raise typer.BadParameter("DARKROOM_BACKUPS_KEEP and DARKROOM_BACKUPS_KEEP_DAYS say what stays there")
    require_running(home, url, profile)
    with connected(home, url, profile) as client:
        _over_rest(client, list_them=list_them, check=check, as_json=as_json)


def _over_rest(client: Client, *, list_them: bool, check: str | None, as_json: bool) -> None:
    from darkroom.cli.work import conclude, watch
    from darkroom.client import storage

    if list_them:
        _show_list(client.send(storage.list_backups()).items, as_json=as_json)
        return
    if check is None:
        begun = client.send(storage.begin_backup())
    else:
        there = client.send(storage.list_backups()).items
        newest = there[0].id if there and check == "latest" else check
        begun = client.send(storage.verify_backup(newest))
    conclude(watch(client, begun, quiet=as_json), as_json=as_json)


def _look(target: str, check: str | None, settings: Settings, *, as_json: bool) -> None:
    from darkroom.services.storage import backup as service
    from darkroom.store.backups import within

    if check is None:
        _show_list([service.view(one) for one in reversed(service.backups(target, settings))], as_json=as_json)
    else:
        _check(target if check == "latest" else within(target, check), settings, as_json=as_json)


def _into(target: str, home: Path | None, keep: int | None, keep_days: float | None, *, as_json: bool) -> None:
    from darkroom.domain.access import LOCAL_OWNER
    from darkroom.services.storage.backup import back_up
    from darkroom.services.storage.retention import Kept

    library = open_library(home)
    try:
        with _watched("Backing up") as watch:
            manifest = back_up(LOCAL_OWNER, library.stores, target, kept=Kept(keep, keep_days), on_progress=watch)
    finally:
        library.close()
    _show(manifest, f"Backup {manifest.id}: ", as_json=as_json)


def _check(source: str, settings: Settings, *, as_json: bool) -> None:
    from darkroom.services.storage import backup as service

    with service.find(source, settings) as found:
        manifest, report = found.manifest, service.intact(found)
    if as_json:
        show_json(report.model_dump(mode="json"))
    else:
        for one in report.problems:
            typer.echo(f"{one.namespace}/{one.key}: {one.cause}")
        typer.echo(
            f"Backup {manifest.id}: {plural(report.checked, 'blob')} read, {report.failed:,} missing or damaged."
        )
    if report.failed:
        raise typer.Exit(1)


def _show_list(found: Sequence[BackupView], *, as_json: bool) -> None:
    if as_json:
        show_json({"items": [one.model_dump(mode="json") for one in found]})
    elif not found:
        typer.echo("No backup.")
    else:
        rows = [
            (one.id, f"{one.documents:,}", f"{one.blobs:,}", size(one.copied_bytes), f"{one.missing:,}")
            for one in found
        ]
        show_table(
            ["backup", "documents", "blobs", "new", "missing"], rows, right=["documents", "blobs", "new", "missing"]
        )


def restore(
    source: Annotated[
        str, typer.Argument(metavar="SRC", help="Path or URL of a backup, or of a place of them: then the newest.")
    ],
    *,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Make a library from a backup in an empty home; `darkroom up --home DIR` starts it then."""
    from darkroom.domain.access import LOCAL_OWNER
    from darkroom.services.storage import backup as service

    settings = load_settings(home=home)
    service.require_empty(settings)
    # Before anything is made.
    with service.find(source, settings) as found:
        try:
            with _database(settings) as database, _watched("Restoring") as watch:
                manifest = service.restore(LOCAL_OWNER, found, settings, database, on_progress=watch)
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
