"""Batches of files on their way into the library."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from darkroom.api.deps import NO_QUERY, LibraryDep, PrincipalDep, answer, in_thread
from darkroom.api.params import BatchIdPath, BatchParams
from darkroom.api.schemas import problems
from darkroom.services.activity_views import BatchPage, BatchView

router = APIRouter(tags=["batches"])


@router.get("/batches", response_model=BatchPage, responses=problems("invalid_parameter", "invalid_cursor"))
async def list_batches(
    params: Annotated[BatchParams, Query()], library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Batches, newest first."""
    found = await in_thread(
        library.activity.batches,
        principal,
        states=params.state,
        connector=params.connector,
        limit=params.limit,
        cursor=params.cursor,
    )
    return answer(found)


@router.get("/batches/{id}", response_model=BatchView, responses=problems("not_found"), dependencies=[NO_QUERY])
async def get_batch(batch_id: BatchIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """One batch with its progress."""
    return answer(await in_thread(library.activity.batch, principal, batch_id))


@router.post(
    "/batches/{id}/cancel",
    response_model=BatchView,
    responses=problems("not_found", "conflict"),
    dependencies=[NO_QUERY],
)
async def cancel_batch(batch_id: BatchIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Stop a batch: pictures taken in stay, the other files are left where they are."""
    return answer(await in_thread(library.activity.cancel, principal, batch_id))
