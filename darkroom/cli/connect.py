"""Which Darkroom a command acts on, and as whom: decided here for all of them.

1. `--url`, `--profile` or DARKROOM_URL: that one, with DARKROOM_TOKEN or what `darkroom login` keeps for it.
2. Else the one that runs on the home, as its owner: whoever can read the home owns it.
3. Else, where none runs but the home's database is reachable, the same API in this process; the command says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from darkroom.cli.options import load_settings, open_library
from darkroom.errors import Error

if TYPE_CHECKING:
    from darkroom.client import Client
    from darkroom.settings import Settings

Url = Annotated[
    str | None,
    typer.Option("--url", metavar="URL", help="Act on the Darkroom at this address [DARKROOM_URL, else the one on the home]."),
]  # fmt: skip
Profile = Annotated[
    str | None, typer.Option("--profile", metavar="NAME", help="Act on the Darkroom that `darkroom login --profile` named so.")
]  # fmt: skip


@contextmanager
def connected(home: Path | None, url: str | None = None, profile: str | None = None) -> Iterator[Client]:
    """A client of the Darkroom that is meant, closed at the end.

    Raises:
        Error: `not_running` where none is; `not_found` for a profile that nobody made.
    """
    settings = load_settings(home=home)
    address = remote(settings, url, profile, home=home)
    if address is not None:
        with _elsewhere(address) as client:
            yield client
        return
    running = _running(settings)
    if running is not None:
        from darkroom.client import Client

        with Client(running, _secret(settings)) as client:
            yield client
        return
    with _directly(home) as client:
        yield client


def require_running(home: Path | None, url: str | None = None, profile: str | None = None) -> None:
    """Return if there is a Darkroom that does what is asked of it, not a database alone.

    Raises:
        Error: `not_running`.
    """
    if not is_running(home, url, profile):
        raise Error("not_running", f"No Darkroom runs on {load_settings(home=home).home_path}.")


def is_running(home: Path | None, url: str | None = None, profile: str | None = None) -> bool:
    """Whether there is a Darkroom that does what takes long, not a database alone."""
    settings = load_settings(home=home)
    return remote(settings, url, profile, home=home) is not None or _running(settings) is not None


def remote(settings: Settings, url: str | None, profile: str | None, *, home: Path | None = None) -> str | None:
    """Address of a Darkroom that is meant instead of the one on the home."""
    if url is not None and profile is not None:
        raise typer.BadParameter("give --url or --profile, not both")
    if profile is not None:
        from darkroom.access.profiles import Profiles
        from darkroom.client.identity import config_folder

        return Profiles(config_folder(settings)).address(profile)
    # A home that is named beats an address that is only set.
    return url or (settings.url if home is None else None)


@contextmanager
def _elsewhere(address: str) -> Iterator[Client]:
    from darkroom.client import Client

    try:
        with Client(address) as client:
            yield client
    except Error as error:
        if error.code != "unauthenticated":
            raise
        remedy = f"Run `darkroom login --url {address}`, or set DARKROOM_TOKEN."
        raise Error(error.code, error.cause, remedy=remedy, **error.context) from error


def _running(settings: Settings) -> str | None:
    """Address of the Darkroom that runs on this home and answers."""
    from darkroom.runtime import read_runtime

    info = read_runtime(settings)
    web = next((one for one in info.services if one.name == "web"), None) if info else None
    return info.web_url if info is not None and web is not None and web.state == "ready" else None


def _secret(settings: Settings) -> str:
    from darkroom.access.owner import OwnerSecret

    return OwnerSecret(settings.keys).show()


@contextmanager
def _directly(home: Path | None) -> Iterator[Client]:
    from darkroom.cli.in_process import URL, HereLauncher, InProcess

    launcher = HereLauncher(load_settings(home=home))
    library = open_library(home, launcher)
    launcher.serve(library)
    try:
        from darkroom.api.app import create_app
        from darkroom.client import Client

        typer.secho(
            f"No Darkroom answers on {library.settings.home_path}: this works on its database directly.", dim=True, err=True
        )  # fmt: skip
        with Client(URL, _secret(library.settings), transport=InProcess(create_app(library=library))) as client:
            yield client
            if launcher.busy:
                typer.secho("It is done here. Ctrl-C leaves the rest until Darkroom runs.", dim=True, err=True)
            launcher.finish()
    finally:
        library.close()
