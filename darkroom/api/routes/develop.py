"""What one did to pictures in Develop: kept for oneself, the same in every browser."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from darkroom.api.deps import NO_QUERY, LibraryDep, PrincipalDep, in_thread
from darkroom.api.etags import IfMatch, IfNoneMatch, expected, tagged
from darkroom.api.params import ImageIdPath
from darkroom.api.schemas import UNCHANGED, problems
from darkroom.domain.develop_history import CopiedSteps, HistoryGiven
from darkroom.services.recipes.views import CopiedView, HistoryView

router = APIRouter(tags=["recipes"])

_SAVED = problems("invalid_parameter", "not_found", "payload_too_large", "precondition_failed")


@router.get(
    "/images/{id}/develop-history",
    response_model=HistoryView,
    responses=UNCHANGED | problems("not_found"),
    dependencies=[NO_QUERY],
)
async def get_develop_history(
    image_id: ImageIdPath, library: LibraryDep, principal: PrincipalDep, if_none_match: IfNoneMatch = None
) -> Response:
    """What one did to a picture in Develop, state by state; others have histories of their own."""
    found = await in_thread(library.histories.get, principal, image_id)
    return tagged(found, found.revision, if_none_match=if_none_match)


@router.put("/images/{id}/develop-history", response_model=HistoryView, responses=_SAVED, dependencies=[NO_QUERY])
async def save_develop_history(
    image_id: ImageIdPath, given: HistoryGiven, library: LibraryDep, principal: PrincipalDep, if_match: IfMatch = None
) -> Response:
    """Keep what one did to a picture; `If-Match: "0"` does so only if nothing is kept yet."""
    made = await in_thread(library.histories.save, principal, image_id, given, revision=expected(if_match))
    return tagged(made, made.revision)


@router.delete(
    "/images/{id}/develop-history",
    status_code=204,
    response_class=Response,
    responses=problems("not_found", "precondition_failed"),
    dependencies=[NO_QUERY],
)
async def clear_develop_history(
    image_id: ImageIdPath, library: LibraryDep, principal: PrincipalDep, if_match: IfMatch = None
) -> Response:
    """Forget what one did to a picture in Develop: its states, snapshots and the way back; the picture stays as it is."""
    await in_thread(library.histories.clear, principal, image_id, revision=expected(if_match))
    return Response(status_code=204)


@router.get("/develop/clipboard", response_model=CopiedView, responses=UNCHANGED, dependencies=[NO_QUERY])
async def get_copied_steps(library: LibraryDep, principal: PrincipalDep, if_none_match: IfNoneMatch = None) -> Response:
    """What one copied last, to be done to other pictures."""
    found = await in_thread(library.histories.copied, principal)
    return tagged(found, found.revision, if_none_match=if_none_match)


@router.put("/develop/clipboard", response_model=CopiedView, responses=_SAVED, dependencies=[NO_QUERY])
async def copy_steps(
    given: CopiedSteps, library: LibraryDep, principal: PrincipalDep, if_match: IfMatch = None
) -> Response:
    """Copy what is done to a picture, in place of what was copied before."""
    made = await in_thread(library.histories.copy, principal, given, revision=expected(if_match))
    return tagged(made, made.revision)
