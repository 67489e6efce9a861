"""`darkroom ingest`: files and folders of this machine into the library."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from darkroom.cli.connect import Profile, Url, connected, remote
from darkroom.cli.ingest_remote import follow, send_all
from darkroom.cli.options import AsJson, Home, load_settings, open_library
from darkroom.cli.output import console, duration, plural, show_json
from darkroom.errors import Error

if TYPE_CHECKING:
    from rich.progress import Progress

    from darkroom.connectors.base import Listed
    from darkroom.domain.ingest import Batch, BatchItem
    from darkroom.services.library import Library

_LOOK_EVERY = 0.3


def ingest(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Pictures, or folders of them.", show_default=False)
    ],
    *,
    tag: Annotated[
        list[str] | None, typer.Option("--tag", "-t", help="Tag for all of them; may be given several times.")
    ] = None,
    link: Annotated[
        bool,
        typer.Option(
            "--link/--copy", help="Hard links instead of copies on the way in; the originals stay in any case."
        ),
    ] = False,
    wait: Annotated[bool, typer.Option("--wait", "-w", help="Show progress until all are in the library.")] = False,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Take pictures into the library; the files themselves stay where they are.

    Into the home of this machine they go over the disk, to a Darkroom somewhere else (`--url`) over REST.
    """
    found = _pictures(_listed(paths))
    if not found:
        names = ", ".join(str(path) for path in paths)
        raise Error(
            "source_missing", f"There are no files in {names}.", remedy="Name a picture, or a folder that holds some."
        )
    settings = load_settings(home=home)
    if remote(settings, url, profile, home=home) is not None:
        with connected(home, url, profile) as client, progress_bar(enabled=not as_json) as progress:
            sent = send_all(client, [one for _, one in found], sorted(set(tag or ())), progress)
            batches_there = follow(client, sent, progress) if wait else sent
        _tell(batches_there, client.url, waited=wait, as_json=as_json)
        return
    library = open_library(home)
    try:
        with progress_bar(enabled=not as_json) as progress:
            batches = _submit_all(library, found, sorted(set(tag or ())), link=link, progress=progress)
            if wait:
                batches = _follow(library, batches, progress)
    finally:
        library.close()
    _tell(batches, library.settings.web_url, waited=wait, as_json=as_json)


def _tell(batches: Sequence[Batch], url: str, *, waited: bool, as_json: bool) -> None:
    if as_json:
        show_json({"batches": [batch.model_dump(mode="json") for batch in batches]})
    elif batches:
        _sum_up(batches, url, waited=waited)
    else:
        typer.echo(f"All of them are in the library already: {url}")


def _listed(paths: Iterable[Path]) -> Iterator[tuple[str, Listed]]:
    """Every file below the paths, once, with the key it gets: its whole path, so that lineage tells where it was."""
    from darkroom.connectors.base import Listed
    from darkroom.connectors.folder import FolderConnector, path_to_text

    seen: set[Path] = set()
    for given in paths:
        path = given.expanduser().resolve()
        if path.is_dir():
            listed: Iterable[Listed] = FolderConnector(path).list()
        elif path.is_file():
            info = path.stat()
            listed = [Listed(path.name, path, info.st_size, info.st_mtime_ns, info.st_ctime_ns)]
        else:
            raise Error("source_missing", f"There is no file or folder {given}.", remedy="Check the path.")
        for one in listed:
            if one.path not in seen:
                seen.add(one.path)
                yield path_to_text(one.path).lstrip("/"), one


def _pictures(listed: Iterable[tuple[str, Listed]]) -> list[tuple[str, Listed]]:
    """The files without sidecars of others of them, which go where their pictures go."""
    from darkroom.services.sidecars import is_sidecar, names_of

    found = list(listed)
    meant = {
        one.path.with_name(name)
        for _, one in found if not is_sidecar(one.path.name) for name in names_of(one.path.name)
    }  # fmt: skip
    return [pair for pair in found if pair[1].path not in meant]


