"""`darkroom dataset`: what is done with versions that are there; these commands join those of `dataset`."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from darkroom.cli.committed import tell
from darkroom.cli.connect import Profile, Url, connected
from darkroom.cli.dataset import Words, app
from darkroom.cli.given import read_text
from darkroom.cli.options import AsJson, Home
from darkroom.cli.output import plural, show_json, show_table
from darkroom.cli.user import checked
from darkroom.errors import Error

if TYPE_CHECKING:
    from typing import Any

    from darkroom.services.datasets.version_views import MergeView
    from darkroom.services.datasets.views import Committed

__all__ = ["app"]

_SHOWN = 20

Message = Annotated[str, typer.Option("--message", "-m", help="Why.")]


@app.command("export")
def export_dataset(
    words: Words,
    target: Annotated[
        Path, typer.Argument(metavar="DIR", help="Empty or new folder; a name that ends in .tar for one file.")
    ],
    *,
    layout: Annotated[
        str, typer.Option("--format", help="imagefolder, csv, coco, yolo, voc, huggingface or webdataset.")
    ] = "imagefolder",
    split: Annotated[str | None, typer.Option(help="Only train, validation or test.")] = None,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Write a version with its pictures as other programs read it; `dataset import` reads most of these too.

    Pictures are the originals, byte for byte. What a layout cannot tell is listed; csv tells everything.
    """
    from typing import get_args

    from darkroom.client import datasets
    from darkroom.domain.dataset import SPLITS
    from darkroom.services.datasets.views import ExportLayout

    for name, value, allowed in (("--format", layout, get_args(ExportLayout)), ("--split", split, (None, *SPLITS))):
        if value not in allowed:
            raise typer.BadParameter(f"{name} is one of {', '.join(one for one in allowed if one)}")
    whole = target.suffix == ".tar"
    _make_room(target.parent if whole else target, empty=not whole)
    with connected(home, url, profile) as client:
        call = datasets.export_dataset(words, format_=layout, split=split)  # type: ignore[arg-type] # checked above
        file = client.download(call, target)
    about = _unpacked(file, target, keep=whole)
    if as_json:
        show_json({**about, "path": str(target)})
        return
    for one in about["problems"][:_SHOWN]:
        typer.echo(f"not told {one['file']}: {one['cause']}", err=True)
    if about["not_told"] > _SHOWN:
        typer.echo(f"and {about['not_told'] - _SHOWN:,} more; darkroom.json lists them.", err=True)
    typer.echo(f"{about['dataset']} is in {target} as {layout}: {plural(about['pictures'], 'picture')}.")


@app.command()
def tag(
    words: Words,
    name: Annotated[str, typer.Argument(metavar="TAG", help="Small letters, digits, - and _, a letter first.")],
    *,
    remove: Annotated[bool, typer.Option("--remove", help="Take the name away.")] = False,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
) -> None:
    """Give a version a name: `shoes@golden` is that version then, until the name goes to another one."""
    from darkroom.client import datasets
    from darkroom.services.datasets.version_views import TagGiven

    given = checked(TagGiven, tag=name, remove=remove)
    with connected(home, url, profile) as client:
        found = client.send(datasets.tag_dataset(words, given))
    gone = f"{found.id}@{name} is no version any more."
    typer.echo(gone if remove else f"{found.id}@{name} is {found.id}@{found.tags[name]}.")


