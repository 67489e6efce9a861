"""`darkroom apply`: a recipe on files of this machine, without any service."""

from __future__ import annotations

import contextlib
import os
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from darkroom.cli.alike import summed
from darkroom.cli.apply_filters import FilterFiles
from darkroom.cli.connect import Profile, Url
from darkroom.cli.options import AsJson, Home, load_settings
from darkroom.cli.output import console, duration, plural, show_json, show_table, size
from darkroom.errors import Error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress

    from darkroom.imaging.operations.base import Shape
    from darkroom.imaging.recipes.batch import Item, Outcome, Plan
    from darkroom.settings import Settings

_SHOWN = 20
_NOTES = 12


def apply(
    recipe: Annotated[str, typer.Argument(help="A recipe (YAML or JSON), or the name of a preset.")],
    inputs: Annotated[
        list[Path] | None, typer.Argument(metavar="INPUT...", help="Pictures, or folders of them.", show_default=False)
    ] = None,
    *,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder for the results.")] = Path("out"),
    name: Annotated[
        str,
        typer.Option(
            "--name", help="Name of a result without its ending: {stem}, {recipe}, {number}, {width}, {height}, {page}."
        ),
    ] = "{stem}",
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", min=1, max=256, help="Pictures at the same time [one per core].")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Tell what would be done; write nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", "-f", help="Replace results that are there already.")] = False,
    filters: Annotated[
        Path | None,
        typer.Option(
            "--filters",
            metavar="PATH",
            help="A filter of yours, or a folder of such [beside the recipe, else the library].",
        ),
    ] = None,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Run a recipe on pictures; the files themselves stay as they are.

    A Darkroom is asked only for filters (steps `user/NAME`) that lie in no file.

    Exit code 0 when every picture is done or was there already, 1 when some failed.
    """
    beside = Path(recipe).parent if Path(recipe).is_file() else Path()
    shelf = FilterFiles(filters, beside, home=home, url=url, profile=profile)
    settings = load_settings(home=home)
    plan, items = _prepare(recipe, inputs or [], out, name, filters=shelf, settings=settings, force=force, dry=dry_run)
    workers = min(jobs or os.cpu_count() or 1, max(1, len(items)))
    begun = time.perf_counter()
    outcomes = []
    with _progress(enabled=not as_json and not dry_run) as progress:
        for outcome in _run(plan, items, workers, settings):
            outcomes.append(outcome)
            _tell(outcome, max(len(items), len(outcomes)), progress, quiet=as_json or dry_run)
    outcomes.sort(key=lambda one: (one.item.number, one.page or 0))
    seconds = time.perf_counter() - begun
    if as_json:
        show_json(_as_json(outcomes, seconds))
    else:
        _summary(outcomes, seconds, dry=dry_run)
    if any(one.state == "failed" for one in outcomes):
        raise typer.Exit(1)


def _prepare(
    recipe: str, inputs: list[Path], out: Path, name: str, *, filters: FilterFiles, settings: Settings, force: bool,
    dry: bool,
) -> tuple[Plan, list[Item]]:  # fmt: skip
    from darkroom.imaging.limits import Limits
    from darkroom.imaging.recipes.batch import Plan, check_template, list_items
    from darkroom.imaging.recipes.compile import compile_recipe
    from darkroom.imaging.recipes.filters import without_services
    from darkroom.imaging.recipes.looking import find_detectors
    from darkroom.imaging.recipes.read import find_recipe
    from darkroom.imaging.recipes.run import read_resources
    from darkroom.services.sidecars import settings_beside

    check_template(name)
    whole, tables = without_services(find_recipe(recipe), filters.find)
    program = compile_recipe(whole)
    limits = Limits.of(settings)
    folder = Path(recipe).parent if Path(recipe).is_file() else Path()
    detectors = find_detectors(settings.detectors)
    resources = read_resources(program, folder, limits, detectors, settings.lenses, tables=tables)
    if not inputs:
        raise Error("source_missing", "No pictures were named.", remedy="Name files or folders after the recipe.")
    items = list_items(inputs, out)
    if not items:
        names = ", ".join(str(path) for path in inputs)
        raise Error("source_missing", f"There are no pictures in {names}.", remedy="Name a picture or its folder.")
    return Plan(program, resources, limits, name, force, dry, settings_beside), items


def _run(plan: Plan, items: list[Item], workers: int, settings: Settings) -> Iterator[Outcome]:
    from darkroom.imaging.recipes.batch import run_batch

    return run_batch(
        plan, items, workers=workers, memory_mb=settings.decode_memory_mb, timeout=settings.recipe_timeout_seconds
    )


@contextlib.contextmanager
def _progress(*, enabled: bool) -> Iterator[Progress | None]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    screen = console(stderr=True)
    if not enabled or not screen.is_terminal:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, transient=True) as progress:
        progress.add_task("pictures", total=None)
        yield progress


def _tell(outcome: Outcome, total: int, progress: Progress | None, *, quiet: bool) -> None:
    if progress is not None:
        progress.update(progress.task_ids[0], total=total, advance=1)
    if outcome.state == "failed" and not quiet and outcome.error:
        words = f"{outcome.item.source}: {outcome.error.cause}"
        (progress.console if progress else console(stderr=True)).print(words, style="red", markup=False)


def _words(shape: Shape | None) -> str:
    return f"{shape.width} x {shape.height}" if shape else "known once it runs"


def _summary(outcomes: list[Outcome], seconds: float, *, dry: bool) -> None:
    counts = Counter(one.state for one in outcomes)
    screen = console()
    if dry:
        planned = [one for one in outcomes if one.state == "planned"]
        rows = [(one.item.source, _words(one.before), _words(one.after), one.target) for one in planned[:_SHOWN]]
        show_table(["picture", "size", "becomes", "result"], rows)
        if len(planned) > _SHOWN:
            screen.print(f"... and {len(planned) - _SHOWN:,} more", style="dim")
    for one in [one for one in outcomes if one.state == "failed" and one.error][: _SHOWN if dry else 0]:
        screen.print(f"{one.item.source}: {one.error.cause if one.error else ''}", style="red", markup=False)
    parts = (
        [f"{plural(counts['planned'], 'picture')} would be made"]
        if dry
        else [f"{plural(counts['done'], 'picture')} made"]
    )
    if counts["skipped"]:
        parts.append(f"{counts['skipped']:,} were there already (--force replaces them)")
    if counts["failed"]:
        parts.append(f"{counts['failed']:,} failed")
    screen.print(", ".join(parts) + ("" if dry else f" in {duration(seconds)}"))
    if counts["done"]:
        total_in, total_out = (sum(getattr(one, name) for one in outcomes) for name in ("bytes_in", "bytes_out"))
        screen.print(
            f"{size(total_in)} became {size(total_out)}, {counts['done'] / seconds:.1f} pictures/s", style="dim"
        )
    for note, count in summed(note for one in outcomes for note in one.notes)[:_NOTES]:
        screen.print(f"{plural(count, 'picture')}: {note}", style="dim", markup=False)


def _as_json(outcomes: list[Outcome], seconds: float) -> dict[str, Any]:
    counts = Counter(one.state for one in outcomes)
    return {
        "seconds": round(seconds, 3),
        "counts": dict(counts),
        "pictures": [
            {
                "source": str(one.item.source),
                "page": one.page,
                "state": one.state,
                "target": str(one.target) if one.target else None,
                "width": one.after.width if one.after else None,
                "height": one.after.height if one.after else None,
                "bytes_in": one.bytes_in,
                "bytes_out": one.bytes_out,
                "seconds": round(one.seconds, 4),
                "notes": list(one.notes),
                "error": {"code": one.error.code, "cause": one.error.cause, "remedy": one.error.remedy}
                if one.error
                else None,
            }
            for one in outcomes
        ],
    }
