"""Who a client asks as: a token it is given, what `darkroom login` keeps, or this machine's owner."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from darkroom.access.credentials import Credential, CredentialStore
from darkroom.client.call import API
from darkroom.client.exchange import base_of, failure_of, unreachable

if TYPE_CHECKING:
    from darkroom.settings import Settings

_REFRESH_SECONDS = 30.0


class Bearer(httpx.Auth):
    """Shows a token with every request.

    Args:
        token: gives the one that is good now; may wait for the network.
    """

    def __init__(self, token: Callable[[], str]) -> None:
        self._token = token

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        """Add it."""
        request.headers["Authorization"] = f"Bearer {self._token()}"
        yield request

    async def async_auth_flow(self, request: httpx.Request) -> AsyncIterator[httpx.Request]:  # type: ignore[override] # an async generator without `asend`
        """Add it, without holding up anybody else."""
        request.headers["Authorization"] = f"Bearer {await asyncio.to_thread(self._token)}"
        yield request


def fixed(token: str) -> Bearer:
    """Shows one token for ever."""
    return Bearer(lambda: token)


def settled(url: str | None, token: str | None, settings: Settings | None = None) -> tuple[str, Bearer | None]:
    """Where a client asks, and as whom.

    Args:
        url: of the Darkroom; without one DARKROOM_URL, else the one signed in to last, else this machine's.
        token: an API token; without one DARKROOM_TOKEN if it is meant for this Darkroom, else what `darkroom login` keeps for it.
        settings: instead of those of the environment.

    Raises:
        Error: `invalid_parameter` for an address that is none, or where a token must not travel.
    """
    if url is not None and token is not None:
        return base_of(url, secret=True), fixed(token)
    if settings is None:
        from darkroom.settings import Settings

        settings = Settings.load()
    store = CredentialStore(config_folder(settings))
    chosen = url or settings.url or next(iter(store.addresses()), settings.public_address)
    base = base_of(chosen, secret=False)
    if token is None and settings.token is not None and settings.url in (None, chosen):
        token = settings.token.get_secret_value()
    if token is not None:
        return base_of(chosen, secret=True), fixed(token)
    if store.find(base) is None:
        return base, None
    return base_of(chosen, secret=True), Bearer(lambda: store.access_token(base, lambda old: refreshed(base, old)))


def config_folder(settings: Settings) -> Path:
    """Where this person's tokens and profiles lie."""
    from typer import get_app_dir

    return settings.config_dir or Path(get_app_dir("darkroom"))


def refreshed(url: str, refresh_token: str) -> Credential:
    """New tokens for a refresh token, which is worthless then.

    Raises:
        Error: what the server told; `server_unreachable`.
    """
    try:
        with httpx.Client(base_url=url, timeout=_REFRESH_SECONDS) as http:
            answer = http.post(f"{API}/auth/refresh", json={"refresh_token": refresh_token})
    except httpx.TransportError as error:
        raise unreachable(url, error) from error
    failure = failure_of(answer)
    if failure is not None:
        raise failure
    found = answer.json()
    return Credential(
        access_token=found["access_token"], refresh_token=found["refresh_token"],
        expires_at=time.time() + int(found["expires_in"]),
    )  # fmt: skip
