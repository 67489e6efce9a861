"""What routes ask for: who acts, the library, and a request without unknown parameters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Annotated, ParamSpec, TypeVar

import anyio
from fastapi import Depends
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from darkroom.access.opaque import OWNER
from darkroom.api.backend import Backend
from darkroom.api.network import address_of, is_local, is_secure
from darkroom.api.policy import PUBLIC
from darkroom.domain.access import ANONYMOUS, Principal
from darkroom.errors import Error
from darkroom.services.library import Library
from darkroom.settings import Settings

_P = ParamSpec("_P")
_T = TypeVar("_T")

_REPEATABLE = frozenset({"tag", "type", "camera", "problem", "state", "label", "kind", "report"})
_MOST_PARAMETERS = 200
_SPARE = anyio.CapacityLimiter(4)
_HARD = anyio.CapacityLimiter(2)


def get_backend(request: Request) -> Backend:
    """The keeper of this application's library."""
    backend: Backend = request.app.state.backend
    return backend


async def get_library(backend: Annotated[Backend, Depends(get_backend)]) -> Library:
    """The open library; waits a moment while it is being opened.

    Raises:
        Error: why it is not open.
    """
    return await backend.library()


def cookie_name(request: Request, settings: Settings) -> str:
    """Name of the session's cookie: bound to this host over https; browsers share cookies between ports otherwise."""
    return "__Host-darkroom" if is_secure(request.headers, settings.public_url) else f"darkroom-{settings.web_port}"


def caller(request: Request, settings: Settings) -> str | None:
    """Network address of whoever asks."""
    return address_of(request.scope, request.headers, trust_proxy=settings.trust_proxy)


async def identify(request: Request, library: Library) -> Principal:
    """Who asks, by what the request shows; `ANONYMOUS` when that is nothing.

    Raises:
        Error: `unauthenticated` when what it shows is not good (any more), `setup_needed`.
    """
    settings = library.settings
    cookie = request.cookies.get(cookie_name(request, settings))
    header = request.headers.get("authorization")
    if header is not None:
        found = await _of_header(header, library, local=is_local(request.scope, request.headers))
    elif cookie and await _has_accounts(library):
        found = _same_site(request, await _of_cookie(cookie, library))
    else:
        found = await in_thread(library.sessions.of_nobody, local=is_local(request.scope, request.headers))
    return found.model_copy(update={"address": caller(request, settings)})


async def _has_accounts(library: Library) -> bool:
    # Once there is one there is always one: no thread for the usual case.
    return library.sessions.is_set_up or await in_thread(library.sessions.has_accounts)


async def _of_header(header: str, library: Library, *, local: bool) -> Principal:
    scheme, _, token = header.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Error("unauthenticated", "The Authorization header is not `Bearer` and a token.")
    if token.startswith(f"{OWNER}_"):
        return await in_thread(library.sessions.of_home, token, local=local)
    known = library.sessions.recall("bearer", token)
    return known if known is not None else await in_thread(library.sessions.of_bearer, token)


async def _of_cookie(cookie: str, library: Library) -> Principal:
    known = library.sessions.recall("cookie", cookie)
    return known if known is not None else await in_thread(library.sessions.of_cookie, cookie)


def _same_site(request: Request, principal: Principal) -> Principal:
    """Refuse a change with a cookie that no page of ours is shown to have asked for.

    Browsers say in `Origin` or `Sec-Fetch-Site` which page asks, and the outermost layer has refused foreign ones. Here
    one of the two must be there at all: a cookie without them comes from no browser that keeps people safe.
    """
    shown = "origin" in request.headers or request.headers.get("sec-fetch-site") == "same-origin"
    if request.method not in ("GET", "HEAD") and not shown:
        raise Error(
            "forbidden", "A change with a session's cookie comes from a page of Darkroom alone.",
            remedy="Use an API token or an access token in the Authorization header.",
        )  # fmt: skip
    return principal


async def authenticate(request: Request, backend: Annotated[Backend, Depends(get_backend)]) -> Principal:
    """Who asks, for every route alike; routes that anybody may ask get `ANONYMOUS` without a look.

    Raises:
        Error: `unauthenticated`, `setup_needed`, or why the library is not open.
    """
    if request.scope["route"].name in PUBLIC:
        return ANONYMOUS.model_copy(update={"address": caller(request, backend.settings)})
    found = await identify(request, await backend.library())
    if found.kind == "anonymous":
        raise Error("unauthenticated", "This takes somebody who is signed in, or a token.")
    return found


async def admits_others(backend: Backend) -> None:
    """Return if there is an account, so that other machines may ask.

    Raises:
        Error: `setup_needed`, or why the library is not open.
    """
    library = await backend.library()
    if not await _has_accounts(library):
        raise Error("setup_needed", "Until there is an administrator, only this machine itself is served.")


def check_query(request: Request) -> None:
    """Refuse queries that no model can refuse: repeated single values, text that is not text.

    Raises:
        Error: `invalid_parameter`.
    """
    pairs = request.query_params.multi_items()
    if len(pairs) > _MOST_PARAMETERS:
        raise Error("invalid_parameter", f"{len(pairs)} query parameters are too many.", parameter="query")
    for name, value in pairs:
        if "\x00" in value or "\x00" in name or "\ufffd" in value:
            raise Error("invalid_parameter", f"{name[:100]}: not valid text.", parameter=name[:100])
    for name, count in Counter(name for name, _ in pairs).items():
        if count > 1 and name not in _REPEATABLE:
            raise Error("invalid_parameter", f"{name[:100]}: given {count} times.", parameter=name[:100])


def no_query(request: Request) -> None:
    """Refuse any query parameter, on routes that have none.

    Raises:
        Error: `invalid_parameter`.
    """
    for name in request.query_params:
        raise Error("invalid_parameter", f"{name[:100]}: there is no such parameter.", parameter=name[:100])


BackendDep = Annotated[Backend, Depends(get_backend)]
LibraryDep = Annotated[Library, Depends(get_library)]
PrincipalDep = Annotated[Principal, Depends(authenticate)]
NO_QUERY = Depends(no_query)


async def in_thread(function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Run a service method, which may wait for the database, without holding up other requests."""
    return await anyio.to_thread.run_sync(partial(function, *args, **kwargs))


async def in_spare_thread(function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Run what must be answered even while all other threads wait for a database that is gone."""
    return await anyio.to_thread.run_sync(partial(function, *args, **kwargs), limiter=_SPARE)


async def in_hard_thread(function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Run what takes a core for a while (passwords), two at a time: guesses in parallel must not stop those who work."""
    return await anyio.to_thread.run_sync(partial(function, *args, **kwargs), limiter=_HARD)


def answer(value: BaseModel, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A model as JSON, written by pydantic in one pass instead of being checked a second time by the framework."""
    return Response(value.model_dump_json(), status_code=status, headers=headers, media_type="application/json")
