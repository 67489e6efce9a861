"""`darkroom failures`: the failure ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, get_args

import typer

from darkroom.cli.connect import Profile, Url, connected
from darkroom.cli.options import AsJson, Home
from darkroom.cli.output import console, plural, show_json, show_table

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from darkroom.client import Client
    from darkroom.services.activity_views import FailureSelection
    from darkroom.services.work.views import WorkView

app = typer.Typer(help="Files that could not be taken in: why, and what can be done.", invoke_without_command=True)

Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Entries, as `darkroom failures` lists them.")]
All = Annotated[bool, typer.Option("--all", help="All open entries.")]
Code = Annotated[str | None, typer.Option(help="Only entries with this error code.")]


@app.callback()
def default(
    context: typer.Context, *, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False
) -> None:
    """Files that could not be taken in: why, and what can be done."""
    context.obj = (home, url, profile)
    if context.invoked_subcommand is None:
        with connected(home, url, profile) as client:
            _show(client, code=None, state="open", as_json=as_json, limit=100)


def _meant(
    context: typer.Context, home: Path | None, url: str | None, profile: str | None
) -> AbstractContextManager[Client]:
    """The Darkroom meant by a command, whose options may stand before it or behind it."""
    before = context.obj
    if (home, url, profile) == (None, None, None):
        home, url, profile = before
    return connected(home, url, profile)


@app.command("list")
def list_failures(
    context: typer.Context,
    *,
    code: Code = None,
    state: Annotated[str, typer.Option(help="`open`, `retrying`, `resolved`, `dismissed` or `all`.")] = "open",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=500, help="Most entries to list.")] = 100,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """List entries, newest first."""
    from darkroom.domain.ingest import FailureState

    if state != "all" and state not in get_args(FailureState):
        raise typer.BadParameter(f"--state is one of {', '.join(get_args(FailureState))}, all")
    with _meant(context, home, url, profile) as client:
        _show(client, code=code, state=state, as_json=as_json, limit=limit)


@app.command()
def retry(
    context: typer.Context,
    ids: Ids = None,
    *,
    everything: All = False,
    code: Code = None,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Take files in again, once you have replaced or repaired them where the entry says they lie."""
    from darkroom.client import library

    chosen = _chosen(ids, everything=everything, code=code)
    with _meant(context, home, url, profile) as client:
        done = client.send(library.retry_failures(chosen))
    batch = done.batch
    if as_json:
        show_json(batch.model_dump(mode="json") | {"operation": done.operation.id if done.operation else None})
    else:
        typer.echo(f"{plural(batch.total, 'file')} will be taken in again as batch {batch.id}.{_rest(done.operation)}")


@app.command()
def dismiss(
    context: typer.Context,
    ids: Ids = None,
    *,
    everything: All = False,
    code: Code = None,
    back: Annotated[bool, typer.Option("--back", help="Open the named entries again that were dismissed.")] = False,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Close entries without taking the files in; the files stay where they are."""
    from darkroom.client import library
    from darkroom.services.activity_views import FailureDismissal

    chosen = _chosen(ids, everything=everything, code=code)
    if back:
        if chosen.ids is None:
            raise typer.BadParameter("--back takes the ids of entries")
        chosen = FailureDismissal(ids=chosen.ids, back=True)
    with _meant(context, home, url, profile) as client:
        done = client.send(library.dismiss_failures(chosen))
    if as_json:
        show_json(done.model_dump(mode="json"))
    else:
        verb = "opened again" if back else "dismissed"
        typer.echo(f"{plural(done.dismissed, 'entry', 'entries')} {verb}.{_rest(done.operation)}")


def _rest(operation: WorkView | None) -> str:
    """What is said of those beyond what a request does."""
    return "" if operation is None else f" The others follow: `darkroom work wait {operation.id}`."


def _chosen(ids: list[str] | None, *, everything: bool, code: str | None) -> FailureSelection:
    from pydantic import ValidationError

    from darkroom.services.activity_views import FailureSelection

    try:
        # A code alone says clearly enough which entries are meant.
        return FailureSelection(
            ids=tuple(ids) if ids else None, all=everything or (code is not None and not ids), code=code
        )
    except ValidationError as error:
        if not ids and not everything:
            raise typer.BadParameter("name the entries, or use --all or --code") from error
        words = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise typer.BadParameter(words) from error


def _show(client: Client, *, code: str | None, state: str, as_json: bool, limit: int) -> None:
    from darkroom.client import library

    page = client.send(library.list_failures(state=state, code=code, limit=limit))
    if as_json:
        show_json(page.model_dump(mode="json"))
        return
    if not page.items:
        typer.echo("No entries: every file could be taken in." if state == "open" and not code else "No such entries.")
        return
    show_table(
        ["id", "code", "attempts", "file", "cause"],
        [(entry.id, entry.code, entry.attempts, entry.path, entry.cause) for entry in page.items],
        right=["attempts"],
    )
    for name, remedy in {entry.code: entry.remedy for entry in page.items}.items():
        console().print(f"{name}: {remedy}", style="dim", markup=False)
