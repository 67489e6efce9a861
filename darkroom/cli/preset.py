"""`darkroom preset`: saved recipes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from darkroom.cli.connect import Profile, Url, connected
from darkroom.cli.given import read_text
from darkroom.cli.options import AsJson, Home
from darkroom.cli.output import console, plural, show_json, show_table
from darkroom.cli.user import checked

app = typer.Typer(help="Recipes saved in the library, every version of them.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME[@VERSION]", help="A preset, as `darkroom preset list` names it.")]


@app.command("list")
def list_presets(*, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False) -> None:
    """List presets; those that come with Darkroom can be extended, but not changed."""
    from darkroom.client import recipes

    with connected(home, url, profile) as client:
        found = client.send(recipes.list_presets())
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    rows = [
        (one.name, one.version, "Darkroom" if one.built_in else one.created_by or "", one.extends or "", one.title)
        for one in found.items
    ]
    show_table(["name", "version", "by", "extends", "title"], rows, right=["version"])


@app.command()
def show(name: Name, *, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False) -> None:
    """Show a preset as it was written, and where it is used."""
    from darkroom.client import recipes

    with connected(home, url, profile) as client:
        found = client.send(recipes.get_preset(name))
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    screen = console()
    screen.print(f"[bold]{found.name}[/] version {found.version}" + (" (retired)" if found.retired else ""))
    screen.print(found.source, markup=False)
    used = found.used
    words = f"Used by {plural(used.renditions, 'result')}, {plural(used.orders, 'order')}"
    words += f", and run by the rules {', '.join(used.rules)}" if used.rules else ""
    screen.print(words + (f", and extended by {', '.join(used.presets)}" if used.presets else ""), style="dim")


@app.command()
def save(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A recipe (YAML or JSON).")],
    *,
    name: Annotated[str | None, typer.Option(help="Name to save it under [that of the recipe].")] = None,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Save a recipe; under a name that is there already it becomes the next version."""
    from darkroom.client import recipes
    from darkroom.services.recipes.views import NewPreset

    text = read_text(file, "recipe")
    new = checked(NewPreset, name=name or _named(file, text), recipe=text)
    with connected(home, url, profile) as client:
        found = client.send(recipes.save_preset(new))
    if as_json:
        show_json(found.model_dump(mode="json"))
    else:
        typer.echo(f"Saved as {found.name}@{found.version}.")


def _named(file: Path, text: str) -> str | None:
    """The file's own name for a recipe that gives none."""
    return None if re.search(r"^\W*name\W*:", text, re.MULTILINE) else file.stem.lower()


@app.command()
def delete(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A preset of your own.")],
    *,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Take a preset out of the list; its versions stay readable for what was made with them."""
    from darkroom.client import recipes

    with connected(home, url, profile) as client:
        found = client.send(recipes.retire_preset(name))
    if as_json:
        show_json(found.model_dump(mode="json"))
    else:
        typer.echo(f"{found.name} is no longer in the list ({plural(found.versions, 'version')}).")
