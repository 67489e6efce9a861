"""`darkroom filter`: operations that people make of those there are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from darkroom.cli.connect import Profile, Url, connected
from darkroom.cli.given import read_text
from darkroom.cli.options import AsJson, Home
from darkroom.cli.output import console, plural, show_json, show_list, write_file
from darkroom.cli.user import checked
from darkroom.errors import Error

if TYPE_CHECKING:
    from darkroom.imaging.operations.base import Raster
    from darkroom.services.recipes.filter_views import FilterDetail

app = typer.Typer(
    help="Filters of your own: kernels, formulas, looks, or several operations as one; each version an operation `user/NAME`.",
    no_args_is_help=True,
)

Name = Annotated[str, typer.Argument(metavar="NAME[@VERSION]", help="A filter, as `darkroom filter list` names it.")]


@app.command("list")
def list_filters(*, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False) -> None:
    """List the filters of the library."""
    from darkroom.client import recipes

    with connected(home, url, profile) as client:
        show_list(
            client.send(recipes.list_filters()).items, as_json,
            empty="No filters. `darkroom filter save FILE` keeps one.",
            columns=["name", "version", "of", "knobs", "what it does"],
            row=lambda one: (one.name, one.version, one.kind, ", ".join(one.knobs), one.title),
        )  # fmt: skip


@app.command()
def show(name: Name, *, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False) -> None:
    """Show a filter as YAML, and the presets that use it."""
    import yaml

    from darkroom.client import recipes

    with connected(home, url, profile) as client:
        found = client.send(recipes.get_filter(name))
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    screen = console()
    screen.print(f"[bold]user/{found.name}[/] version {found.version}" + (" (retired)" if found.retired else ""))
    told = {**found.filter, "body": {**found.filter["body"]}}
    if "cube" in told["body"]:
        told["body"]["cube"] = f"{len(told['body']['cube']):,} characters: `darkroom filter table {name}` writes them"
    screen.print(yaml.safe_dump(told, sort_keys=False, allow_unicode=True).rstrip(), markup=False)
    screen.print(f"Used by the presets: {', '.join(found.presets) or 'none'}", style="dim")


@app.command()
def save(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A filter (YAML or JSON).")],
    *,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Save a filter; under a name that is there already it becomes the next version."""
    from darkroom.client import recipes
    from darkroom.services.recipes.filter_views import NewFilter

    text = read_text(file, "filter")
    with connected(home, url, profile) as client:
        _told(client.send(recipes.save_filter(NewFilter(filter=text))), as_json=as_json)


@app.command()
def learn(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name: small letters, digits and `_`.")],
    before: Annotated[Path, typer.Argument(metavar="BEFORE", help="A picture as it was.")],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help="The same picture as it was edited, not cropped.")],
    *,
    title: Annotated[str, typer.Option(help="One sentence that says what it does.")],
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Learn a look from two files of this machine, and save it as a filter."""
    from darkroom.client import recipes
    from darkroom.imaging.operations.filters_user import UserFilter, filter_from_pair
    from darkroom.services.recipes.filter_views import NewFilter

    checked(UserFilter, name=name, title=title, body={"kind": "expression"})
    found = filter_from_pair(name, title, _read(before), _read(after))
    with connected(home, url, profile) as client:
        _told(client.send(recipes.save_filter(NewFilter(filter=found.model_dump(mode="json")))), as_json=as_json)


@app.command()
def table(
    name: Name,
    *,
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="Where to [NAME.cube].")] = None,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
) -> None:
    """Write the table of a look as a `.cube` file, which other programs read."""
    from darkroom.client import recipes

    with connected(home, url, profile) as client:
        found = client.send(recipes.get_filter_table(name))
    write_file(out or Path(f"{name.partition('@')[0]}.cube"), found)


@app.command()
def delete(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A filter.")],
    *,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Take a filter out of the list; its versions stay for what was made with them."""
    from darkroom.client import recipes

    with connected(home, url, profile) as client:
        found = client.send(recipes.retire_filter(name))
    if as_json:
        show_json(found.model_dump(mode="json"))
    else:
        typer.echo(f"{found.name} is no longer in the list ({plural(found.versions, 'version')}).")


def _told(found: FilterDetail, *, as_json: bool) -> None:
    if as_json:
        show_json(found.model_dump(mode="json"))
    else:
        typer.echo(f"Saved as {found.name}@{found.version}: the operation user/{found.name}.")


def _read(file: Path) -> Raster:
    from darkroom.imaging.formats.load import LoadOptions, load
    from darkroom.imaging.recipes.run import to_raster

    try:
        data = file.read_bytes()
    except OSError as error:
        raise Error("source_unreadable", f"{file} cannot be read: {error}.") from error
    return to_raster(load(data, file.name, LoadOptions()).frames)
