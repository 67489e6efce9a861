"""`darkroom storage`: where pictures lie, whether that works, and moving them elsewhere.

A Darkroom that runs does it, over REST; without one, and for places that only the operator may name (URLs), this process does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from darkroom.cli.connect import Profile, Url, connected, is_running
from darkroom.cli.options import AsJson, Home, open_library
from darkroom.cli.output import console, plural, show_json, show_table, size

if TYPE_CHECKING:
    from darkroom.client import Client
    from darkroom.domain.storage import ArrangeReport, MovePlan, ProbeStep, StorageMove, VerifyReport
    from darkroom.services.library import Library
    from darkroom.services.storage_views import PlaceList
    from darkroom.services.work.views import WorkView

app = typer.Typer(help="Where pictures lie: look, try out, verify, move and arrange.", no_args_is_help=True)

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")

Place = Annotated[str, typer.Argument(metavar="PLACE", help="Name of a place, or its URL.")]


@contextmanager
def _opened(home: Path | None) -> Iterator[Library]:
    library = open_library(home)
    try:
        yield library
    finally:
        library.close()


def _over_rest(home: Path | None, url: str | None, profile: str | None, *places: str | None) -> bool:
    """Whether a Darkroom that runs is asked; a place by its URL is for who may write its settings.

    Raises:
        BadParameter: for the URL of a place and another machine.
    """
    if all(one is None or _NAME.fullmatch(one) for one in places):
        return is_running(home, url, profile)
    if url is not None or profile is not None:
        raise typer.BadParameter("another Darkroom is told names of places; give their URLs on its own machine")
    return False


@app.command("list")
def list_places(
    *,
    count: Annotated[bool, typer.Option("--count", help="Count what is in each; may take long.")] = False,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """List the places where pictures lie, the rules that say which belong where, and moves between them."""
    found, moves = _listed(home, url, profile, count=count, quiet=as_json)
    if as_json:
        shown = found.model_dump(mode="json")
        rest = {"rules": shown["rules"], "moves": [one.model_dump(mode="json") for one in moves]}
        show_json({"places": shown["items"], **rest})
        return
    rows = []
    for one in found.items:
        held = "" if one.blobs is None or one.bytes is None else f"{one.blobs:,} blobs, {size(one.bytes)}"
        held += f" ({one.counted_at:%Y-%m-%d %H:%M})" if one.counted_at else ""
        rows.append((one.name, one.url, "" if one.writes == one.url else one.writes, held, ", ".join(one.capabilities)))
    show_table(["name", "place", "moved to", "holds", "can"], rows)
    for rule in found.rules:
        console().print(f"rule: {rule}", markup=False)
    if moves:
        show_table(
            ["moved from", "to", "state", "copied", "failed"],
            [(one.source, one.target, one.state, f"{one.copied:,}", f"{one.failed:,}") for one in moves],
        )


def _listed(
    home: Path | None, url: str | None, profile: str | None, *, count: bool, quiet: bool
) -> tuple[PlaceList, Sequence[StorageMove]]:
    """The places and the moves; counted by the Darkroom that runs, or else here."""
    from darkroom.client import storage

    if count and not is_running(home, url, profile):
        from darkroom.domain.access import LOCAL_OWNER

        with _opened(home) as library:
            return library.storage.overview(LOCAL_OWNER, count=True), library.storage.moves(LOCAL_OWNER)
    with connected(home, url, profile) as client:
        if count:
            for one in over(client, client.send(storage.count_places()), quiet=quiet).failures:
                typer.echo(f"{one.id}: {one.cause}", err=True)
        return client.send(storage.list_places()), client.send(storage.list_moves()).items


@app.command()
def check(
    place: Place = "main", *, home: Home = None, url: Url = None, profile: Profile = None, as_json: AsJson = False
) -> None:
    """Try a place out: write, read, list and remove a blob, and everything it says it can."""
    steps = _checked(place, home, url, profile)
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


def _checked(place: str, home: Path | None, url: str | None, profile: str | None) -> Sequence[ProbeStep]:
    if _over_rest(home, url, profile, place):
        from darkroom.client import storage
        from darkroom.services.storage_views import PlaceGiven

        with connected(home, url, profile) as client:
            return client.send(storage.check_place(PlaceGiven(place=place))).steps
    from darkroom.domain.access import LOCAL_OWNER

    with _opened(home) as library:
        return library.storage.check(LOCAL_OWNER, place)


@app.command()
def verify(
    place: Annotated[
        str | None, typer.Argument(metavar="[PLACE]", help="Only what lies there; without it, the whole library.")
    ] = None,
    *,
    most: Annotated[int | None, typer.Option("--most", min=1, help="Stop after so many blobs.")] = None,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Read originals and renditions through and compare them with their checksums."""
    report = _verified(place, most, home, url, profile, quiet=as_json)
    if as_json:
        show_json(report.model_dump(mode="json"))
    else:
        for one in report.problems:
            typer.echo(f"{one.namespace}/{one.key}: {one.cause}")
        typer.echo(f"{plural(report.checked, 'blob')} read, {report.failed:,} missing or damaged.")
    if report.failed:
        raise typer.Exit(1)


