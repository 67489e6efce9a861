"""`darkroom up` and `darkroom down`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from darkroom.cli.options import Home, load_settings
from darkroom.errors import Error

if TYPE_CHECKING:
    from darkroom.cli.screen import Screen
    from darkroom.settings import Settings
    from darkroom.supervisor.home import HomeLock

_STOP_SECONDS = 75.0
_KILL_SECONDS = 30.0


def up(
    *,
    home: Home = None,
    web_port: Annotated[
        int | None,
        typer.Option(metavar="PORT", help="Port of the web app and REST API [DARKROOM_WEB_PORT, else 8000]."),
    ] = None,
    dagster_port: Annotated[
        int | None, typer.Option(metavar="PORT", help="Port of Dagster [DARKROOM_DAGSTER_PORT, else 3000].")
    ] = None,
    no_samples: Annotated[
        bool, typer.Option("--no-samples", help="Leave an empty library empty instead of drawing sample pictures.")
    ] = False,
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="Return once everything is ready and go on running.")
    ] = False,
) -> None:
    """Start Darkroom: database, Dagster and web app, and keep them running until Ctrl-C or `darkroom down`."""
    from darkroom import logs
    from darkroom.cli.screen import Screen

    settings = load_settings(
        home=home, web_port=web_port, dagster_port=dagster_port, samples=False if no_samples else None
    )
    logs.configure("warning", settings.log_format)
    screen = Screen(settings, background=detach)
    try:
        _in_background(settings, screen) if detach else _in_foreground(settings, screen)
    finally:
        screen.close()


def _in_foreground(settings: Settings, screen: Screen) -> None:
    from darkroom.supervisor.launch import run

    run(settings, screen)


def _in_background(settings: Settings, screen: Screen) -> None:
    """Start a supervisor of its own and follow it until it is ready."""
    from darkroom.supervisor.home import make_home
    from darkroom.supervisor.logfiles import last_words, open_log
    from darkroom.supervisor.plan import settings_variables
    from darkroom.supervisor.report import from_line

    make_home(settings)
    log = settings.logs / "supervisor.log"
    reading, writing = os.pipe()
    with open_log(log) as output:
        start = output.tell()
        process = subprocess.Popen(
            [sys.executable, "-m", "darkroom.supervisor", str(writing)],
            env={**os.environ, **settings_variables(settings)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=(writing,),
        )
    os.close(writing)
    try:
        with os.fdopen(reading, "rb") as pipe:
            for line in pipe:
                screen(from_line(line))
                if screen.is_ready:
                    return
    except KeyboardInterrupt:
        process.send_signal(signal.SIGTERM)
        process.wait()
        raise
    if screen.error:
        raise Error(screen.error.code, screen.error.words, remedy=screen.error.remedy)
    raise Error(
        "service_failed", f"The supervisor ended while starting. {last_words(log, start)}", remedy=f"Read {log}."
    )


def down(*, home: Home = None) -> None:
    """Stop Darkroom in reverse order of start, and whatever an earlier start may have left behind."""
    from darkroom.supervisor.home import HomeLock, live_supervisor
    from darkroom.supervisor.process import sweep

    settings = load_settings(home=home)
    lock = HomeLock(settings)
    begun = time.monotonic()
    was_running = lock.is_held()
    if was_running:
        # A supervisor that has just been started writes its state within a moment.
        while (info := live_supervisor(settings)) is None and lock.is_held() and time.monotonic() - begun < 10:
            time.sleep(0.1)
        if info is not None:
            _end_supervisor(info.pid, lock)
        elif not _freed(lock, _KILL_SECONDS):
            raise Error("service_failed", "What is left of a supervisor that was killed does not end.")
    left = sweep(settings.home_path)
    took = time.monotonic() - begun
    if was_running:
        typer.echo(f"Stopped Darkroom on {settings.home_path} in {took:.1f} s.")
    elif left:
        typer.echo(f"Ended {left} processes that an earlier start had left on {settings.home_path}.")
    else:
        typer.echo(f"Darkroom is not running on {settings.home_path}.")


def _end_supervisor(pid: int, lock: HomeLock) -> None:
    """Ask it to stop; when it does not, kill it: its guardian then ends the services."""
    for number, seconds in ((signal.SIGTERM, _STOP_SECONDS), (signal.SIGKILL, _KILL_SECONDS)):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass
        except PermissionError as error:
            raise Error(
                "forbidden", f"Darkroom runs as another user (process {pid}).", remedy="Stop it as that user."
            ) from error
        if _freed(lock, seconds):
            return
    raise Error(
        "service_failed", f"The supervisor (process {pid}) does not end.", remedy=f"End it with `kill -9 {pid}`."
    )


def _freed(lock: HomeLock, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while lock.is_held():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
