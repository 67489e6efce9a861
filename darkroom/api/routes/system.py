"""Health, queue and runs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from darkroom.api.deps import NO_QUERY, BackendDep, LibraryDep, PrincipalDep, answer, in_spare_thread, in_thread
from darkroom.api.params import RunParams
from darkroom.api.schemas import problems
from darkroom.services.activity import Queue, RunPage
from darkroom.services.health import Health, starting

router = APIRouter(tags=["system"])


@router.get("/health", response_model=Health, dependencies=[NO_QUERY])
async def get_health(backend: BackendDep, principal: PrincipalDep) -> Response:
    """How the services, the database and Dagster do; always 200, the body tells."""
    backend.start()
    library = backend.opened
    if library is None:
        return answer(await in_spare_thread(starting, backend.settings, backend.cause))
    return answer(await in_spare_thread(library.activity.health, principal))


@router.get("/queue", response_model=Queue, dependencies=[NO_QUERY])
async def get_queue(library: LibraryDep, principal: PrincipalDep) -> Response:
    """Work that waits or is being done, and the lag of sensor and daemon."""
    return answer(await in_thread(library.activity.queue, principal))


@router.get("/runs", response_model=RunPage, responses=problems("invalid_parameter", "invalid_cursor"))
async def list_runs(params: Annotated[RunParams, Query()], library: LibraryDep, principal: PrincipalDep) -> Response:
    """Dagster runs, newest first, with links to them."""
    return answer(await in_thread(library.activity.runs, principal, limit=params.limit, cursor=params.cursor))
