"""`darkroom status` and `darkroom logs`."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from darkroom.cli.options import AsJson, Home, load_settings
from darkroom.cli.output import console, duration, show_json, show_table
from darkroom.errors import Error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from darkroom.runtime import RuntimeInfo
    from darkroom.settings import Settings


def status(*, home: Home = None, as_json: AsJson = False) -> None:
    """Tell how the services do; exit code 0 when all are ready, 1 otherwise."""
    settings = load_settings(home=home)
    info = _running(settings)
    if as_json:
        show_json(_as_json(settings, info))
    elif info is None:
        raise Error("not_running", f"Darkroom is not running on {settings.home_path}.")
    else:
        _show(settings, info)
    if info is None or not info.ready:
        raise typer.Exit(1)


def _running(settings: Settings) -> RuntimeInfo | None:
    from darkroom.supervisor.home import HomeLock, live_supervisor

    # The lock cannot be stale; the state file of a supervisor that was killed can.
    return live_supervisor(settings) if HomeLock(settings).is_held() else None


def _as_json(settings: Settings, info: RuntimeInfo | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "running": info is not None,
        "ready": info is not None and info.ready,
        "home": str(settings.home_path),
        "inbox": str(settings.inbox),
        "pid": info.pid if info else None,
        "started_at": info.started_at.isoformat() if info else None,
        "web_url": info.web_url if info else settings.web_url,
        "dagster_url": info.dagster_url if info else settings.dagster_url,
        "services": [service.model_dump() for service in info.services] if info else [],
    }
    return found


def _show(settings: Settings, info: RuntimeInfo) -> None:
    from darkroom.domain.base import now

    words = "[green]ready[/]" if info.ready else "[yellow]not ready[/]"
    since = duration((now() - info.started_at).total_seconds())
    console().print(f"Darkroom on {settings.home_path} is {words}, started {since} ago")
    rows = [(s.name, s.state, s.pid, s.port, s.restarts, s.cause) for s in info.services]
    show_table(["service", "state", "pid", "port", "restarts", "cause"], rows, right=["pid", "port", "restarts"])
    console().print(f"Web app {info.web_url}   Dagster {info.dagster_url}", style="dim")


def logs(
    service: Annotated[
        str | None,
        typer.Argument(help="`mongod`, `code-server`, `dagster-daemon`, `dagster-web`, `web` ...; all without it."),
    ] = None,
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with new lines until Ctrl-C.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="Lines to show of each service.")] = 40,
    home: Home = None,
) -> None:
    """Show what the services wrote."""
    from darkroom.supervisor.logfiles import tail

    settings = load_settings(home=home)
    there = {path.stem: path for path in sorted(settings.logs.glob("*.log"))}
    if service is not None and service not in there:
        names = ", ".join(there) or "none yet"
        raise Error(
            "not_found", f"There is no log of {service} in {settings.logs}.", remedy=f"Logs there are: {names}."
        )
    chosen = {service: there[service]} if service else there
    width = 0 if service else max((len(name) for name in chosen), default=0) + 2
    sizes = {name: path.stat().st_size for name, path in chosen.items()}
    for name, path in chosen.items():
        for line in tail(path, lines):
            typer.echo(f"{name:{width}}{line}" if width else line)
    if follow:
        with contextlib.suppress(KeyboardInterrupt):
            for name, line in _new_lines(chosen, sizes):
                typer.echo(f"{name:{width}}{line}" if width else line)


def _new_lines(paths: dict[str, Path], positions: dict[str, int]) -> Iterator[tuple[str, str]]:
    """Lines written from now on; a log that was cut to nothing starts over."""
    rest = dict.fromkeys(paths, b"")
    while True:
        for name, path in paths.items():
            with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
                length = path.stat().st_size
                file.seek(positions[name] if positions[name] <= length else 0)
                *whole, rest[name] = (rest[name] + file.read()).split(b"\n")
                positions[name] = file.tell()
                yield from ((name, line.decode(errors="replace")) for line in whole)
        time.sleep(0.3)
