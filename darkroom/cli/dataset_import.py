"""`darkroom dataset import`: labelled pictures from a folder of this machine, or in an archive that is read where Darkroom runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from darkroom.cli.committed import committed, tell
from darkroom.cli.connect import Profile, Url, connected, require_running
from darkroom.cli.options import AsJson, Home
from darkroom.cli.output import plural, show_json, show_table
from darkroom.cli.user import checked
from darkroom.errors import Error

if TYPE_CHECKING:
    from darkroom.client import Client
    from darkroom.datasets.importers import Import
    from darkroom.domain.dataset import Example, ImportProblem
    from darkroom.services.datasets.views import Committed, ExampleGiven
    from darkroom.services.imports.views import ImportGiven, ImportReport

_AT_ONCE = 1000
_SHOWN = 20
_ARCHIVES = (".zip", ".tar", ".tgz", ".tar.gz")


def import_dataset(
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="Folder or file of labelled pictures, or a zip or tar of them.")
    ],
    *,
    name: Annotated[
        str, typer.Option(help="Name of the dataset; under one that is there it becomes the next version.")
    ],
    layout: Annotated[
        str, typer.Option("--format", help="imagefolder, csv, coco, yolo, voc or pairs; auto finds out.")
    ] = "auto",
    seed: Annotated[int, typer.Option(help="Another seed gives another division into splits.")] = 0,
    message: Annotated[str, typer.Option("--message", "-m", help="What changed.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Tell the classes and the problems; bring nothing in.")
    ] = False,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Bring labelled pictures into the library, and commit them as a version of a dataset.

    What is malformed is listed with file and line; the rest is imported. Splits that the files name are kept; otherwise
    pictures stay in the split they had, and new ones are drawn: 70 % to learn from, 15 % to choose by, 15 % to judge by.
    A zip or tar is sent as it is and read where Darkroom runs; of a folder only the pictures are sent that are lacking.
    """
    from darkroom.datasets.layouts import IMPORTERS
    from darkroom.services.imports.views import ImportGiven

    if layout not in ("auto", *IMPORTERS):
        raise typer.BadParameter(f"--format is one of auto, {', '.join(IMPORTERS)}")
    if not path.exists():
        raise Error("source_missing", f"{path} is not there.", remedy="Check the path.")
    given = checked(ImportGiven, name=name, format=layout, seed=seed, message=message, dry_run=dry_run)
    if path.is_file() and path.name.lower().endswith(_ARCHIVES):
        with connected(home, url, profile) as client:
            _archive(client, path, given, as_json=as_json)
        return
    if not dry_run:
        require_running(home, url, profile)
    found, layout = _read(path, layout)
    if dry_run:
        from darkroom.services.imports.reporting import report

        _foretell(report("", given, found, layout, 0), as_json=as_json)
        return
    with connected(home, url, profile) as client:
        _bring_in(client, found, quiet=as_json)
        if not found.examples:
            raise Error("dataset_invalid", f"No picture of {path} could be taken in.")
        made = _commit(client, found, name, seed=seed, message=message, quiet=as_json)
    _conclude(made, found.problems, len(found.problems), as_json=as_json)


def _read(path: Path, layout: str) -> tuple[Import, str]:
    from darkroom.datasets.layouts import IMPORTERS, detect

    if layout == "auto":
        layout, path = detect(path) if path.is_dir() else (_of_file(path), path)
    return IMPORTERS[layout](path), layout


def _of_file(path: Path) -> str:
    """The layout that a single file stands for."""
    known = {".csv": "csv", ".json": "coco", ".yaml": "yolo", ".yml": "yolo"}
    if (layout := known.get(path.suffix.lower())) is None:
        raise Error("dataset_invalid", f"{path.name} says nothing of its layout.", remedy="Name it: --format csv.")
    return layout


