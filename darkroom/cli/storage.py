"""`darkroom storage`: where pictures lie, whether that works, and moving them elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from darkroom.cli.options import AsJson, Home, open_library
from darkroom.cli.output import console, plural, show_json, show_table, size

if TYPE_CHECKING:
    from darkroom.domain.storage import MovePlan, StorageMove
    from darkroom.services.library import Library

app = typer.Typer(help="Where pictures lie: look, try out, verify, move and arrange.", no_args_is_help=True)

Place = Annotated[str, typer.Argument(metavar="PLACE", help="Name of a place, or its URL.")]


@contextmanager
def _opened(home: Path | None) -> Iterator[Library]:
    library = open_library(home)
    try:
        yield library
    finally:
        library.close()


@app.command("list")
def list_places(
    *,
    count: Annotated[bool, typer.Option("--count", help="Count what is in each; may take long.")] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """List the places where pictures lie, and moves between them."""
    from darkroom.domain.access import LOCAL_OWNER

    with _opened(home) as library:
        places = library.storage.places(LOCAL_OWNER, count=count)
        moves = library.storage.moves(LOCAL_OWNER)
    if as_json:
        shown = {"places": [one.model_dump(mode="json") for one in places]}
        show_json(shown | {"moves": [one.model_dump(mode="json") for one in moves]})
        return
    rows = []
    for one in places:
        held = "" if one.blobs is None or one.bytes is None else f"{one.blobs:,} blobs, {size(one.bytes)}"
        rows.append((one.name, one.url, "" if one.writes == one.url else one.writes, held, ", ".join(one.capabilities)))
    show_table(["name", "place", "moved to", "holds", "can"], rows)
    if moves:
        show_table(
            ["moved from", "to", "state", "copied", "failed"],
            [(one.source, one.target, one.state, f"{one.copied:,}", f"{one.failed:,}") for one in moves],
        )


@app.command()
def check(place: Place = "main", *, home: Home = None, as_json: AsJson = False) -> None:
    """Try a place out: write, read, list and remove a blob, and everything it says it can."""
    from darkroom.domain.access import LOCAL_OWNER

    with _opened(home) as library:
        steps = library.storage.check(LOCAL_OWNER, place)
    if as_json:
        show_json([step.model_dump(mode="json") for step in steps])
    else:
        show_table(
            ["tried", "state", "cause"], [(one.name, "ok" if one.ok else "failed", one.cause or "") for one in steps]
        )
        for remedy in dict.fromkeys(one.remedy for one in steps if one.remedy):
            console().print(f"What to do: {remedy}", markup=False)
    if not all(step.ok for step in steps):
        raise typer.Exit(1)


@app.command()
def verify(
    place: Annotated[
        str | None, typer.Argument(metavar="[PLACE]", help="Only what lies there; without it, the whole library.")
    ] = None,
    *,
    most: Annotated[int | None, typer.Option("--most", min=1, help="Stop after so many blobs.")] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Read originals and renditions through and compare them with their checksums."""
    from darkroom.domain.access import LOCAL_OWNER

    with _opened(home) as library:
        report = library.storage.verify(LOCAL_OWNER, place, most=most)
    if as_json:
        show_json(report.model_dump(mode="json"))
    else:
        for one in report.problems:
            typer.echo(f"{one.namespace}/{one.key}: {one.cause}")
        typer.echo(f"{plural(report.checked, 'blob')} read, {report.failed:,} missing or damaged.")
    if report.failed:
        raise typer.Exit(1)


@app.command()
def migrate(
    source: Annotated[str, typer.Argument(metavar="FROM", help="Name of a place, or its URL.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="Name of a place, or its URL.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be copied and change nothing.")] = False,
    throttle: Annotated[float | None, typer.Option("--throttle", metavar="MB/s", help="Copy no faster.")] = None,
    rollback: Annotated[bool, typer.Option("--rollback", help="Take the move back.")] = False,
    read_back: Annotated[bool, typer.Option("--verify/--no-verify", help="Read every copy back and compare.")] = True,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Move all pictures to another place while the library is in use; Ctrl-C stops it, and the same command goes on.

    New pictures go to the new place from the first moment, and reading looks in both. Nothing is removed from the old
    place. When it is done, set DARKROOM_STORAGE to the new one.
    """
    from darkroom.domain.access import LOCAL_OWNER

    with _opened(home) as library:
        if dry_run:
            _show_plan(library.storage.plan(LOCAL_OWNER, source, target), as_json=as_json)
            return
        if rollback:
            move = library.storage.roll_back(LOCAL_OWNER, source, target)
        else:
            screen = console(stderr=True)
            with screen.status("Moving") as status:
                move = library.storage.migrate(
                    LOCAL_OWNER, source, target, throttle=throttle, verify=read_back,
                    on_progress=lambda one: status.update(_progress(one)),
                )  # fmt: skip
    _show_move(move, as_json=as_json)


@app.command()
def arrange(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be moved and change nothing.")] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Put every picture where DARKROOM_STORAGE_RULES says it belongs by now."""
    from darkroom.domain.access import LOCAL_OWNER

    with _opened(home) as library:
        report = library.storage.arrange(LOCAL_OWNER, dry_run=dry_run)
    if as_json:
        show_json(report.model_dump(mode="json"))
        return
    verb = "would be moved" if dry_run else "moved"
    typer.echo(f"{plural(report.moved, 'blob')} ({size(report.bytes)}) {verb}, {report.kept:,} lie where they belong.")


def _progress(move: StorageMove) -> str:
    return f"Moving: {move.done:,} of {max(move.total, move.done):,}, {size(move.copied_bytes)} copied"


def _show_plan(plan: MovePlan, *, as_json: bool) -> None:
    if as_json:
        show_json(plan.model_dump(mode="json"))
    else:
        typer.echo(f"{plural(plan.copies, 'blob')} ({size(plan.bytes)}) would be copied, {plan.known:,} are there.")


def _show_move(move: StorageMove, *, as_json: bool) -> None:
    if as_json:
        show_json(move.model_dump(mode="json"))
    else:
        for one in move.problems:
            typer.echo(f"{one.namespace}/{one.key}: {one.cause}", err=True)
        words = {"rolled_back": "Taken back.", "done": "Done."}.get(move.state, "Not finished: run it again.")
        typer.echo(f"{words} {plural(move.copied, 'blob')} ({size(move.copied_bytes)}) copied, {move.failed:,} failed.")
    if move.failed:
        raise typer.Exit(1)
