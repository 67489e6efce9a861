"""Pictures: pages, index, facets, single ones and their files, upload."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from darkroom.api.blobs import file_response
from darkroom.api.deps import NO_QUERY, LibraryDep, PrincipalDep, answer, in_thread
from darkroom.api.etags import IfMatch, expected, tagged
from darkroom.api.image_params import GroupParams, IndexParams, MapParams, PageParams, SimilarParams
from darkroom.api.params import FileParams, ImageFilters, ImageIdPath
from darkroom.api.schemas import FILE_RESPONSES, UPLOAD_BODY, problems
from darkroom.api.uploads import receive
from darkroom.domain.language.nodes import Box
from darkroom.domain.query import Facets
from darkroom.services.activity_views import Accepted, BatchView
from darkroom.services.edit_views import ImageChange
from darkroom.services.gallery import ImageFile
from darkroom.services.gallery_views import ImageDetail, ImageGroups, ImageIndex, ImageMap, ImagePage, SimilarImages
from darkroom.services.lineage_views import LineageGraph

router = APIRouter(tags=["images"])


@router.get("/images", response_model=ImagePage, responses=problems("invalid_parameter", "invalid_cursor"))
async def list_images(params: Annotated[PageParams, Query()], library: LibraryDep, principal: PrincipalDep) -> Response:
    """One page of pictures that fit the filters."""
    found = in_thread(
        library.gallery.page, principal, params.query(), limit=params.limit, cursor=params.cursor, skip=params.skip,
        thumbnails=params.thumbnails,
    )  # fmt: skip
    return answer(await found)


@router.get("/images/index", response_model=ImageIndex, responses=problems("invalid_parameter"))
async def index_images(
    params: Annotated[IndexParams, Query()], library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Where every page of a view begins, so that a grid can jump to any position."""
    return answer(await in_thread(library.gallery.index, principal, params.query(), every=params.every))


@router.get("/images/groups", response_model=ImageGroups, responses=problems("invalid_parameter"))
async def group_images(
    params: Annotated[GroupParams, Query()], library: LibraryDep, principal: PrincipalDep
) -> Response:
    """A view divided by day, tag, batch or stack of near duplicates: each with its count, in the order in which they are shown."""
    return answer(await in_thread(library.gallery.groups, principal, params.query(), params.by))


@router.get("/images/map", response_model=ImageMap, responses=problems("invalid_parameter"))
async def map_images(params: Annotated[MapParams, Query()], library: LibraryDep, principal: PrincipalDep) -> Response:
    """Where the pictures of a view were taken, those near each other together; nothing is asked of anybody else."""
    box = Box(params.south, params.west, params.north, params.east)
    return answer(await in_thread(library.gallery.map, principal, params.query(), box, params.step))


@router.get("/facets", response_model=Facets, responses=problems("invalid_parameter"))
async def get_facets(
    params: Annotated[ImageFilters, Query()], library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Live counts for the filters of a view."""
    return answer(await in_thread(library.gallery.facets, principal, params.query()))


@router.post(
    "/images",
    response_model=Accepted,
    status_code=202,
    responses=problems(
        "bad_request", "invalid_parameter", "payload_too_large", "unsupported_media_type", "storage_full"
    ),
    openapi_extra={"requestBody": UPLOAD_BODY},
    dependencies=[NO_QUERY],
)
async def upload_images(request: Request, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Upload files as multipart/form-data, streamed to disk; they are taken in as one batch, which the answer names."""
    batch = await receive(request, library, principal)
    view = BatchView.of(batch, library.settings)
    return answer(Accepted(batch=view), status=202, headers={"Location": f"/api/v1/batches/{batch.id}"})


@router.get("/images/{id}", response_model=ImageDetail, responses=problems("not_found"), dependencies=[NO_QUERY])
async def get_image(image_id: ImageIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Everything known of one picture, with its lineage; its `ETag` is what a change of it is based on."""
    found = await in_thread(library.gallery.get, principal, image_id)
    # No If-None-Match: which pictures look the same may change without the picture.
    return tagged(found, found.revision)


@router.patch(
    "/images/{id}",
    response_model=ImageDetail,
    responses=problems("not_found", "conflict", "precondition_failed", "invalid_parameter"),
    dependencies=[NO_QUERY],
)
async def update_image(
    image_id: ImageIdPath, change: ImageChange, library: LibraryDep, principal: PrincipalDep, if_match: IfMatch = None
) -> Response:
    """Change what people set on a picture; fields left out stay, null takes a value away."""
    changed = await in_thread(library.editing.edit, principal, image_id, change, revision=expected(if_match))
    return tagged(changed, changed.revision)


@router.get(
    "/images/{id}/lineage", response_model=LineageGraph, responses=problems("not_found"), dependencies=[NO_QUERY]
)
async def get_lineage(image_id: ImageIdPath, library: LibraryDep, principal: PrincipalDep) -> Response:
    """Where a picture came from and what came of it: its files, batch, renditions, versions of datasets, models and reports."""
    return answer(await in_thread(library.gallery.lineage.of, principal, image_id))


@router.get("/images/{id}/similar", response_model=SimilarImages, responses=problems("not_found"))
async def similar_images(
    image_id: ImageIdPath, params: Annotated[SimilarParams, Query()], library: LibraryDep, principal: PrincipalDep
) -> Response:
    """Pictures that look like one, the most alike first: by what a model makes of them where one has seen it, else by their hashes."""
    work = in_thread(
        library.gallery.similar, principal, image_id, distance=params.distance, limit=params.limit, by=params.by
    )
    return answer(await work)


_FILE = FILE_RESPONSES | problems("not_found", "blob_missing")
_FileParams = Annotated[FileParams, Query()]


@router.get("/images/{id}/original", response_class=Response, responses=_FILE)
async def get_original(
    image_id: ImageIdPath,
    params: _FileParams,
    request: Request,
    library: LibraryDep,
    principal: PrincipalDep,
) -> Response:
    """The file as it came in, byte for byte."""
    found = in_thread(library.gallery.file, principal, image_id, "original")
    return await _file(found, params, request)


@router.get("/images/{id}/thumbnail", response_class=Response, responses=_FILE)
async def get_thumbnail(
    image_id: ImageIdPath,
    params: _FileParams,
    request: Request,
    library: LibraryDep,
    principal: PrincipalDep,
) -> Response:
    """The picture at 256 pixels, as WebP."""
    found = in_thread(library.gallery.file, principal, image_id, "thumbnail")
    return await _file(found, params, request)


@router.get("/images/{id}/preview", response_class=Response, responses=_FILE)
async def get_preview(
    image_id: ImageIdPath,
    params: _FileParams,
    request: Request,
    library: LibraryDep,
    principal: PrincipalDep,
) -> Response:
    """The picture at 1024 pixels, as WebP; the original itself where it is no larger and any browser shows it."""
    found = in_thread(library.gallery.file, principal, image_id, "preview")
    return await _file(found, params, request)


@router.get("/images/{id}/sidecar", response_class=Response, responses=_FILE)
async def get_sidecar(
    image_id: ImageIdPath,
    params: _FileParams,
    request: Request,
    library: LibraryDep,
    principal: PrincipalDep,
) -> Response:
    """What people say of the picture (title, caption, creator, copyright, rating, label, tags), as an XMP sidecar."""
    found = in_thread(library.gallery.sidecar, principal, image_id)
    return await _file(found, params, request)


async def _file(file: Awaitable[ImageFile], params: FileParams, request: Request) -> Response:
    return await file_response(await file, request.headers, attachment=params.download)
