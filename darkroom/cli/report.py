"""`darkroom report`: what models are worth, and which pictures they fail on."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from darkroom.cli.connect import Profile, Url, connected
from darkroom.cli.options import AsJson, Home
from darkroom.cli.output import figure, show_json, show_list, show_table, write_file

if TYPE_CHECKING:
    from darkroom.domain.training import SliceDimension

app = typer.Typer(help="Reports: what checkpoints are worth.", no_args_is_help=True)


@app.command("list")
def list_reports(
    *,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="Most reports to list.")] = 50,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """List reports, newest first."""
    from darkroom.client import reports

    with connected(home, url, profile) as client:
        show_list(
            islice(client.items(reports.list_reports(limit=min(limit, 200))), limit), as_json,
            empty="No reports. Every training ends with one.",
            columns=["id", "dataset", "split", "examples", "worth"], row=lambda one: (one.id, one.dataset, one.split, one.count, figure(one.metrics[0])), right=["examples"],
        )  # fmt: skip


@app.command("show")
def show_report(
    report_id: Annotated[str, typer.Argument(metavar="ID", help="A report, as `darkroom report list` names it.")],
    *,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Show what a checkpoint is worth: figures, each class, the most confident mistakes."""
    from darkroom.client import reports

    with connected(home, url, profile) as client:
        found = client.send(reports.get_report(report_id))
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    for one in found.report.metrics:
        typer.echo(figure(one))
    kinds = found.details.get("classes", ())
    rows = [
        (one["label"], *(f"{one[name]:.3f}" for name in ("precision", "recall", "f1")), one["count"]) for one in kinds
    ]
    show_table(
        ["class", "precision", "recall", "F1", "examples"], rows, right=["precision", "recall", "F1", "examples"]
    )
    for one in found.details.get("mistakes", ())[:10]:
        typer.echo(f"{one['key'][:12]}  {one['label']} taken for {one['predicted']} ({one['confidence']:.0%} sure)")


@app.command("delete")
def delete_report(
    report_id: Annotated[str, typer.Argument(metavar="ID", help="A report, as `darkroom report list` names it.")],
    *,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
) -> None:
    """Delete a report that neither its training nor a version of a model is judged by."""
    from darkroom.client import reports

    with connected(home, url, profile) as client:
        client.send(reports.delete_report(report_id))
    typer.echo(f"Report {report_id} is deleted.")


@app.command("slices")
def slice_report(
    report_id: Annotated[str, typer.Argument(metavar="ID", help="A report, as `darkroom report list` names it.")],
    *,
    by: Annotated[
        str | None, typer.Option("--by", metavar="WHAT", help="What to divide the pictures by: label, camera, lens, format, shape, year, tag, megapixels, iso, brightness, sharpness, contrast; without it, the weakest parts of all.")
    ] = None,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Show where a model is worse than elsewhere: pictures of a camera, a tag, a quarter of the brightness."""
    from darkroom.client import reports

    with connected(home, url, profile) as client:
        found = client.send(reports.slice_report(report_id, cast("SliceDimension | None", by)))
    show_list(
        found.slices if by else found.weakest, as_json, empty="Nothing: no part of the pictures is surely worse than the rest.",
        columns=["by", "value", "pictures", "right", "others", "telling"],
        row=lambda one: (one.dimension, one.value, one.share.count, f"{one.share.value:.1%}", f"{one.apart:+.1%}", "yes" if one.telling else ""),
        right=["pictures", "right", "others"],
    )  # fmt: skip


@app.command("export")
def export_report(
    report_id: Annotated[str, typer.Argument(metavar="ID", help="A report, as `darkroom report list` names it.")],
    *,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="The HTML file to write.")] = None,
    pdf: Annotated[Path | None, typer.Option("--pdf", metavar="FILE", help="The PDF to write.")] = None,
    xlsx: Annotated[
        Path | None, typer.Option("--xlsx", metavar="FILE", help="The workbook to write: each table a sheet.")
    ] = None,
    parquet: Annotated[
        Path | None, typer.Option("--parquet", metavar="FILE", help="What was said of each picture, as Parquet.")
    ] = None,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
) -> None:
    """Write a report as one HTML file, in which nothing runs, or as a PDF, to keep or to send; its tables as a workbook, its rows as Parquet."""
    from darkroom.client import reports

    wanted = [
        (html, reports.export_report), (pdf, reports.export_report_pdf), (xlsx, reports.export_report_tables),
        (parquet, reports.export_report_rows),
    ]  # fmt: skip
    if not any(path for path, _ in wanted):
        raise typer.BadParameter("say where to: --html, --pdf, --xlsx or --parquet FILE")
    with connected(home, url, profile) as client:
        for path, call in wanted:
            if path is not None:
                write_file(path, client.send(call(report_id)))