def _archive(client: Client, path: Path, given: ImportGiven, *, as_json: bool) -> None:
    """Have an archive read where Darkroom runs; Ctrl-C stops it."""
    from darkroom.cli.work import refused, watch
    from darkroom.client import datasets, work
    from darkroom.services.datasets.views import Committed

    asked = given.model_dump(exclude={"name"})
    done = watch(client, client.send(datasets.import_dataset(path, given.name, **asked)), quiet=as_json)
    if not done.is_over:
        done = client.send(work.cancel_work(done.id))
    told = client.send(datasets.get_import(done.id)) if "report" in done.links else None
    if (error := refused(done)) is not None:
        _list(told.problems if told is not None else (), told.count if told is not None else 0)
        raise error
    if done.state != "done" or told is None:
        raise Error("conflict", f"The operation {done.id} was stopped before it made a version.")
    if given.dry_run:
        _foretell(told, as_json=as_json)
        return
    version = client.send(datasets.get_dataset(f"{given.name}@{done.result['version']}")).version
    _conclude(Committed(version=version, new=done.changed > 0), told.problems, told.count, as_json=as_json)


def _foretell(told: ImportReport, *, as_json: bool) -> None:
    if as_json:
        show_json(told.model_dump(mode="json"))
        return
    typer.echo(f"{told.format}: {plural(told.examples, 'picture')} of {len(told.classes)} classes, {plural(told.count, 'problem')}.")  # fmt: skip
    rows = [(one.label, one.train, one.validation, one.test, one.unplaced) for one in told.classes]
    columns = ["class", "train", "validation", "test", "to be drawn"]
    show_table(columns, rows, right=columns[1:])
    _list(told.problems, told.count)


def _conclude(made: Committed, problems: Sequence[ImportProblem], count: int, *, as_json: bool) -> None:
    if as_json:
        listed: list[Any] = [one.model_dump(mode="json") for one in problems]
        show_json({**made.version.model_dump(mode="json"), "new": made.new, "problems": listed})
        return
    _list(problems, count)
    tell(made)


def _list(problems: Sequence[ImportProblem], count: int) -> None:
    for one in problems[:_SHOWN]:
        where = f"{one.file}:{one.line}" if one.line else one.file
        typer.echo(f"left out {where}: {one.cause}", err=True)
    if count > _SHOWN:
        typer.echo(f"and {count - _SHOWN:,} more; --json lists them.", err=True)


def _bring_in(client: Client, found: Import, *, quiet: bool) -> None:
    """Upload what the library lacks; what it cannot take becomes a problem of the import."""
    from darkroom.cli.ingest import progress_bar
    from darkroom.cli.ingest_remote import follow, send_all
    from darkroom.connectors.base import Listed

    lacking = _lacking(client, found)
    if not lacking:
        return
    files = []
    for one in lacking:
        path = found.root / one.path
        info = path.stat()
        files.append(Listed(one.path, path, info.st_size, info.st_mtime_ns, info.st_ctime_ns))
    with progress_bar(enabled=not quiet) as progress:
        follow(client, send_all(client, files, [], progress), progress)
    for one in _lacking(client, found):
        found.refuse(one.path, "It could not be taken into the library; see `darkroom failures`.")
        del found.examples[one.key]


def _lacking(client: Client, found: Import) -> list[Example]:
    from darkroom.client import uploads
    from darkroom.services.uploads.views import HashesGiven

    known: set[str] = set()
    for part in _parts(list(found.examples)):
        known.update(client.send(uploads.find_known(HashesGiven(sha256=tuple(part)))).known)
    return [one for key, one in found.examples.items() if key not in known]


def _commit(client: Client, found: Import, name: str, *, seed: int, message: str, quiet: bool) -> Committed:
    from darkroom.services.datasets.views import NewVersion

    examples = tuple(_given(one) for one in found.examples.values())
    given = checked(NewVersion, name=name, examples=examples, seed=seed, message=message)
    return committed(client, given, quiet=quiet)


def _given(one: Example) -> ExampleGiven:
    from darkroom.services.datasets.views import ExampleGiven

    return ExampleGiven(
        image=one.key, annotations=one.annotations, split=one.split, weight=one.weight, group=one.group
    )  # fmt: skip


def _parts(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    return (keys[start : start + _AT_ONCE] for start in range(0, len(keys), _AT_ONCE))