def _verified(
    place: str | None, most: int | None, home: Path | None, url: str | None, profile: str | None, *, quiet: bool
) -> VerifyReport:
    from darkroom.domain.storage import MoveProblem, VerifyReport

    if _over_rest(home, url, profile, place):
        from darkroom.client import storage
        from darkroom.services.storage_views import VerifyGiven

        with connected(home, url, profile) as client:
            done = over(client, client.send(storage.verify_storage(VerifyGiven(place=place, most=most))), quiet=quiet)
        parts = [(one.id.partition("/"), one) for one in done.failures]
        problems = tuple(
            MoveProblem(namespace=name[0], key=name[2], code=one.code, cause=one.cause) for name, one in parts
        )
        return VerifyReport(checked=done.done, problems=problems, failed=done.failed)
    from darkroom.domain.access import LOCAL_OWNER

    with _opened(home) as library:
        return library.storage.verify(LOCAL_OWNER, place, most=most)


def over(client: Client, begun: WorkView, *, quiet: bool) -> WorkView:
    """The operation when it is over.

    Raises:
        Exit: when it failed or was cancelled, or somebody no longer waits.
    """
    from darkroom.cli.work import conclude, watch

    done = watch(client, begun, quiet=quiet)
    if done.state != "done":
        conclude(done, as_json=quiet)
        raise typer.Exit(1)
    return done


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
    place. When it is done, set DARKROOM_STORAGE to the new one. Where one place is a URL, this process does the moving;
    between two names a run of the Darkroom that is up does, which `darkroom work cancel` stops too.
    """
    from darkroom.cli.migrating import moved_by_a_run
    from darkroom.domain.storage import MovePlan

    if _over_rest(home, None, None, source, target):
        found = moved_by_a_run(
            home,
            source,
            target,
            dry_run=dry_run,
            rollback=rollback,
            throttle=throttle,
            read_back=read_back,
            quiet=as_json,
        )
    else:
        found = _moved_here(
            home, source, target, dry_run=dry_run, rollback=rollback, throttle=throttle, verify=read_back
        )
    if isinstance(found, MovePlan):
        _show_plan(found, as_json=as_json)
    else:
        _show_move(found, as_json=as_json)


def _moved_here(
    home: Path | None, source: str, target: str, *, dry_run: bool, rollback: bool, throttle: float | None, verify: bool
) -> StorageMove | MovePlan:
    from darkroom.domain.access import LOCAL_OWNER

    with _opened(home) as library:
        if dry_run:
            return library.storage.plan(LOCAL_OWNER, source, target)
        if rollback:
            return library.storage.roll_back(LOCAL_OWNER, source, target)
        with console(stderr=True).status("Moving") as status:
            return library.storage.migrate(
                LOCAL_OWNER, source, target, throttle=throttle, verify=verify,
                on_progress=lambda one: status.update(_progress(one)),
            )  # fmt: skip


@app.command()
def arrange(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be moved and change nothing.")] = False,
    home: Home = None,
    url: Url = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Put every picture where DARKROOM_STORAGE_RULES says it belongs by now."""
    report = _arranged(home, url, profile, dry_run=dry_run, quiet=as_json)
    if as_json:
        show_json(report.model_dump(mode="json"))
        return
    verb = "would be moved" if dry_run else "moved"
    typer.echo(f"{plural(report.moved, 'blob')} ({size(report.bytes)}) {verb}, {report.kept:,} lie where they belong.")


def _arranged(home: Path | None, url: str | None, profile: str | None, *, dry_run: bool, quiet: bool) -> ArrangeReport:
    from darkroom.domain.storage import ArrangeReport

    if _over_rest(home, url, profile):
        from darkroom.client import storage
        from darkroom.services.storage_views import ArrangeGiven

        with connected(home, url, profile) as client:
            done = over(client, client.send(storage.arrange_storage(ArrangeGiven(dry_run=dry_run))), quiet=quiet)
        count = done.result.get
        return ArrangeReport(
            moved=count("would_move", done.changed), bytes=count("bytes", 0), kept=count("unchanged", 0),
            failed=done.failed,
        )  # fmt: skip
    from darkroom.domain.access import LOCAL_OWNER

    with _opened(home) as library:
        return library.storage.arrange(LOCAL_OWNER, dry_run=dry_run)


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
