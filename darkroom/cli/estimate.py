"""`darkroom train --estimate`: what a training would take, by a few of its steps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from darkroom.cli.connect import connected, require_running
from darkroom.cli.output import duration, plural, show_json

if TYPE_CHECKING:
    from darkroom.services.training.views import TrainingEstimate, TrainingGiven


def foretell(given: TrainingGiven, where: tuple[Path | None, str | None, str | None], *, as_json: bool) -> None:
    """Have a few steps of a training done, and tell what to expect of it.

    Args:
        given: what to learn.
        where: home, address and profile of the Darkroom that is meant.
        as_json: for a program.

    Raises:
        Error: what the training would end with.
    """
    from darkroom.cli.work import refused
    from darkroom.client import training

    require_running(*where)
    with connected(*where) as client:
        measured = client.wait(client.send(training.measure_training(given)))
        if (error := refused(measured)) is not None:
            raise error
        found = client.send(training.estimate_training(given))
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    for line in _lines(found):
        typer.echo(line)


def _lines(found: TrainingEstimate) -> list[str]:
    """An estimate in words."""
    lines = [
        f"{found.dataset}: {plural(found.counts.get('train', 0), 'picture')} to learn from, "
        f"each shown about {plural(found.epochs or 1, 'time')}"
    ]
    if found.seconds is not None:
        span = (
            f" ({duration(found.low)} to {duration(found.high)})"
            if found.low is not None and found.high is not None
            else ""
        )
        lines.append(f"time    about {duration(found.seconds)}{span}, {found.pictures_per_second or 0:,.0f} pictures/s")
    if found.memory_bytes is not None:
        lines.append(f"memory  {found.memory_bytes / 1e9:.1f} GB of {(found.memory_total_bytes or 0) / 1e9:.1f} GB")
        lines.append(f"steps   {found.accumulate} x {found.batch_size} pictures")
    if found.cost is not None:
        span = f" ({found.cost_low:.2f} to {found.cost_high:.2f})" if found.cost_low is not None else ""
        lines.append(f"cost    about {found.cost:.2f}{span} {found.currency}")
    if found.waits:
        lines.append(f"{plural(found.waits, 'training')} before it")
    return lines
