"""`darkroom tag`: tags on pictures, and tags themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from darkroom.cli.connect import Profile, Url, connected
from darkroom.cli.edit import Ids, change
from darkroom.cli.options import AsJson, Home
from darkroom.cli.output import plural, show_json, show_table
from darkroom.cli.user import checked

if TYPE_CHECKING:
    from darkroom.client import Client
    from darkroom.client.call import Call
    from darkroom.services.edit_views import TagNode, TagsChanged

app = typer.Typer(
    help="Tags of pictures. `/` makes levels: `places/oslo` lies in `places`, and whoever looks for `places` finds it.",
    no_args_is_help=True,
)

TagName = Annotated[str, typer.Argument(metavar="TAG", help="A tag, with its levels: `places/oslo`.")]
Tagged = Annotated[list[str], typer.Option("--tag", "-t", help="A tag; several times for several.")]
DryRun = Annotated[bool, typer.Option("--dry-run", "-n", help="Only tell how many pictures would change.")]


@app.command("list")
def list_tags(*, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False) -> None:
    """List all tags, each with how many pictures have it or one below it."""
    from darkroom.client import organising

    with connected(home, url, profile) as client:
        tree = client.send(organising.list_tags())
    if as_json:
        show_json(tree.model_dump(mode="json"))
        return
    if not tree.items:
        typer.echo("No picture has a tag yet.")
        return
    rows = [("  " * depth + one.name, one.count, one.colour or "") for depth, one in _flat(tree.items)]
    show_table(["tag", "pictures", "colour"], rows, right=["pictures"])


@app.command()
def add(
    ids: Ids, tags: Tagged, *, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False
) -> None:
    """Add tags to pictures: darkroom tag add ID ID --tag places/oslo."""
    _tell(change(ids, {"add_tags": tags}, home, url, profile), as_json=as_json)


@app.command()
def remove(
    ids: Ids, tags: Tagged, *, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False
) -> None:
    """Take tags off pictures: these very ones, not those below them."""
    _tell(change(ids, {"remove_tags": tags}, home, url, profile), as_json=as_json)


@app.command()
def rename(
    tag: TagName,
    to: Annotated[str, typer.Argument(metavar="TO", help="What it is to be called; other levels move it.")],
    *,
    merge: Annotated[bool, typer.Option("--merge", help="Let it become one with a tag of that name.")] = False,
    dry_run: DryRun = False,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Give a tag, and all below it, another name on every picture."""
    from darkroom.client import organising
    from darkroom.services.edit_views import TagRename

    given = checked(TagRename, tag=tag, to=to, merge=merge, dry_run=dry_run)
    with connected(home, url, profile) as client:
        # What is left is done by further requests, for which the tag of the new name is there already.
        again = organising.rename_tag(given.model_copy(update={"merge": True}))
        done = _until_none_is_left(client, organising.rename_tag(given), again)
    _tell_of_tag(done, f"is now called {done.to}", as_json=as_json)


@app.command()
def delete(
    tag: TagName,
    *,
    dry_run: DryRun = False,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Take a tag, and all below it, off every picture."""
    from darkroom.client import organising
    from darkroom.services.edit_views import TagRemoval

    given = checked(TagRemoval, tag=tag, dry_run=dry_run)
    with connected(home, url, profile) as client:
        call = organising.delete_tag(given)
        done = _until_none_is_left(client, call, call)
    _tell_of_tag(done, "is gone", as_json=as_json)


def _flat(nodes: tuple[TagNode, ...], depth: int = 0) -> Iterator[tuple[int, TagNode]]:
    for one in nodes:
        yield depth, one
        yield from _flat(one.children, depth + 1)


def _until_none_is_left(client: Client, call: Call[TagsChanged], again: Call[TagsChanged]) -> TagsChanged:
    done = client.send(call)
    images = done.images
    while done.left and done.images and not done.dry_run:
        done = client.send(again)
        images += done.images
    return done.model_copy(update={"images": images})


def _tell(found: list[object], *, as_json: bool) -> None:
    if as_json:
        show_json([{"id": one.id, "tags": one.tags} for one in found])  # type: ignore[attr-defined]
    else:
        typer.echo(f"{plural(len(found), 'picture')} tagged.")


def _tell_of_tag(done: TagsChanged, became: str, *, as_json: bool) -> None:
    if as_json:
        show_json(done.model_dump(mode="json"))
    elif done.dry_run:
        typer.echo(f"{plural(done.images, 'picture')} would change.")
    else:
        typer.echo(f"{done.tag} {became}: {plural(done.images, 'picture')} changed.")
