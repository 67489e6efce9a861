"""`darkroom train`: a model from a dataset; `darkroom report`: what came of it."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from darkroom.cli.connect import Profile, Url, connected, require_running
from darkroom.cli.estimate import foretell
from darkroom.cli.options import AsJson, Home
from darkroom.cli.output import duration, figure, show_json, show_table
from darkroom.cli.user import checked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from darkroom.client import Client
    from darkroom.client.call import Call
    from darkroom.domain.search import Search
    from darkroom.domain.training import Metric, Reproduction, TrainingRun
    from darkroom.services.training.views import TrainingGiven, TrainingView

_LOOK_EVERY = 1.0
_LEADERS = 8
_OVER = ("done", "failed", "cancelled")


def train(
    *,
    dataset: Annotated[str, typer.Option(metavar="NAME[@NUMBER]", help="A dataset, or one version of it.")],
    task: Annotated[
        str | None, typer.Option(help="What to learn [what the dataset tells: outlines, boxes, pairs, else classes].")
    ] = None,
    style: Annotated[
        str | None,
        typer.Option(metavar="PICTURE", help="The picture whose style is learnt, by its id; for --task style."),
    ] = None,
    budget: Annotated[
        str, typer.Option(help="Most time for training (90s, 8m, 2h, none), or most money ('0.50 EUR').")
    ] = "8m",
    seed: Annotated[int, typer.Option(help="Everything random follows from it.")] = 0,
    option: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="Any other option, as NAME=VALUE: model, epochs, image_size, batch_size, learning_rate, augment.strength and others, which docs/training.md explains.",
        ),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the model [that of the dataset].")] = None,
    priority: Annotated[
        str,
        typer.Option(help="`low` rests where a more urgent one finds no place; `high` goes first, for those who may."),
    ] = "normal",
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes that share each step, by Ray.")] = 1,
    promote: Annotated[
        bool, typer.Option("--promote", help="Make it champion if it is better than the one of now.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse a dataset whose near duplicates lie in several splits.")
    ] = False,
    wait: Annotated[bool, typer.Option("--wait", "-w", help="Show progress until it is over.")] = False,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Begin nothing: do a few steps, and tell time, memory and cost.")
    ] = False,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Train a model on a dataset of the library; everything that is not said has a default that was measured.

    Exit code 1 with --wait when it fails, or somebody cancels it.
    """
    from darkroom.domain.train_config import budget_of, options_of
    from darkroom.services.training.views import TrainingGiven

    given = checked(
        TrainingGiven, dataset=dataset, task=task, **budget_of(budget), seed=seed,
        options={**options_of(option or []), **({"style": style} if style else {})}, name=name, promote=promote, workers=workers, strict=strict,
        priority=priority,
    )  # fmt: skip
    if estimate:
        foretell(given, (home, url, profile), as_json=as_json)
    else:
        start(given, (home, url, profile), wait=wait, as_json=as_json)


def start(
    given: TrainingGiven, where: tuple[Path | None, str | None, str | None], *, wait: bool, as_json: bool
) -> None:
    """Start a training and show it; at its end, if that is waited for.

    Args:
        given: what to learn.
        where: home, address and profile of the Darkroom that is meant.
        wait: show progress until it is over.
        as_json: for a program.

    Raises:
        typer.Exit: 1, it was waited for and did not end well.
    """
    from darkroom.client import training

    begin(training.start_training(given), where, wait=wait, as_json=as_json)


def begin(
    call: Call[TrainingView], where: tuple[Path | None, str | None, str | None], *, wait: bool, as_json: bool
) -> None:
    """As `start`, with what starts it."""
    from darkroom.client import reports

    if wait:
        require_running(*where)
    with connected(*where) as client:
        found = client.send(call).training
        if wait:
            found = _watch(client, found.id, quiet=as_json)
        metrics = client.send(reports.get_report(found.report)).report.metrics if found.report else ()
    _show(found, metrics, as_json=as_json)
    if wait and found.state != "done":
        raise typer.Exit(1)


