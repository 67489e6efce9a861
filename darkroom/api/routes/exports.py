"""Pictures taken along in one file."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from darkroom.api.blobs import file_response
from darkroom.api.deps import NO_QUERY, LibraryDep, PrincipalDep, answer, in_hard_thread, in_thread
from darkroom.api.once import made_id
from darkroom.api.routes.operations import operation_answer
from darkroom.api.schemas import FILE_RESPONSES, problems
from darkroom.services.exports.views import ExportGiven, ExportPreview
from darkroom.services.work.views import WorkView

router = APIRouter(tags=["images"])

ExportIdPath = Annotated[str, Path(alias="id", max_length=80, description="Id of the operation that wrote it.")]
_REFUSED = ("invalid_parameter", "recipe_invalid", "not_found", "storage_full")


@router.post(
    "/exports",
    response_model=WorkView,
    status_code=202,
    responses=problems(*_REFUSED) | {200: {"model": WorkView, "description": "It was little, and is done."}},
    dependencies=[NO_QUERY],
)
async def export_images(given: ExportGiven, request: Request, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Write the files of the pictures of a selection into one zip file, which waits at `links.file` for a day; up to 200,000 pictures."""
    found = await in_hard_thread(library.exports.begin, principal, given, work_id=made_id(request, "o"))
    return operation_answer(found)


@router.post(
    "/exports/preview",
    response_model=ExportPreview,
    responses=problems("invalid_parameter", "recipe_invalid", "not_found"),
    dependencies=[NO_QUERY],
)
async def preview_export(given: ExportGiven, library: LibraryDep, principal: PrincipalDep) -> Response:
    """What an export would hold: how many files, how large, and of how many pictures a recipe has no result yet. Nothing is written."""
    return answer(await in_hard_thread(library.exports.preview, principal, given))


@router.get(
    "/exports/{id}/file",
    response_class=Response,
    responses=FILE_RESPONSES | problems("not_found"),
    dependencies=[NO_QUERY],
)
async def get_export_file(
    export_id: ExportIdPath, request: Request, library: LibraryDep, principal: PrincipalDep
) -> Response:
    """The zip file that an export of one's own wrote, within a day; a download that broke off goes on where it was."""
    found = await in_thread(library.exports.file, principal, export_id)
    return await file_response(found, request.headers, attachment=True)
