"""Large pictures in tiles, for viewers that load what they show."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from darkroom.api.blobs import file_response
from darkroom.api.deps import NO_QUERY, LibraryDep, PrincipalDep, answer, in_hard_thread
from darkroom.api.params import ImageIdPath
from darkroom.api.schemas import FILE_RESPONSES, problems
from darkroom.services.gallery_views import TileGrid

router = APIRouter(tags=["images"])

_PROBLEMS = problems(
    "not_found",
    "blob_missing",
    "image_corrupt",
    "image_truncated",
    "image_unsupported",
    "image_too_many_pixels",
    "image_out_of_memory",
)
_Number = Annotated[int, Path(ge=0, le=100_000, description="Counted from 0.")]


@router.get("/images/{id}/tiles", response_model=TileGrid, responses=_PROBLEMS, dependencies=[NO_QUERY])
async def get_tile_grid(image_id: ImageIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """How a picture is cut into tiles; the first time it is cut now, which takes about a second for 100 megapixels."""
    return answer(await in_hard_thread(library.tiles.grid, principal, image_id))


@router.get(
    "/images/{id}/tiles/{level}/{column}/{row}",
    response_class=Response,
    responses=FILE_RESPONSES | _PROBLEMS | problems("invalid_parameter"),
    dependencies=[NO_QUERY],
)
async def get_tile(
    image_id: ImageIdPath,
    level: _Number,
    column: _Number,
    row: _Number,
    *,
    request: Request,
    library: LibraryDep,
    principal: PrincipalDep,
) -> Response:
    """One tile, as JPEG. Level 0 is the smallest size; the last level is the picture itself."""
    found = await in_hard_thread(library.tiles.tile, principal, image_id, level, column, row)
    return await file_response(found, request.headers)
