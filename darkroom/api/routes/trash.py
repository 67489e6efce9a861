"""The trash: pictures that were put away."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from darkroom.api.blobs import file_response
from darkroom.api.deps import NO_QUERY, LibraryDep, PrincipalDep, answer, in_thread
from darkroom.api.once import made_id
from darkroom.api.params import FileParams, ImageIdPath, ListParams
from darkroom.api.routes.operations import operation_answer
from darkroom.api.schemas import FILE_RESPONSES, problems
from darkroom.services.trash_views import ImageIds, Purged, PurgeRequest, TrashChange, TrashPage, TrashView
from darkroom.services.work.views import WorkView

router = APIRouter(tags=["trash"])

_CHANGES = problems("invalid_parameter", "conflict")


@router.delete(
    "/images/{id}", response_model=TrashView, responses=problems("not_found", "conflict"), dependencies=[NO_QUERY]
)
async def delete_image(image_id: ImageIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Put a picture into the trash, from which it can be restored."""
    return answer(await in_thread(library.trash.put_one, principal, image_id))


@router.get("/trash", response_model=TrashPage, responses=problems("invalid_parameter", "invalid_cursor"))
async def list_trash(params: Annotated[ListParams, Query()], library: LibraryDep, principal: PrincipalDep) -> Response:
    """Pictures in the trash, those put away last first, with when each is removed for good."""
    return answer(await in_thread(library.trash.list, principal, limit=params.limit, cursor=params.cursor))


@router.get(
    "/trash/{id}/thumbnail", response_class=Response, responses=FILE_RESPONSES | problems("not_found", "blob_missing")
)
async def get_trash_thumbnail(
    image_id: ImageIdPath,
    params: Annotated[FileParams, Query()],
    request: Request,
    library: LibraryDep,
    principal: PrincipalDep,
) -> Response:
    """The thumbnail of a picture in the trash, as WebP."""
    found = await in_thread(library.gallery.trashed, principal, image_id)
    return await file_response(found, request.headers, attachment=params.download)


@router.post("/trash", response_model=TrashChange, responses=_CHANGES, dependencies=[NO_QUERY])
async def trash_images(given: ImageIds, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Put pictures into the trash."""
    return answer(await in_thread(library.trash.put, principal, given))


@router.post("/trash/restore", response_model=TrashChange, responses=_CHANGES, dependencies=[NO_QUERY])
async def restore_images(given: ImageIds, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Bring pictures back from the trash, as they were."""
    return answer(await in_thread(library.trash.restore, principal, given))


@router.post("/trash/purge", response_model=Purged, responses=_CHANGES, dependencies=[NO_QUERY])
async def purge_trash(given: PurgeRequest, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Remove pictures of the trash for good, with their bytes; nothing brings them back."""
    return answer(await in_thread(library.trash.purge, principal, given))


@router.post(
    "/trash/empty",
    response_model=WorkView,
    status_code=202,
    responses=problems("conflict") | {200: {"model": WorkView, "description": "It was little, and is done."}},
    dependencies=[NO_QUERY],
)
async def empty_trash(request: Request, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Remove everything that is in the trash for good, with its bytes; what is in it later stays."""
    return operation_answer(await in_thread(library.bulk.empty_trash, principal, work_id=made_id(request, "o")))