def _submit_all(
    library: Library, found: list[tuple[str, Listed]], tags: list[str], *, link: bool, progress: Progress
) -> list[Batch]:
    from darkroom.domain.access import LOCAL_OWNER
    from darkroom.domain.base import new_id

    bar = progress.add_task("Linking" if link else "Copying", total=len(found), rate="")
    left = iter(found)
    batches = []
    while portion := list(islice(left, library.settings.batch_max_files)):
        batch_id = new_id("b")
        folder = library.settings.uploads / batch_id
        try:
            items = []
            for key, listed in portion:
                items.append(_stage(folder, key, listed, tags, link=link))
                progress.advance(bar)
            batches.append(library.ingest.submit(LOCAL_OWNER, items, connector="cli", launch=True, batch_id=batch_id))
        except BaseException:
            # Nothing knows of these copies yet, so nothing else would ever remove them.
            shutil.rmtree(folder, ignore_errors=True)
            raise
    progress.remove_task(bar)
    return batches


def _stage(folder: Path, key: str, listed: Listed, tags: list[str], *, link: bool) -> BatchItem:
    """Put a file where the run reads it from."""
    from darkroom.connectors.folder import path_to_text, storage_error
    from darkroom.domain.ingest import BatchItem
    from darkroom.services.sidecars import sidecars_of

    target = folder / os.fsdecode(os.fsencode(listed.path).lstrip(b"/"))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if not (link and _linked(listed.path, target)):
            shutil.copy2(listed.path, target)
        info = target.stat()
        for sidecar in sidecars_of(listed.path):
            shutil.copy2(sidecar, target.with_name(sidecar.name))
    except FileNotFoundError as error:
        raise Error("source_missing", f"{listed.path} is gone.", remedy="Run the command again.") from error
    except OSError as error:
        if error.filename == os.fspath(listed.path):
            raise Error("source_unreadable", f"{listed.path} cannot be read: {error.strerror}.") from error
        raise storage_error(error, target) from error
    return BatchItem(
        key=key, path=path_to_text(target), bytes=info.st_size, modified_ns=info.st_mtime_ns, tags=tuple(tags)
    )


def _linked(source: Path, target: Path) -> bool:
    """Make a hard link; False where the file system cannot, as across disks."""
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:
        return False
    return True


def progress_bar(*, enabled: bool) -> Progress:
    """Bars on a terminal, nothing elsewhere."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    screen = console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}", style="dim"),
        TimeRemainingColumn(compact=True),
    )
    return Progress(*columns, console=screen, transient=True, disable=not (enabled and screen.is_terminal))


def _follow(library: Library, batches: list[Batch], progress: Progress) -> list[Batch]:
    """Show how far the batches are until all have ended; Ctrl-C only ends the watching."""
    bar = progress.add_task("Taking in", total=sum(batch.total for batch in batches), rate="")
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            batches = [library.stores.batches.get(batch.id) for batch in batches]
            rate = sum(batch.rate or 0 for batch in batches if batch.state == "running")
            done = sum(batch.done for batch in batches)
            progress.update(bar, completed=done, rate=f"{rate:.0f}/s" if rate else "")
            if all(batch.state in ("done", "cancelled") for batch in batches):
                break
            time.sleep(_LOOK_EVERY)
    progress.remove_task(bar)
    return batches


def _sum_up(batches: Sequence[Batch], web: str, *, waited: bool) -> None:
    total = sum(batch.total for batch in batches)
    url = f"{web}/?batch={batches[0].id}"
    ended = all(batch.state in ("done", "cancelled") for batch in batches)
    if not (waited and ended):
        typer.echo(f"{plural(total, 'file')} on the way into the library; follow them on {web}/activity")
        return
    added, known, failed = (
        sum(getattr(batch, name) for batch in batches) for name in ("added", "duplicates", "failed")
    )
    times = [(b.finished_at - b.started_at).total_seconds() for b in batches if b.finished_at and b.started_at]
    seconds = max(times, default=0.0)
    rate = f", {total / seconds:.0f} a second" if seconds >= 1 else ""
    typer.echo(
        f"{plural(added, 'picture')} added, {known} known already, {failed} failed in {duration(seconds)}{rate}: {url}"
    )
    if failed:
        typer.echo("See why with `darkroom failures`.")
