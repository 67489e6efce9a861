"""`darkroom collection`: sets of pictures, by hand or by a query."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from darkroom.cli.connect import Profile, Url, connected
from darkroom.cli.options import AsJson, Home
from darkroom.cli.output import plural, show_json, show_table
from darkroom.cli.user import checked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from darkroom.services.collection_views import CollectionView

app = typer.Typer(
    help="Collections: sets of pictures that are filled by hand, or smart ones that show what fits a query. They lie in one "
    "another, and are places in which roles and rules hold (`--domain collection:ID`).",
    no_args_is_help=True,
)

Id = Annotated[str, typer.Argument(metavar="ID", help="A collection, as `darkroom collection list` names it.")]
_Where = tuple[Path | None, str | None, str | None]
"""Home, address and profile."""
Pictures = Annotated[list[str], typer.Argument(metavar="PICTURE...", help="Ids of pictures (sha256).")]


@app.command("list")
def list_collections(*, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False) -> None:
    """List collections as a tree, with the number of pictures in each and in all below it."""
    from darkroom.client import collections

    with connected(home, url, profile) as client:
        found = client.send(collections.list_collections())
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    if not found.items:
        typer.echo("No collections. `darkroom collection create NAME` makes one.")
        return
    rows = [(one.id, f"{'  ' * depth}{one.name}", one.kind, f"{one.images:,}") for depth, one in _tree(found.items)]
    show_table(["id", "name", "kind", "pictures"], rows, right=["pictures"])


@app.command()
def show(
    collection: Id, *, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False
) -> None:
    """Show what is known of a collection."""
    from darkroom.client import collections

    with connected(home, url, profile) as client:
        found = client.send(collections.get_collection(collection))
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    typer.echo(f"{found.name} ({found.id}), {found.kind}, {plural(found.images, 'picture')}")
    facts = {"lies in": found.parent, "about": found.description, "cover": found.cover, "made by": found.owner}
    for name, value in facts.items():
        if value:
            typer.echo(f"  {name}: {value}")
    if found.query is not None:
        typer.echo(f"  query: {found.query.model_dump_json(exclude_defaults=True)}")


@app.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name; the id is made of it.")],
    *,
    parent: Annotated[
        str | None, typer.Option(metavar="ID", help="The collection that it lies in [at the top].")
    ] = None,
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
    query: Annotated[
        str | None,
        typer.Option(
            metavar="JSON", help='What a smart one shows, as \'{"tag": ["sea"], "rating_min": 4}\' [by hand].'
        ),
    ] = None,
    where: Annotated[
        str | None, typer.Option(metavar="EXPRESSION", help="The same in words, as 'rating>=4 tag:sea' [by hand].")
    ] = None,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Make a collection; the last line printed is its id."""
    from darkroom.client import collections
    from darkroom.services.collection_views import NewCollection

    asked = None if query is None and where is None else query_of(query or "{}", where)
    new = checked(NewCollection, name=name, parent=parent, description=description, query=asked)
    with connected(home, url, profile) as client:
        made = client.send(collections.create_collection(new))
    if as_json:
        show_json(made.model_dump(mode="json"))
    else:
        typer.echo(f"Made {made.name}.")
        typer.echo(made.id)


@app.command()
def add(
    collection: Id,
    pictures: Pictures,
    *,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Put pictures into a collection."""
    _change(collection, {"add": pictures}, (home, url, profile), as_json=as_json)


@app.command()
def remove(
    collection: Id,
    pictures: Pictures,
    *,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Take pictures out of a collection; they stay in the library."""
    _change(collection, {"remove": pictures}, (home, url, profile), as_json=as_json)


@app.command()
def rename(
    collection: Id,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its new name; the id stays.")],
    *,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Give a collection another name."""
    from darkroom.client import collections
    from darkroom.services.collection_views import CollectionChange

    change = checked(CollectionChange, name=name)
    with connected(home, url, profile) as client:
        found = client.send(collections.update_collection(collection, change, if_match="*"))
    if as_json:
        show_json(found.model_dump(mode="json"))
    else:
        typer.echo(f"{found.id} is called {found.name} now.")


@app.command()
def delete(
    collection: Id,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Take a collection away; its pictures stay in the library."""
    from darkroom.client import collections

    with connected(home, url, profile) as client:
        found = client.send(collections.get_collection(collection))
        words = f"Delete {found.name}? Its {plural(found.images, 'picture')} stay in the library."
        if not yes and not typer.confirm(words):
            raise typer.Abort
        begun = client.send(collections.delete_collection(collection, if_match=f'"{found.revision}"'))
    if as_json:
        show_json({"id": found.id, "deleted": True, "operation": begun.id})
    else:
        rest = "" if begun.is_over else f" Its pictures forget it: `darkroom work wait {begun.id}`."
        typer.echo(f"{found.name} is gone.{rest}")


def _change(collection: str, members: dict[str, list[str]], where: _Where, *, as_json: bool) -> None:
    from darkroom.client import collections
    from darkroom.services.collection_views import MembersGiven

    given = checked(MembersGiven, **members)
    with connected(*where) as client:
        done = client.send(collections.change_members(collection, given))
    if as_json:
        show_json(done.model_dump(mode="json"))
    else:
        verb, count = ("put in", done.added) if "add" in members else ("taken out", done.removed)
        typer.echo(f"{plural(count, 'picture')} {verb}, {done.unchanged:,} as before.")


def query_of(text: str, where: str | None) -> dict[str, Any]:
    """A query given as JSON, in the query language, or both."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise typer.BadParameter(f"--query: that is no JSON ({error})") from error
    if not isinstance(found, dict):
        raise typer.BadParameter('--query: give an object, as {"tag": ["sea"]}')
    return found if where is None else found | {"where": where}


def _tree(items: Sequence[CollectionView]) -> Iterator[tuple[int, CollectionView]]:
    """Each with its depth, those that lie in one right behind it."""
    known = {one.id for one in items}

    def below(parent: str | None, depth: int) -> Iterator[tuple[int, CollectionView]]:
        for one in items:
            if one.parent == parent or (parent is None and one.parent not in known):
                yield depth, one
                yield from below(one.id, depth + 1)

    yield from below(None, 0)
