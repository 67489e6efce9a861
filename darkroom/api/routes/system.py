"""Health, queue and runs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from darkroom.api.backend import Backend
from darkroom.api.deps import (
    NO_QUERY,
    BackendDep,
    LibraryDep,
    PrincipalDep,
    answer,
    identify,
    in_spare_thread,
    in_thread,
)
from darkroom.api.disposition import disposition
from darkroom.api.network import is_local
from darkroom.api.params import DiagnosticsParams, RunParams
from darkroom.api.schemas import ZIP_RESPONSE, problems
from darkroom.domain.access import SYSTEM
from darkroom.errors import Error
from darkroom.services.activity_views import Queue, RunPage
from darkroom.services.health import Health, reduced, starting

router = APIRouter(tags=["system"])


@router.get("/health", response_model=Health, dependencies=[NO_QUERY])
async def get_health(request: Request, backend: BackendDep) -> Response:
    """How the services, the database and Dagster do; always 200, the body tells.

    Other machines learn only the status, unless the request shows somebody who may know more.
    """
    backend.start()
    library = backend.opened
    if not is_local(request.scope, request.headers):
        return answer(await _from_elsewhere(request, backend))
    if library is None:
        return answer(await in_spare_thread(starting, backend.settings, backend.cause))
    # Who is at this machine sees its processes anyway, and must be answered while the database is gone.
    return answer(await in_spare_thread(library.activity.health, SYSTEM))


async def _from_elsewhere(request: Request, backend: Backend) -> Health:
    try:
        library = await backend.library()
        principal = await identify(request, library)
        return await in_spare_thread(library.activity.health, principal)
    except Error:
        opened = backend.opened
        if opened is None:
            return reduced(starting(backend.settings, backend.cause))
        return reduced(await in_spare_thread(opened.activity.health, SYSTEM))


@router.get("/queue", response_model=Queue, dependencies=[NO_QUERY])
async def get_queue(library: LibraryDep, principal: PrincipalDep) -> Response:
    """Work that waits or is being done, and the lag of sensor and daemon."""
    return answer(await in_thread(library.activity.queue, principal))


@router.get("/runs", response_model=RunPage, responses=problems("invalid_parameter", "invalid_cursor"))
async def list_runs(params: Annotated[RunParams, Query()], library: LibraryDep, principal: PrincipalDep) -> Response:
    """Dagster runs, newest first, with links to them."""
    return answer(await in_thread(library.activity.runs, principal, limit=params.limit, cursor=params.cursor))


@router.get("/system/diagnostics", response_class=Response, responses=ZIP_RESPONSE | problems("invalid_parameter"))
async def get_diagnostics(
    params: Annotated[DiagnosticsParams, Query()], library: LibraryDep, principal: PrincipalDep
) -> Response:
    """A ZIP for whoever helps: versions, settings, services, recent records and logs, without secrets and pictures."""
    data = await in_thread(library.diagnostics.bundle, principal, trace=params.trace)
    headers = {"Content-Disposition": disposition("darkroom-diagnostics.zip"), "Cache-Control": "no-store"}
    return Response(data, media_type="application/zip", headers=headers)
