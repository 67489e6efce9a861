"""`darkroom audit`: who changed what, and who was refused what."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from darkroom.cli.connect import Profile, Url, connected
from darkroom.cli.options import AsJson, Home
from darkroom.cli.output import show_list, write_file


def audit(
    *,
    principal: Annotated[str | None, typer.Option("--by", metavar="ID", help="Who did it.")] = None,
    action: Annotated[str | None, typer.Option(help="What: `user.created`, `images:write`, ...")] = None,
    outcome: Annotated[str | None, typer.Option(help="`done`, `denied` or `failed`.")] = None,
    resource: Annotated[str | None, typer.Option(metavar="ID", help="What it was about.")] = None,
    since: Annotated[datetime | None, typer.Option(help="At or after this moment.")] = None,
    until: Annotated[datetime | None, typer.Option(help="Before or at this moment.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="Most lines to show.")] = 50,
    export: Annotated[
        Path | None, typer.Option("--export", metavar="FILE", help="Write all lines that fit to a file, oldest first.")
    ] = None,
    kind: Annotated[str, typer.Option("--format", help="Of the file: `csv` or `jsonl`.")] = "csv",
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Show the audit log, newest first: every change to accounts and rules, and every denial."""
    from darkroom.client import accounts

    chosen: dict[str, Any] = {
        "principal": principal, "action": action, "outcome": outcome, "resource": resource, "since": _zoned(since),
        "until": _zoned(until),
    }  # fmt: skip
    with connected(home, url, profile) as client:
        if export is not None:
            write_file(export, client.send(accounts.export_audit(**chosen, kind=kind)))
            return
        show_list(
            islice(client.items(accounts.list_audit(**chosen, limit=min(limit, 500))), limit), as_json,
            empty="No such lines.",
            columns=["at", "by", "what", "about", "outcome", "from"],
            row=lambda one: (f"{one.at:%Y-%m-%d %H:%M:%S}", one.name, one.action, one.resource, one.outcome, one.address),
        )  # fmt: skip


def _zoned(moment: datetime | None) -> datetime | None:
    """A moment of this machine's clock as one that all clocks know."""
    return moment.astimezone() if moment is not None else None
