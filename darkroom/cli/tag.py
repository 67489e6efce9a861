"""`darkroom tag`: tags on pictures, and tags themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from darkroom.cli.connect import Profile, Url, connected, is_running
from darkroom.cli.edit import Ids, change
from darkroom.cli.options import AsJson, Home
from darkroom.cli.output import plural, show_json, show_table
from darkroom.cli.user import checked
from darkroom.cli.work import conclude, watch

if TYPE_CHECKING:
    from darkroom.services.edit_views import TagNode, TagsChanged
    from darkroom.services.work.views import WorkView

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
        if dry_run:
            _tell_plan(client.send(organising.preview_tag_rename(given)), as_json=as_json)
            return
        done = client.send(organising.rename_tag(given))
        done = watch(client, done, quiet=as_json) if is_running(home, url, profile) else done
    _tell_of_tag(done, f"{tag} is now called {to}", as_json=as_json)


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
        if dry_run:
            _tell_plan(client.send(organising.preview_tag_removal(given)), as_json=as_json)
            return
        done = client.send(organising.delete_tag(given))
        done = watch(client, done, quiet=as_json) if is_running(home, url, profile) else done
    _tell_of_tag(done, f"{tag} is gone", as_json=as_json)


def _flat(nodes: tuple[TagNode, ...], depth: int = 0) -> Iterator[tuple[int, TagNode]]:
    for one in nodes:
        yield depth, one
        yield from _flat(one.children, depth + 1)


def _tell(found: list[object], *, as_json: bool) -> None:
    if as_json:
        show_json([{"id": one.id, "tags": one.tags} for one in found])  # type: ignore[attr-defined]
    else:
        typer.echo(f"{plural(len(found), 'picture')} tagged.")


def _tell_plan(found: TagsChanged, *, as_json: bool) -> None:
    if as_json:
        show_json(found.model_dump(mode="json"))
    else:
        typer.echo(f"{plural(found.images, 'picture')} would change.")


def _tell_of_tag(done: WorkView, words: str, *, as_json: bool) -> None:
    if as_json or done.state != "done" or done.failed:
        conclude(done, as_json=as_json)
        return
    typer.echo(f"{words}: {plural(done.changed, 'picture')} changed. `darkroom work undo {done.id}` takes it back.")
