"""`darkroom training`: trainings that were, are and wait; let them rest, go on or end."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from darkroom.cli.connect import Profile, Url, connected
from darkroom.cli.options import AsJson, Home
from darkroom.cli.output import duration, show_json, show_list
from darkroom.cli.train import nearness

if TYPE_CHECKING:
    from darkroom.client.call import Call
    from darkroom.services.training.views import TrainingView

app = typer.Typer(
    help="Trainings: those that were, those at work, and those that wait; let one rest, go on, or end.",
    no_args_is_help=True,
)

TrainingId = Annotated[str, typer.Argument(metavar="ID", help="A training, as `darkroom training list` names it.")]


@app.command("list")
def list_trainings(
    *,
    state: Annotated[
        list[str] | None,
        typer.Option(
            help="`queued`, `running`, `paused`, `done`, `failed` or `cancelled`; several times: any of them."
        ),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="Most trainings to list.")] = 20,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """List trainings, newest first."""
    from darkroom.client import training

    with connected(home, url, profile) as client:
        show_list(
            islice(client.items(training.list_trainings(state=tuple(state or ()), limit=min(limit, 200))), limit),
            as_json, empty="No trainings. Begin one with `darkroom train`.",
            columns=["id", "dataset", "state", "step", "left"], row=_row, right=["step"],
        )  # fmt: skip


@app.command()
def show(
    training_id: TrainingId, *, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False
) -> None:
    """Show how far a training is."""
    from darkroom.client import training

    _send(training.get_training, training_id, (home, url, profile), as_json=as_json)


@app.command()
def stop(
    training_id: TrainingId, *, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False
) -> None:
    """End a training within seconds with what it has come to: the best checkpoint is kept, judged and becomes a version."""
    from darkroom.client import training

    _send(training.stop_training, training_id, (home, url, profile), as_json=as_json)


@app.command()
def pause(
    training_id: TrainingId, *, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False
) -> None:
    """Let a training rest: its process writes down where it is within seconds, and others have their turn."""
    from darkroom.client import training

    _send(training.pause_training, training_id, (home, url, profile), as_json=as_json)


@app.command()
def resume(
    training_id: TrainingId, *, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False
) -> None:
    """Let a paused training go on from where it was, with the very steps that it would have taken."""
    from darkroom.client import training

    _send(training.resume_training, training_id, (home, url, profile), as_json=as_json)


@app.command()
def cancel(
    training_id: TrainingId, *, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False
) -> None:
    """End a training; nothing of it is kept."""
    from darkroom.client import training

    _send(training.cancel_training, training_id, (home, url, profile), as_json=as_json)


@app.command()
def delete(training_id: TrainingId, *, home: Home = None, url: Url = None, profile: Profile = None) -> None:
    """Delete a training that is over, with its checkpoint and reports; refused where a version of a model came of it."""
    from darkroom.client import training

    with connected(home, url, profile) as client:
        client.send(training.delete_training(training_id))
    typer.echo(f"Training {training_id} is deleted.")


def _send(
    call: Callable[[str], Call[TrainingView]], training_id: str, where: tuple[Path | None, str | None, str | None], *,
    as_json: bool,
) -> None:  # fmt: skip
    with connected(*where) as client:
        found = client.send(call(training_id))
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    run = found.training
    typer.echo(f"Training {run.id} on {run.dataset} is {run.state}, at step {run.step:,} of {run.steps:,}.")
    if run.reproduction is not None:
        typer.echo(nearness(run.reproduction))
    if run.state == "failed":
        typer.secho(run.cause or found.title or "It is not known why.", fg="red")
        if found.remedy:
            typer.echo(f"What to do: {found.remedy}")


def _row(view: TrainingView) -> tuple[object, ...]:
    run = view.training
    left = duration(view.seconds_left) if view.seconds_left is not None else ""
    return run.id, run.dataset, run.state, f"{run.step:,}/{run.steps:,}", left