def _watch(client: Client, training_id: str, *, quiet: bool) -> TrainingRun:
    """Tell how it goes until the training is over; Ctrl-C only ends the watching."""
    from darkroom.client import training

    found = client.send(training.get_training(training_id)).training
    told = ""
    with contextlib.suppress(KeyboardInterrupt):
        while found.state not in _OVER:
            time.sleep(_LOOK_EVERY)
            found = client.send(training.get_training(training_id)).training
            words = _progress(found)
            if not quiet and words not in (told, ""):
                told = words
                left = f"  {duration(found.seconds_left)} left" if found.seconds_left is not None else ""
                typer.echo(f"{words}{left}", err=True)
    return found


def _progress(found: TrainingRun) -> str:
    """How far a training is; nothing while it waits."""
    search = found.search
    if search is not None and search.chosen is None and search.found:
        over = sum(one.state != "running" for one in search.found)
        best = next((f"  best {one.score:.3f}" for one in search.leaders()), "")
        return f"trial {len(search.found)}/{search.trials}, {over} over{best}"
    if found.loss is None:
        return ""
    last = {name: value for name, value in (found.history[-1] if found.history else {}).items() if name != "step"}
    score = next((f"  {name} {value:.3f}" for name, value in last.items()), "")
    return f"step {found.step}/{found.steps}  loss {found.loss:.3f}{score}"


def _show(found: TrainingRun, metrics: Sequence[Metric], *, as_json: bool) -> None:
    if as_json:
        show_json(_summary(found, metrics))
    elif found.state == "done":
        if found.search is not None:
            _show_search(found.search)
        typer.echo(f"{found.model} learnt from {found.dataset}, {found.step} steps:")
        for one in metrics:
            typer.echo(f"  {figure(one)}")
        if found.reproduction is not None:
            typer.echo(nearness(found.reproduction))
        typer.echo(f"See `darkroom report show {found.report}`.")
    elif found.state == "failed":
        typer.secho(found.cause or "The training failed.", fg="red", err=True)
    else:
        typer.echo(f"Training {found.id} on {found.dataset} is {found.state}.")


def nearness(one: Reproduction) -> str:
    """How near a training came to what it made again."""
    apart = f"differ by up to {one.apart:.2g}" if one.apart else "are the very same"
    weights = "cannot be compared" if one.apart is None else apart
    figures = ", ".join(f"{each.name} {each.before:.3f} -> {each.after:.3f}" for each in one.figures)
    return f"Beside {one.of}: the weights {weights}; {figures}."


def _show_search(search: Search) -> None:
    """The best trials, and what they tried."""
    names = list(search.space)
    rows = [
        (one.number, f"{one.score:.3f}", len(one.scores), one.state, *(_short(one.options.get(name)) for name in names))
        for one in search.leaders()[:_LEADERS]
    ]
    show_table(
        ["trial", "score", "validations", "state", *names], rows, right=["trial", "score", "validations", *names]
    )


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _summary(found: TrainingRun, metrics: Sequence[Metric]) -> dict[str, Any]:
    """What programs want to know of a training."""
    seconds = (found.finished_at - found.started_at).total_seconds() if found.finished_at and found.started_at else None
    return {
        "id": found.id,
        "state": found.state,
        "dataset": found.dataset,
        "metrics": {one.name: one.model_dump(exclude={"name"}, exclude_none=True) for one in metrics},
        "checkpoint": found.checkpoint,
        "report": found.report,
        "model": found.model,
        "steps": found.step,
        "seconds": seconds,
        "search": found.search.model_dump(mode="json", include={"found", "chosen", "seconds"})
        if found.search
        else None,
        "reproduction": found.reproduction.model_dump() if found.reproduction else None,
        "code": found.code,
        "cause": found.cause,
        "config": found.config,
    }
