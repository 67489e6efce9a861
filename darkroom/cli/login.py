"""`darkroom login`, `logout` and `whoami`: this machine's user at a Darkroom somewhere else."""

from __future__ import annotations

import platform
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from darkroom.cli.connect import Profile, remote
from darkroom.cli.options import AsJson, load_settings
from darkroom.cli.output import show_json
from darkroom.errors import ERROR_CODES, Error

if TYPE_CHECKING:
    import httpx

    from darkroom.access.credentials import Credential, CredentialStore
    from darkroom.access.profiles import Profiles

Name = Annotated[
    str | None,
    typer.Option("--profile", metavar="NAME", help="Short name for the address, for --profile of all commands."),
]
Url = Annotated[
    str | None,
    typer.Option("--url", metavar="URL", help="Address of the Darkroom [the one signed in to last, else this machine's]."),
]  # fmt: skip
_SLOWEST = 60


def login(*, url: Url = None, profile: Name = None) -> None:
    """Sign in to a Darkroom: open the address that is printed, compare the code, and allow it."""
    from darkroom import __version__

    if profile is not None and url is None:
        url = _profiles().address(profile)
    address = _address(url, None)
    if profile is not None:
        _profiles().keep(profile, address)
    with _client(address, __version__) as http:
        code = _ask(http, "/auth/device", None)
        typer.echo(f"Open {code['verification_uri_complete']}\nand allow the code {code['user_code']}.")
        typer.echo("Waiting ... (Ctrl-C gives up)", err=True)
        tokens = _wait(http, code["device_code"], int(code["interval"]), float(code["expires_in"]))
        _store().keep(address, tokens)
        me = _ask(http, "/auth/me", None, bearer=tokens.access_token, method="GET")
    typer.echo(f"Signed in to {address} as {me['name']}.")


def logout(*, url: Url = None, profile: Profile = None) -> None:
    """Sign out: end the session there and forget its tokens here."""
    from darkroom import __version__

    store = _store()
    address = _address(url, store, profile)
    if store.find(address) is None:
        typer.echo(f"Not signed in to {address}.")
        return
    try:
        with _client(address, __version__) as http:
            _ask(http, "/auth/sign-out", {}, bearer=_token(http, store, address))
    except Error as error:
        # Its tokens are forgotten whatever it says.
        typer.secho(f"The session there may go on: {error.cause}", fg="yellow", err=True)
    finally:
        store.forget(address)
    typer.echo(f"Signed out of {address}.")


def whoami(*, url: Url = None, profile: Profile = None, as_json: AsJson = False) -> None:
    """Show who is signed in, where, and with which roles."""
    from darkroom.client import Client, accounts

    store, settings = _store(), load_settings()
    address = _address(url, store, profile)
    if store.find(address) is None and settings.token is None:
        raise Error("unauthenticated", f"Not signed in to {address}.", remedy=f"Run `darkroom login --url {address}`.")
    with Client(address) as client:
        me = client.send(accounts.get_me())
    if as_json:
        show_json({"url": address, **me.model_dump(mode="json")})
        return
    roles = ", ".join(
        one.role if one.domain == "*" else f"{one.role} in {one.domain}" for one in (me.user.roles if me.user else ())
    )  # fmt: skip
    what = roles or ("no role" if me.user else f"may {', '.join(me.permissions)}")
    typer.echo(f"{me.name} ({me.user.email if me.user else me.kind}) at {address}: {what}")


def _store() -> CredentialStore:
    from darkroom.access.credentials import CredentialStore
    from darkroom.client.identity import config_folder

    return CredentialStore(config_folder(load_settings()))


def _profiles() -> Profiles:
    from darkroom.access.profiles import Profiles
    from darkroom.client.identity import config_folder

    return Profiles(config_folder(load_settings()))


def _address(url: str | None, store: CredentialStore | None, profile: str | None = None) -> str:
    """Where to sign in, or where somebody is signed in: without a store the last address does not count."""
    from darkroom.access.providers import is_safe_address

    settings = load_settings()
    named = remote(settings, url, profile)
    known = store.addresses() if store is not None and named is None else []
    address = (named or (known[0] if known else settings.public_address)).rstrip("/")
    if not is_safe_address(address):
        raise Error(
            "invalid_parameter", f"{address[:200]!r} is no address that a password may be sent to.",
            remedy="Give one with https://; http:// is for this machine alone.",
        )  # fmt: skip
    return address


def _client(address: str, version: str) -> httpx.Client:
    import httpx

    agent = f"darkroom/{version} on {platform.node()[:60]}"
    return httpx.Client(base_url=f"{address}/api/v1", timeout=30, headers={"User-Agent": agent})


def _ask(http: httpx.Client, path: str, body: Any, *, bearer: str | None = None, method: str = "POST") -> Any:
    """The answer to a request.

    Raises:
        Error: what the server says, or `not_running` when nothing of ours answers.
    """
    import httpx

    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    try:
        answer = http.request(method, path, json=body, headers=headers)
        found = answer.json() if answer.content else {}
    except (httpx.HTTPError, ValueError) as error:
        raise Error(
            "not_running", f"No Darkroom answers at {http.base_url}: {type(error).__name__}.",
            remedy="Check the address given with --url.",
        ) from error  # fmt: skip
    if answer.is_success:
        return found
    problem = found if isinstance(found, dict) else {}
    code = str(problem.get("code"))
    cause = str(problem.get("detail") or f"It answers with status {answer.status_code}.")
    raise Error(code if code in ERROR_CODES else "not_running", cause, remedy=problem.get("remedy"))


def _wait(http: httpx.Client, device_code: str, interval: int, seconds: float) -> Credential:
    """Ask until somebody has decided, as slowly as is wished."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(interval)
        try:
            return _credential(_ask(http, "/auth/device/token", {"device_code": device_code}))
        except Error as error:
            if error.code == "slow_down":
                interval = min(interval + 5, _SLOWEST)
            elif error.code != "authorization_pending":
                raise
    raise Error("device_expired", "Nobody allowed the code in time.")


def _token(http: httpx.Client, store: CredentialStore, address: str) -> str:
    def refresh(refresh_token: str) -> Credential:
        return _credential(_ask(http, "/auth/refresh", {"refresh_token": refresh_token}))

    return store.access_token(address, refresh)


def _credential(tokens: dict[str, Any]) -> Credential:
    from darkroom.access.credentials import Credential

    return Credential(
        access_token=tokens["access_token"], refresh_token=tokens["refresh_token"],
        expires_at=time.time() + int(tokens["expires_in"]),
    )  # fmt: skip
