"""`darkroom export`: pictures of the library in one zip file on this disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from darkroom.cli.connect import Profile, Url, connected
from darkroom.cli.options import AsJson, Home
from darkroom.cli.output import plural, show_json, size
from darkroom.cli.user import checked

if TYPE_CHECKING:
    from darkroom.services.exports.views import ExportPreview


def export(
    target: Annotated[Path, typer.Argument(metavar="FILE.zip", help="The file to make.")],
    images: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Pictures, by their ids.")] = None,
    *,
    where: Annotated[
        str | None, typer.Option(metavar="EXPRESSION", help="Pictures that fit it, as 'rating>=4'.")
    ] = None,
    collection: Annotated[str | None, typer.Option(metavar="ID", help="Pictures of a collection.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every picture of the library.")] = False,
    previews: Annotated[bool, typer.Option("--previews", help="The large previews instead of the originals.")] = False,
    preset: Annotated[
        str | None, typer.Option(help="What this preset has made of them: `name`, or `name@version`.")
    ] = None,
    sidecars: Annotated[bool, typer.Option("--sidecars", help="With an XMP sidecar beside each.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Tell how many and how large; write nothing.")
    ] = False,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Bring pictures of the library to this disk, in one zip file; Ctrl-C stops it.

    Exit code 1 when some could not be written. For example: darkroom export best.zip --where 'rating>=4' --sidecars
    """
    from darkroom.client import work
    from darkroom.services.exports.views import ExportGiven

    if previews and preset:
        raise typer.BadParameter("take either --previews or --preset")
    files = "previews" if previews else "results" if preset else "originals"
    given = checked(
        ExportGiven, selection=_selection(images, where, collection, everything=everything), files=files,
        of={"preset": preset} if preset else None, sidecars=sidecars,
    )  # fmt: skip
    with connected(home, url, profile) as client:
        if dry_run:
            _foretell(client.send(work.preview_export(given)), as_json=as_json)
            return
        from darkroom.cli.work import insist, watch

        done = watch(client, client.send(work.export_images(given)), quiet=as_json)
        if not done.is_over:
            done = client.send(work.cancel_work(done.id))
        insist(done, "before the file was whole")
        client.download(work.get_export_file(done.id), target)
    if as_json:
        show_json({"path": str(target), "files": done.changed, "failed": done.failed, "bytes": done.result["bytes"]})
    else:
        for one in done.failures:
            typer.echo(f"left out {one.id[:12]}: {one.cause}", err=True)
        typer.echo(f"{plural(done.changed, 'picture')} in {target}, {size(done.result['bytes'])}.")
    if done.failed:
        raise typer.Exit(1)


def _selection(
    images: list[str] | None, where: str | None, collection: str | None, *, everything: bool
) -> dict[str, Any]:
    """Which pictures are meant.

    Raises:
        typer.BadParameter: for none, or in two ways.
    """
    query = {name: value for name, value in {"where": where, "collection": collection}.items() if value}
    if bool(images) + bool(query) + everything != 1:
        raise typer.BadParameter("name pictures, or give --where or --collection, or take --all")
    return {"ids": images} if images else {"query": query}


def _foretell(found: ExportPreview, *, as_json: bool) -> None:
    if as_json:
        show_json(found)
        return
    large = f", {size(found.bytes)}" if found.bytes is not None else ""
    lacking = f"; of {found.lacking:,} there is no result yet" if found.lacking else ""
    typer.echo(f"{plural(found.files, 'file')}{large}{lacking}.")
