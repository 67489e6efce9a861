"""`darkroom search-model`: models that pictures are found with by words."""

from __future__ import annotations

from typing import Annotated

import typer

from darkroom.cli.connect import Profile, Url, connected
from darkroom.cli.options import AsJson, Home
from darkroom.cli.output import show_json, show_table, size
from darkroom.cli.user import checked

app = typer.Typer(help="Models that pictures are found with by words (`like:`).", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="A model for searching.")]


@app.command("list")
def list_search_models(
    *, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False
) -> None:  # fmt: skip
    """List them, with how many pictures each has seen."""
    from darkroom.client import registry

    with connected(home, url, profile) as client:
        found = client.send(registry.list_search_models())
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    if not found.items:
        typer.echo("No model for searching. Make one with `darkroom search-model add NAME WEIGHTS`.")
        return
    rows = [
        (one.name, one.kind, "yes" if one.used else "", f"{one.pictures:,} of {one.of:,}", size(one.bytes), one.licence)
        for one in found.items
    ]
    columns = ["model", "kind", "used", "pictures", "size", "licence"]
    show_table(columns, rows, right=["pictures", "size"])


@app.command("add")
def add_search_model(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it will be called.")],
    weights: Annotated[
        str, typer.Argument(metavar="WEIGHTS", help="A folder in `backbones` of the home folder, or hub:OWNER/NAME.")
    ],
    *,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Make a model for searching of weights of CLIP or SigLIP, and wait for it."""
    from darkroom.cli.work import insist, watch
    from darkroom.client import registry
    from darkroom.services.training.search_views import NewSearchModel

    given = checked(NewSearchModel, name=name, weights=weights)
    with connected(home, url, profile) as client:
        done = watch(client, client.send(registry.add_search_model(given)), quiet=as_json)
    insist(done)
    if as_json:
        show_json(done.model_dump(mode="json"))
    else:
        typer.echo(f"{name} is made; `darkroom search-model use {name}` has it look at the pictures.")


@app.command("use")
def use_search_model(
    name: Name, *, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False
) -> None:
    """Answer `like:` by this model: it looks at all pictures, and at new ones as they come."""
    _used(name, (home, url, profile), used=True, as_json=as_json)


@app.command("stop")
def stop_search_model(
    name: Name, *, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False
) -> None:
    """Use it no longer; what it made of pictures stays."""
    _used(name, (home, url, profile), used=False, as_json=as_json)


def _used(name: str, place: tuple[Home, Url, Profile], *, used: bool, as_json: bool) -> None:
    from darkroom.client import registry
    from darkroom.services.training.search_views import SearchModelUse

    with connected(*place) as client:
        found = client.send(registry.use_search_model(name, SearchModelUse(used=used)))
    if as_json:
        show_json(found.model_dump(mode="json"))
    elif found.used:
        typer.echo(f"{name} is used: {found.pictures:,} of {found.of:,} pictures seen.")
    else:
        typer.echo(f"{name} is not used.")


@app.command("delete")
def delete_search_model(
    name: Name, *, home: Home = None, url: Url = None, profile: Profile = None
) -> None:  # fmt: skip
    """Forget a model that is not used, with what it made of pictures."""
    from darkroom.client import registry

    with connected(home, url, profile) as client:
        client.send(registry.delete_search_model(name))
    typer.echo(f"{name} is deleted.")
