"""The failure ledger: files that could not be taken in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from darkroom.api.deps import NO_QUERY, LibraryDep, PrincipalDep, answer, in_thread
from darkroom.api.once import made_id
from darkroom.api.params import FailureParams
from darkroom.api.schemas import problems
from darkroom.services.activity_views import Accepted, Dismissed, FailureDismissal, FailurePage, FailureSelection

router = APIRouter(tags=["failures"])


@router.get("/failures", response_model=FailurePage, responses=problems("invalid_parameter", "invalid_cursor"))
async def list_failures(
    params: Annotated[FailureParams, Query()], library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Entries of the failure ledger, newest first; the open ones unless another state is asked for."""
    chosen = dict(params) | {"state": None if params.state == "all" else params.state}
    return answer(await in_thread(library.activity.failures, principal, **chosen))


@router.post(
    "/failures/retry",
    response_model=Accepted,
    status_code=202,
    responses=problems("invalid_parameter", "not_found"),
    dependencies=[NO_QUERY],
)
async def retry_failures(
    chosen: FailureSelection, request: Request, library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Replay entries of the ledger, by ids or all open ones (of one code), as a new batch; where they are more than 1,000, an operation makes batches of the rest."""
    done = await in_thread(library.activity.retry, principal, chosen, work_id=made_id(request, "o"))
    return answer(done, status=202, headers={"Location": f"/api/v1/batches/{done.batch.id}"})


@router.post(
    "/failures/dismiss",
    response_model=Dismissed,
    responses=problems("invalid_parameter")
    | {202: {"model": Dismissed, "description": "An operation dismisses those beyond the first 1,000."}},
    dependencies=[NO_QUERY],
)
async def dismiss_failures(
    chosen: FailureDismissal, request: Request, library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Close entries of the ledger without bringing the files in; `back` with the ids of the answer opens them again."""
    done = await in_thread(library.activity.dismiss, principal, chosen, work_id=made_id(request, "o"))
    if done.operation is None:
        return answer(done)
    return answer(done, status=202, headers={"Operation-Location": done.operation.links["self"]})
