"""Doing something with many pictures at once."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from darkroom.api.blobs import file_response
from darkroom.api.deps import NO_QUERY, LibraryDep, PrincipalDep, answer, in_thread
from darkroom.api.once import made_id
from darkroom.api.routes.operations import operation_answer
from darkroom.api.schemas import ZIP_RESPONSE, problems
from darkroom.domain.selection import Selection
from darkroom.services.work.bulk_views import BulkGiven, BulkPreview, ValueSpread
from darkroom.services.work.views import WorkView

router = APIRouter(tags=["images"])


@router.post(
    "/images/bulk",
    response_model=WorkView,
    status_code=202,
    responses=problems("invalid_parameter", "recipe_invalid", "not_found", "conflict")
    | {
        200: {
            "model": BulkPreview | WorkView,
            "description": "With `dry_run`: what would be done. Else: it was little, and is done.",
        }
    },
    dependencies=[NO_QUERY],
)
async def bulk_images(given: BulkGiven, request: Request, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Do something with all pictures of a selection; with `dry_run` only tell how many it is, how many would change, and show some."""
    if given.dry_run:
        return answer(await in_thread(library.bulk.preview, principal, given))
    found = await in_thread(library.bulk.begin, principal, given, work_id=made_id(request, "o"))
    return operation_answer(found)


@router.post(
    "/images/values", response_model=ValueSpread, responses=problems("invalid_parameter"), dependencies=[NO_QUERY]
)
async def read_values(selection: Selection, library: LibraryDep, principal: PrincipalDep) -> Response:
    """What the pictures of a selection have in the fields that people set: where all have the same, and where they differ."""
    return answer(await in_thread(library.bulk.spread, principal, selection))


@router.post(
    "/images/sidecars",
    response_class=Response,
    responses=ZIP_RESPONSE | problems("invalid_parameter"),
    dependencies=[NO_QUERY],
)
async def export_sidecars(
    selection: Selection, request: Request, library: LibraryDep, principal: PrincipalDep
) -> Response:
    """What people say of the pictures of a selection, as XMP sidecars in a zip file; up to 10,000 pictures."""
    found = await in_thread(library.bulk.sidecars, principal, selection)
    return await file_response(found, request.headers, attachment=True)
