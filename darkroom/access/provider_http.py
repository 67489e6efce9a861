"""Asking a provider: no redirects, a little time, a small answer, and errors of ours."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import httpx

from darkroom import __version__
from darkroom.access.providers import Provider
from darkroom.errors import Error

_SECONDS = 10.0
_MOST_BYTES = 1024 * 1024


def client_for() -> httpx.Client:
    """Connections to a provider; cookies of it are not kept."""
    headers = {"Accept": "application/json", "User-Agent": f"darkroom/{__version__}"}
    return httpx.Client(timeout=_SECONDS, follow_redirects=False, headers=headers)


def ask(
    client: httpx.Client, method: str, url: str, *, form: dict[str, str] | None = None,
    auth: httpx.Auth | None = None, bearer: str | None = None, listed: bool = False,
) -> Any:  # fmt: skip
    """What a provider answers, as a JSON object, or with `listed` as a JSON array.

    Raises:
        Error: `provider_unavailable` when it does not answer, `provider_untrusted` when it refuses or answers nonsense.
    """
    host = urlsplit(url).netloc
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else None
    try:
        with client.stream(method, url, data=form, auth=auth or httpx.USE_CLIENT_DEFAULT, headers=headers) as response:
            body = _read(response, host)
    except httpx.HTTPError as error:
        raise Error("provider_unavailable", f"{host} does not answer: {type(error).__name__}.") from error
    finally:
        client.cookies.clear()
    if response.status_code >= 500:
        raise Error("provider_unavailable", f"{host} answers with status {response.status_code}.")
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if response.status_code != 200:
        said = str(found.get("error", ""))[:100] if isinstance(found, dict) else ""
        raise Error("provider_untrusted", f"{host} refuses with status {response.status_code} {said!r}.")
    if isinstance(found, dict) and "error" in found:
        # GitHub says so with status 200.
        raise Error("provider_untrusted", f"{host} refuses: {str(found['error'])[:100]!r}.")
    if not isinstance(found, list if listed else dict):
        raise Error("provider_untrusted", f"{host} answers something else than was asked for.")
    return found


def _read(response: httpx.Response, host: str) -> bytes:
    body = bytearray()
    for part in response.iter_bytes():
        body += part
        if len(body) > _MOST_BYTES:
            raise Error("provider_untrusted", f"{host} answers with more than {_MOST_BYTES} bytes.")
    return bytes(body)


def untrusted(provider: Provider, words: str) -> Error:
    """The error for a provider whose answer does not hold."""
    return Error("provider_untrusted", f"{provider.name}: {words}.", provider=provider.id)
