"""`darkroom trash`: pictures that were put away."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from darkroom.cli.connect import Profile, Url, connected, is_running
from darkroom.cli.edit import Ids
from darkroom.cli.options import AsJson, Home
from darkroom.cli.output import plural, show_json, show_table, size
from darkroom.cli.user import checked
from darkroom.cli.work import conclude, watch

if TYPE_CHECKING:
    from darkroom.services.trash_views import TrashChange

app = typer.Typer(
    help="Pictures that were put away: out of every view until they are restored, or removed for good after "
    "DARKROOM_TRASH_DAYS.",
    no_args_is_help=True,
)


@app.command("list")
def list_trash(
    *,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="Most pictures to list.")] = 50,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """List what is in the trash, those put away last first."""
    from darkroom.client import organising

    with connected(home, url, profile) as client:
        first = client.send(organising.list_trash(limit=1))
        found = list(islice(client.items(organising.list_trash(limit=min(limit, 500))), limit))
    if as_json:
        items = [one.model_dump(mode="json") for one in found]
        show_json({"items": items, "total": first.total, "bytes": first.bytes})
        return
    if not found:
        typer.echo("The trash is empty.")
        return
    rows = [
        (one.image.name, f"{one.trashed_at:%Y-%m-%d %H:%M}", one.trashed_by,
         f"{one.purge_at:%Y-%m-%d}" if one.purge_at else "by hand", one.image.id)
        for one in found
    ]  # fmt: skip
    show_table(["name", "put away", "by", "goes", "id"], rows)
    typer.echo(f"{plural(first.total, 'picture')}, {size(first.bytes)}.")


@app.command()
def put(ids: Ids, *, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False) -> None:
    """Put pictures into the trash; `darkroom trash restore` brings them back as they were."""
    from darkroom.client import organising
    from darkroom.services.trash_views import ImageIds

    with connected(home, url, profile) as client:
        done = client.send(organising.trash_images(checked(ImageIds, ids=ids)))
    _tell(done, "put into the trash", as_json=as_json)


@app.command()
def restore(ids: Ids, *, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False) -> None:
    """Bring pictures back from the trash, as they were."""
    from darkroom.client import organising
    from darkroom.services.trash_views import ImageIds

    with connected(home, url, profile) as client:
        done = client.send(organising.restore_images(checked(ImageIds, ids=ids)))
    _tell(done, "restored", as_json=as_json)


@app.command()
def empty(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Only these pictures [all].")] = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Remove what is in the trash for good, with its bytes: nothing but a backup brings it back."""
    from darkroom.client import organising
    from darkroom.services.trash_views import Purged, PurgeRequest

    with connected(home, url, profile) as client:
        if not yes:
            count = len(ids) if ids else client.send(organising.list_trash(limit=1)).total
            typer.confirm(f"Remove {plural(count, 'picture')} for good?", abort=True, err=True)
        if ids:
            done = client.send(organising.purge_trash(checked(PurgeRequest, ids=ids)))
        else:
            begun = client.send(organising.empty_trash())
            over = watch(client, begun, quiet=as_json) if is_running(home, url, profile) else begun
            if over.state != "done":
                conclude(over, as_json=as_json)
                return
            found = over.result.get
            done = Purged(images=over.changed, bytes=found("bytes", 0), kept=found("kept", 0))
    if as_json:
        show_json(done.model_dump(mode="json"))
        return
    typer.echo(f"{plural(done.images, 'picture')} removed for good, {size(done.bytes)}.")
    if done.kept:
        typer.echo(f"{plural(done.kept, 'picture')} stay: versions of datasets name them.")


def _tell(done: TrashChange, became: str, *, as_json: bool) -> None:
    """What became of pictures; exit code 1 when some are unknown."""
    if as_json:
        show_json(done.model_dump(mode="json"))
    else:
        typer.echo(f"{plural(len(done.moved), 'picture')} {became}.")
        for one in done.unknown:
            typer.echo(f"There is no picture {one}.", err=True)
    if done.unknown:
        raise typer.Exit(1)
