"""Options that several commands share, and the settings made from them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from darkroom.services.library import Library
    from darkroom.services.runs import RunLauncher
    from darkroom.settings import Settings

Home = Annotated[
    Path | None,
    typer.Option("--home", metavar="DIR", help="Folder that holds all state [DARKROOM_HOME, else ./data]."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def load_settings(**overrides: object) -> Settings:
    """The settings of this command: options over variables over `.env` over defaults."""
    from darkroom.settings import Settings

    settings = Settings.load(**overrides)
    if overrides.get("home") is not None:
        # Recipes, and the processes that run them, look for plug-ins in the home of the process.
        os.environ["DARKROOM_HOME"] = str(settings.home_path)
    return settings


def running_settings(home: Path | None) -> Settings:
    """The settings of this command, with the ports on which the home's services listen where they run.

    Args:
        home: as given on the command line.
    """
    from urllib.parse import urlsplit

    from darkroom.runtime import read_runtime

    settings = load_settings(home=home)
    info = read_runtime(settings)
    if info is None:
        return settings
    # `darkroom up --web-port` is known to whoever gave it alone.
    told = {"web_port": urlsplit(info.web_url).port, "dagster_port": urlsplit(info.dagster_url).port}
    return settings.model_copy(update={name: port for name, port in told.items() if port})


def open_library(home: Path | None, launcher: RunLauncher | None = None) -> Library:
    """The library that runs on a home.

    Args:
        home: as given on the command line.
        launcher: asks for runs, in place of Dagster.

    Raises:
        Error: `not_running`, `database_unavailable` or `migration_needed`.
    """
    from darkroom import logs
    from darkroom.services.library import Library

    settings = running_settings(home)
    logs.configure("warning", settings.log_format)
    return Library.open(settings, launcher)
