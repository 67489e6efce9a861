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

from darkroom.api.backend import Backend
from darkroom.domain.access import LOCAL_OWNER, Principal
from darkroom.errors import Error
from darkroom.services.library import Library

_P = ParamSpec("_P")
_T = TypeVar("_T")

_REPEATABLE = frozenset({"tag", "type", "camera", "problem", "state"})
_MOST_PARAMETERS = 200
_SPARE = anyio.CapacityLimiter(4)


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


def get_principal() -> Principal:
    """Who asks: the local owner, as long as nobody has to sign in."""
    return LOCAL_OWNER


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
PrincipalDep = Annotated[Principal, Depends(get_principal)]
NO_QUERY = Depends(no_query)


async def in_thread(function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Run a service method, which may wait for the database, without holding up other requests."""
    return await anyio.to_thread.run_sync(partial(function, *args, **kwargs))


async def in_spare_thread(function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Run what must be answered even while all other threads wait for a database that is gone."""
    return await anyio.to_thread.run_sync(partial(function, *args, **kwargs), limiter=_SPARE)


def answer(value: BaseModel, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A model as JSON, written by pydantic in one pass instead of being checked a second time by the framework."""
    return Response(value.model_dump_json(), status_code=status, headers=headers, media_type="application/json")
