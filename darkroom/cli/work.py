"""`darkroom work`: everything that goes on after its request was answered, in one place."""

from __future__ import annotations

import contextlib
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from darkroom.cli.connect import Profile, Url, connected
from darkroom.cli.options import AsJson, Home
from darkroom.cli.output import console, duration, plural, show_json, show_list
from darkroom.cli.user import checked
from darkroom.errors import ERROR_CODES, Error

if TYPE_CHECKING:
    from darkroom.client import Client
    from darkroom.services.work.views import WorkView

app = typer.Typer(
    help="What goes on for a while: changes of many pictures, files on their way in, recipes, moves. `wait` shows how far "
    "something is, `undo` takes a change of many pictures back.",
    no_args_is_help=True,
)

WorkId = Annotated[str, typer.Argument(metavar="ID", help="An operation, as `darkroom work list` names it.")]
_MOST_SHOWN = 10


@app.command("list")
def list_work(
    *,
    state: Annotated[
        list[str] | None,
        typer.Option(help="`queued`, `running`, `done`, `failed` or `cancelled`; several times: any of them."),
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            help="`edit`, `trash`, `ingest`, `renditions`, `storage`, `backup`, ...; several times: any of them."
        ),
    ] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Only what you began yourself.")] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="Most operations to list.")] = 20,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """List operations, newest first."""
    from darkroom.client import work

    with connected(home, url, profile) as client:
        call = work.list_work(
            state=tuple(state or ()), kind=tuple(kind or ()), mine=mine or None, limit=min(limit, 200)
        )
        show_list(
            islice(client.items(call), limit), as_json,
            empty="No operations.",
            columns=["id", "what", "state", "done", "failed", "left"], row=lambda one: (one.id, one.title, one.state, f"{one.done:,}/{one.total:,}", one.failed, _left(one)), right=["done", "failed"],
        )  # fmt: skip


@app.command()
def queue(*, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False) -> None:
    """Show what waits for its turn, in the order in which it goes, and why it waits."""
    from darkroom.client import library

    with connected(home, url, profile) as client:
        found = client.send(library.get_queue()).waiting
    show_list(
        found, as_json, empty="Nothing waits.", columns=["", "id", "what", "priority", "why"],
        row=lambda one: (one.place, one.id, one.title, one.priority, one.why), right=[""],
    )  # fmt: skip


@app.command()
def priority(
    waiting_id: Annotated[str, typer.Argument(metavar="ID", help="What `darkroom work queue` names.")],
    urgency: Annotated[
        str, typer.Argument(metavar="low|normal|high", help="How urgent it is; `high` is for those who may.")
    ],
    *,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
) -> None:
    """Change how urgent a training or a recipe is that waits; a training also while it learns."""
    from darkroom.client import recipes, training
    from darkroom.services.activity_views import Hurry

    given = checked(Hurry, priority=urgency)
    with connected(home, url, profile) as client:
        if waiting_id.startswith("t-"):
            client.send(training.hurry_training(waiting_id, given))
        else:
            client.send(recipes.hurry_rendition_order(waiting_id, given))
    typer.echo(f"{waiting_id} is of {urgency} priority now.")


@app.command()
def show(
    work_id: WorkId, *, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False
) -> None:
    """Show how far an operation is, what came of it, and what could not be done."""
    from darkroom.client import work

    with connected(home, url, profile) as client:
        found = client.send(work.get_work(work_id))
    _show(found, as_json=as_json)


@app.command()
def wait(
    work_id: WorkId, *, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False
) -> None:
    """Show progress until an operation is over; Ctrl-C only ends the watching.

    Exit code 1 when it failed, was cancelled, or something could not be done.
    """
    from darkroom.client import work

    with connected(home, url, profile) as client:
        found = watch(client, client.send(work.get_work(work_id)), quiet=as_json)
    conclude(found, as_json=as_json)


@app.command()
def cancel(
    work_id: WorkId, *, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False
) -> None:
    """Stop an operation; what is done stays, and `undo` can take it back where it can be undone."""
    from darkroom.client import work

    with connected(home, url, profile) as client:
        found = client.send(work.cancel_work(work_id))
    _show(found, as_json=as_json)


@app.command()
def undo(
    work_id: WorkId,
    *,
    wait_for_it: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Show progress until it is over, or only begin it.")
    ] = True,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Take an operation back; what somebody changed since stays as it is, and is counted.

    Exit code 1 when something could not be given back.
    """
    from darkroom.client import work

    with connected(home, url, profile) as client:
        found = client.send(work.undo_work(work_id))
        if wait_for_it:
            found = watch(client, found, quiet=as_json)
    conclude(found, as_json=as_json)


def watch(client: Client, found: WorkView, *, quiet: bool) -> WorkView:
    """Wait with a bar, a rate and the time left on a terminal; the operation as it was seen last."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    screen = console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(compact=True))
    hidden = quiet or not screen.is_terminal
    with Progress(*columns, console=screen, transient=True, disable=hidden) as progress:
        bar = progress.add_task(found.title, total=found.total, completed=found.done)

        def tell(one: WorkView) -> None:
            nonlocal found
            found = one
            progress.update(bar, completed=one.done, total=one.total)

        with contextlib.suppress(KeyboardInterrupt):
            client.wait(found, on_progress=tell)
    return found


def refused(found: WorkView) -> Error | None:
    """Why an operation failed, as the error that a command ends with; None where it did not."""
    if found.error is None:
        return None
    code = found.error.code if found.error.code in ERROR_CODES else "internal"
    return Error(code, found.error.cause, remedy=found.error.remedy)


def insist(found: WorkView, short_of: str = "") -> None:
    """Return if an operation was done.

    Args:
        found: as it is now.
        short_of: what it was stopped before, as `before the file was whole`.

    Raises:
        Error: why it failed; `conflict` where it was stopped.
    """
    if (error := refused(found)) is not None:
        raise error
    if found.state != "done":
        raise Error("conflict", f"The operation {found.id} was stopped{' ' if short_of else ''}{short_of}.")


def conclude(found: WorkView, *, as_json: bool) -> None:
    """Show what came of an operation; exit code 1 when not everything could be done."""
    _show(found, as_json=as_json)
    if found.is_over and (found.failed or found.state != "done"):
        raise typer.Exit(1)


def _show(found: WorkView, *, as_json: bool) -> None:
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    counts = [f"{found.changed:,} changed", *(f"{count:,} {name}" for name, count in sorted(found.result.items()))]
    counts += [f"{found.failed:,} failed"] if found.failed else []
    typer.echo(f"{found.title}: {found.state}, {found.done:,} of {plural(found.total, 'thing')} ({', '.join(counts)}).")
    if found.error is not None:
        typer.echo(f"{found.error.cause}\nWhat to do: {found.error.remedy}")
    for one in found.failures[:_MOST_SHOWN]:
        console().print(f"{one.id}: {one.cause}", style="red", markup=False)
    if found.failed > _MOST_SHOWN:
        typer.echo("All with their cause: --json, or `darkroom failures list`.")
    if not found.is_over:
        left = f"About {_left(found)} left. " if _left(found) else ""
        typer.echo(f"{left}`darkroom work wait {found.id}` shows how far it is.")
    elif found.can_undo:
        typer.echo(f"`darkroom work undo {found.id}` takes it back.")


def _left(found: WorkView) -> str:
    return duration(found.seconds_left) if found.seconds_left else ""
