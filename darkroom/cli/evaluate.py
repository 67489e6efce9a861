"""`darkroom evaluate`: models on datasets, and judging what was not judged yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from darkroom.cli.connect import Profile, Url, connected
from darkroom.cli.options import AsJson, Home
from darkroom.cli.output import show_json, show_table
from darkroom.cli.user import checked
from darkroom.errors import Error

if TYPE_CHECKING:
    from darkroom.services.training.evaluation_views import EvaluationMatrix, MatrixCell


def evaluate(
    model: Annotated[
        str | None, typer.Argument(metavar="MODEL[@NUMBER]", help="The model to judge [show what is known].")
    ] = None,
    dataset: Annotated[
        str | None, typer.Argument(metavar="NAME[@NUMBER]", help="The dataset to judge it by [its own].")
    ] = None,
    *,
    wait: Annotated[bool, typer.Option("--wait", "-w", help="Show progress until it is judged.")] = False,
    row: Annotated[int, typer.Option(min=0, help="Models to leave out before the first shown.")] = 0,
    column: Annotated[int, typer.Option(min=0, help="Versions of datasets to leave out before the first shown.")] = 0,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Show what each model is worth on each dataset, or have one judged by one.

    A figure in brackets was measured on an earlier version of the dataset.
    """
    from darkroom.cli.work import refused, watch
    from darkroom.client import reports
    from darkroom.services.training.evaluation_views import EvaluationGiven

    with connected(home, url, profile) as client:
        if model is not None:
            given = checked(EvaluationGiven, model=model, dataset=dataset or model.partition("@")[0])
            begun = client.send(reports.evaluate_model(given))
            done = watch(client, begun, quiet=as_json) if wait else begun
            if (error := refused(done)) is not None:
                raise error
            if wait and done.state != "done":
                raise Error("conflict", f"The operation {done.id} was stopped.")
        found = client.send(reports.list_evaluations(row=row, column=column))
    if as_json:
        show_json(found.model_dump(mode="json"))
    else:
        _show(found)


def _show(found: EvaluationMatrix) -> None:
    if not found.models or not found.datasets:
        typer.echo("No models or no datasets. Train one with `darkroom train`.")
        return
    cells = {(one.model, one.dataset): _words(one) for one in found.cells}
    names = [one.id for one in found.datasets]
    show_table(
        ["model", *names], [(one.id, *(cells[one.id, name] for name in names)) for one in found.models], right=names
    )
    for first, shown, total, word in (
        (found.row, len(found.models), found.total_models, "models, --row"),
        (found.column, len(names), found.total_datasets, "versions, --column"),
    ):
        if shown < total:
            typer.echo(f"{first + 1} to {first + shown} of {total:,} {word} shows others.")


def _words(cell: MatrixCell) -> str:
    if cell.metric is None:
        return {"unfit": "", "missing": "judging" if cell.operation else "missing"}.get(cell.state, "")
    value = f"{cell.metric.value:.3f}"
    return f"[{value}]" if cell.state == "stale" else value