@app.command()
def restore(
    words: Words,
    *,
    message: Message = "",
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Make an earlier version the newest again: a further version that says the very same."""
    from darkroom.client import datasets
    from darkroom.services.datasets.version_views import RestoreGiven

    with connected(home, url, profile) as client:
        made = client.send(datasets.restore_dataset(words, RestoreGiven(message=message)))
    _show(made, as_json=as_json)


@app.command()
def branch(
    words: Words,
    name: Annotated[str, typer.Argument(metavar="NEW", help="Name of the new dataset.")],
    *,
    message: Message = "",
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Begin a new dataset with a version, which it comes from; `merge` brings both together again."""
    from darkroom.client import datasets
    from darkroom.services.datasets.version_views import BranchGiven

    given = checked(BranchGiven, name=name, message=message)
    with connected(home, url, profile) as client:
        made = client.send(datasets.branch_dataset(words, given))
    _show(made, as_json=as_json)


@app.command()
def split(
    words: Words,
    *,
    ratios: Annotated[str, typer.Option(help="Shares to learn from, to choose by and to judge by.")] = "0.7,0.15,0.15",
    seed: Annotated[int, typer.Option(help="Another seed gives another division.")] = 0,
    message: Message = "",
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Make a version whose splits are drawn anew, near duplicates in one of them: the way out of a leak."""
    from darkroom.client import datasets
    from darkroom.domain.dataset import SPLITS, SplitRatios
    from darkroom.services.datasets.version_views import SplitGiven

    shares = ratios.split(",")
    if len(shares) != len(SPLITS):
        raise typer.BadParameter("--ratios takes three shares, as 0.7,0.15,0.15")
    wanted = checked(SplitRatios, **dict(zip(SPLITS, shares, strict=True)))
    with connected(home, url, profile) as client:
        made = client.send(
            datasets.split_dataset(words, checked(SplitGiven, ratios=wanted, seed=seed, message=message))
        )
    _show(made, as_json=as_json)


@app.command()
def merge(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The dataset that is merged into.")],
    other: Annotated[str, typer.Argument(metavar="OTHER[@NUMBER]", help="What is merged.")],
    *,
    ours: Annotated[bool, typer.Option("--ours", help="NAME is right where both changed a picture.")] = False,
    theirs: Annotated[bool, typer.Option("--theirs", help="OTHER is right there.")] = False,
    decisions: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help='Who is right picture by picture: {"ID": "ours", ...}; --preview names ids.'),
    ] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Only list what has to be decided.")] = False,
    message: Message = "",
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Bring two lines together: what one of them alone changed holds, what both changed is decided."""
    from darkroom.client import datasets
    from darkroom.services.datasets.version_views import MergeGiven

    if ours and theirs:
        raise typer.BadParameter("give --ours or --theirs, not both")
    rule = "ours" if ours else "theirs" if theirs else None
    given = checked(MergeGiven, other=other, rule=rule, decisions=_decided(decisions), message=message)
    with connected(home, url, profile) as client:
        if preview:
            _show_merge(client.send(datasets.preview_merge(name, other)), as_json=as_json)
            return
        made = client.send(datasets.merge_dataset(name, given))
    _show(made, as_json=as_json)


@app.command()
def delete(
    words: Annotated[str, typer.Argument(metavar="NAME@NUMBER", help="The version.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
) -> None:
    """Delete a version that nothing was made of, and with the last one its dataset; no picture goes with it."""
    from darkroom.client import datasets

    if not yes:
        typer.confirm(f"Delete {words}? It cannot be taken back.", abort=True)
    with connected(home, url, profile) as client:
        client.send(datasets.delete_dataset_version(words))
    typer.echo(f"{words} is deleted.")


def _decided(file: Path | None) -> dict[str, Any]:
    import json

    if file is None:
        return {}
    try:
        found = json.loads(read_text(file, "list of decisions"))
    except ValueError as error:
        raise Error("source_unreadable", f"{file} cannot be read as JSON: {error}.") from error
    if not isinstance(found, dict):
        raise typer.BadParameter(f'{file} is not of the form {{"ID": "ours", ...}}')
    return found


def _show_merge(found: MergeView, *, as_json: bool) -> None:
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    base = f", over {found.base}" if found.base else ", which have nothing in common"
    typer.echo(f"{plural(found.count, 'conflict')} between {found.ours} and {found.theirs}{base}.")
    rows = [(one.image, one.ours or "nothing", one.theirs or "nothing") for one in found.conflicts]
    if rows:
        show_table(["picture", "ours", "theirs"], rows)


def _show(made: Committed, *, as_json: bool) -> None:
    if as_json:
        show_json({**made.version.model_dump(mode="json"), "new": made.new})
    else:
        tell(made)


def _make_room(folder: Path, *, empty: bool) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if empty and any(folder.iterdir()):
            raise Error(
                "storage_io", f"{folder} is not empty.", remedy="Name a new folder, or a file that ends in .tar."
            )
    except OSError as error:
        raise Error("storage_io", f"{folder}: {error.strerror}.", remedy="Name a folder to write to.") from error


def _unpacked(file: Path, folder: Path, *, keep: bool) -> dict[str, Any]:
    """What the archive says of itself, once it is unpacked."""
    import json

    from darkroom.datasets.archives import unpack

    with tarfile.open(file) as archive:
        inside = archive.extractfile("darkroom.json")
        assert inside is not None  # noqa: S101 - every export has it
        about: dict[str, Any] = json.loads(inside.read())
        if not keep:
            try:
                unpack(archive, folder)
            except OSError as error:
                remedy = "Free some space, and export into a new folder."
                raise Error("storage_io", f"{folder}: {error.strerror}.", remedy=remedy) from error
    if not keep:
        file.unlink()
    return about
