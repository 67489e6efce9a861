"""`darkroom events`: what happens."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Annotated

import typer

from darkroom.cli.connect import Profile, Url, connected
from darkroom.cli.options import AsJson, Home

if TYPE_CHECKING:
    from collections.abc import Iterator

    from darkroom.client import Client, Happening

_IDS_SHOWN = 3


def events(
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what happens until Ctrl-C.")] = False,
    after: Annotated[
        int | None, typer.Option(min=0, metavar="SEQ", help="Begin after the event with this number.")
    ] = None,
    last: Annotated[int, typer.Option("--last", "-n", min=0, help="Without --after: so many of the newest.")] = 20,
    kind: Annotated[
        list[str] | None,
        typer.Option("--type", "-t", help="Only of this type, as `images.added`; several times: any of them."),
    ] = None,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Show what happened, and with --follow what happens, also over restarts of the server; --json is one object a line."""
    with connected(home, url, profile) as client, contextlib.suppress(KeyboardInterrupt):
        newest = client.position()
        begin = after if after is not None else max(0, newest - last)
        for one in client.events(begin) if follow else _until(client, begin, newest):
            if not kind or one.type in kind:
                typer.echo(json.dumps(one.model_dump(mode="json"), ensure_ascii=False) if as_json else _line(one))


def _until(client: Client, begin: int, end: int) -> Iterator[Happening]:
    """What is stored between two events."""
    if begin >= end:
        return
    for one in client.events(begin):
        if one.type != "batch.progress":
            yield one
        if one.seq is not None and one.seq >= end:
            return


def _line(one: Happening) -> str:
    when = f"{one.at.astimezone():%Y-%m-%d %H:%M:%S}" if one.at else " " * 19
    ids = " ".join(one.ids[:_IDS_SHOWN]) + (
        f" and {len(one.ids) - _IDS_SHOWN:,} more" if len(one.ids) > _IDS_SHOWN else ""
    )
    if one.type == "batch.progress":
        return f"{'':>8}  {when}  {one.type:<20}  {ids} {one.data.get('done')} of {one.data.get('total')}"
    return f"{one.seq or '':>8}  {when}  {one.type:<20}  {ids}".rstrip()
