"""Everything that goes on after its request was answered: one place to wait."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from darkroom.api.deps import NO_QUERY, LibraryDep, PrincipalDep, answer, in_thread
from darkroom.api.once import made_id
from darkroom.api.params import OperationParams
from darkroom.api.schemas import problems
from darkroom.services.work.views import WorkPage, WorkView

router = APIRouter(tags=["operations"])

OperationIdPath = Annotated[str, Path(alias="id", max_length=80, description="Id of the operation.")]
_LOOK_AGAIN_SECONDS = 2


def operation_answer(found: WorkView) -> Response:
    """An operation as the answer to what began it: 200 when it is over, else 202 and where to look again."""
    address = found.links["self"]
    headers = {"Location": address, "Operation-Location": address}
    if found.is_over:
        return answer(found, headers=headers)
    return answer(found, status=202, headers={**headers, "Retry-After": str(_LOOK_AGAIN_SECONDS)})


@router.get("/operations", response_model=WorkPage, responses=problems("invalid_parameter", "invalid_cursor"))
async def list_work(
    params: Annotated[OperationParams, Query()], library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Operations, newest first: one's own long work (an administrator sees everybody's), batches, orders for renditions and moves of pictures."""
    found = in_thread(
        library.operations.list,
        principal,
        states=params.state,
        kinds=params.kind,
        mine=params.mine,
        limit=params.limit,
        cursor=params.cursor,
    )
    return answer(await found)


@router.get("/operations/{id}", response_model=WorkView, responses=problems("not_found"), dependencies=[NO_QUERY])
async def get_work(operation_id: OperationIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """How far an operation is, and what came of it."""
    return answer(await in_thread(library.operations.get, principal, operation_id))


@router.post(
    "/operations/{id}/cancel",
    response_model=WorkView,
    responses=problems("not_found", "conflict"),
    dependencies=[NO_QUERY],
)
async def cancel_work(operation_id: OperationIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Stop an operation; what is done stays, and can be undone where `can_undo` says so."""
    return answer(await in_thread(library.operations.cancel, principal, operation_id))


@router.post(
    "/operations/{id}/undo",
    response_model=WorkView,
    status_code=202,
    responses=problems("not_found", "conflict")
    | {200: {"model": WorkView, "description": "It was little, and is done."}},
    dependencies=[NO_QUERY],
)
async def undo_work(
    operation_id: OperationIdPath, request: Request, library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Take an operation back by another one, which is the answer; what somebody changed since is left alone and counted as `stale`."""
    found = in_thread(library.operations.undo, principal, operation_id, undo_id=made_id(request, "o"))
    return operation_answer(await found)
